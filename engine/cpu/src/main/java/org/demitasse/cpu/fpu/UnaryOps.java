package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.state.X87State;

/** Ops of D9 E0-FF: on ST(0), or on ST(0) and ST(1) without naming them. */
final class UnaryOps {
  private UnaryOps() {}

  /** FCHS and FABS: even of NaNs, only the sign changes. */
  static final class Sign extends X87Op {
    private final boolean change;

    Sign(Instruction i) {
      super(i);
      change = i.modrm == 0xE0;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else {
        int se = s.signExponent[s.top];
        Float80.result(s, s.significand[s.top], change ? se ^ Float80.SIGN : se & ~Float80.SIGN);
      }
      if (X87.settle(s)) {
        X87.writeResult(s, 0);
      }
    }
  }

  /** FTST. */
  static final class Test extends X87Op {
    Test(Instruction i) {
      super(i);
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      int conditions = Comparison.UNORDERED;
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else {
        conditions = Comparison.compare(s, s.significand[s.top], s.signExponent[s.top], 0, 0, false);
      }
      ArithmeticOps.settleConditions(s, conditions);
    }
  }

  /** FXAM. */
  static final class Examine extends X87Op {
    Examine(Instruction i) {
      super(i);
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      int conditions = Comparison.examine(s.significand[s.top], s.signExponent[s.top], X87.isEmpty(s, 0));
      s.status = (s.status & ~X87.CONDITIONS) | conditions;
    }
  }

  /** FSQRT, FRNDINT: ST(0) becomes a function of itself. */
  static final class Unary extends X87Op {
    private final int modrm;

    Unary(Instruction i) {
      super(i);
      modrm = i.modrm;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else {
        compute(s, s.significand[s.top], s.signExponent[s.top]);
      }
      if (X87.settle(s)) {
        X87.writeResult(s, 0);
      }
    }

    private void compute(X87State s, long sig, int se) {
      if (modrm == 0xFA) {
        Arithmetic.squareRoot(s, sig, se);
      } else {
        Scaling.roundToInteger(s, sig, se);
      }
    }
  }

  /** FSCALE: ST(0) by ST(1). */
  static final class Scale extends X87Op {
    Scale(Instruction i) {
      super(i);
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0) || X87.isEmpty(s, 1)) {
        X87.underflow(s);
      } else {
        int b = X87.physical(s, 1);
        Scaling.scale(s, s.significand[s.top], s.signExponent[s.top], s.significand[b], s.signExponent[b]);
      }
      if (X87.settle(s)) {
        X87.writeResult(s, 0);
      }
    }
  }

  /** FPREM and FPREM1. */
  static final class Remainder extends X87Op {
    private final boolean nearest;

    Remainder(Instruction i) {
      super(i);
      nearest = i.modrm == 0xF5;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      // The manuals leave the conditions of an invalid operation open; processors clear C1 and C2 only.
      int conditions = Scaling.NO_QUOTIENT;
      s.status &= ~X87.C2;
      if (X87.isEmpty(s, 0) || X87.isEmpty(s, 1)) {
        X87.underflow(s);
      } else {
        int b = X87.physical(s, 1);
        conditions =
            Scaling.remainder(
                s, s.significand[s.top], s.signExponent[s.top], s.significand[b], s.signExponent[b], nearest);
      }
      if (X87.settle(s)) {
        if (conditions != Scaling.NO_QUOTIENT) {
          s.status = (s.status & ~X87.CONDITIONS) | conditions;
        }
        X87.writeResult(s, 0);
      }
    }
  }

  /** FXTRACT. */
  static final class Extract extends X87Op {
    Extract(Instruction i) {
      super(i);
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
        pushBoth(s);
      } else if (!X87.isEmpty(s, 7)) {
        X87.overflow(s);
        pushBoth(s);
      } else {
        extract(s, s.significand[s.top], s.signExponent[s.top]);
      }
    }

    /** Both results are the one in hand: the indefinite or a NaN. */
    private static void pushBoth(X87State s) {
      if (X87.settle(s)) {
        X87.writeResult(s, 0);
        X87.pushResult(s);
      }
    }

    private static void extract(X87State s, long sig, int se) {
      if (Float80.takesNan(s, sig, se)) {
        pushBoth(s);
        return;
      }
      if ((se & Float80.EXPONENT) == Float80.EXPONENT) {
        Float80.result(s, sig, se);
        X87.write(s, 0, sig, Float80.EXPONENT);
        X87.pushResult(s);
        return;
      }
      if (sig == 0) {
        s.raised |= X87.ZE;
        if (X87.settle(s)) {
          X87.write(s, 0, Float80.INTEGER_BIT, 0xffff);
          Float80.result(s, sig, se);
          X87.pushResult(s);
        }
        return;
      }
      Float80.noteDenormals(s, sig, se, 0, 0);
      if (X87.settle(s)) {
        Scaling.exponentOf(s, sig, se);
        X87.write(s, 0, s.sourceSignificand, s.sourceSignExponent);
        Scaling.significandOf(s, sig, se);
        X87.pushResult(s);
      }
    }
  }
}
