package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.X87State;

/** Ops of two operands: arithmetic and comparison, with registers and memory. */
final class ArithmeticOps {
  private ArithmeticOps() {}

  /** FADD, FMUL, FSUB, FSUBR, FDIV, FDIVR between ST(0) and ST(i). */
  static final class Register extends X87Op {
    private final int operation;
    private final int register;
    private final int destination;
    private final boolean pops;

    /** {@code operation} is always told with ST(0) as first operand, whatever the destination. */
    Register(Instruction i, boolean toRegister, boolean pops) {
      super(i);
      operation = i.extension();
      register = i.modrm & 7;
      destination = toRegister ? register : 0;
      this.pops = pops;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0) || X87.isEmpty(s, register)) {
        X87.underflow(s);
      } else {
        int a = s.top;
        int b = X87.physical(s, register);
        Arithmetic.compute(s, operation, s.significand[a], s.signExponent[a], s.significand[b], s.signExponent[b]);
      }
      if (X87.settle(s)) {
        X87.writeResult(s, destination);
        if (pops) {
          X87.pop(s);
        }
      }
    }
  }

  /** The same between ST(0) and memory. */
  static final class Memory extends X87Op {
    private final int operation;
    private final MemoryFormat format;

    Memory(Instruction i, MemoryFormat format) {
      super(i);
      operation = i.extension();
      this.format = format;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      format.read(cpu, s, mem());
      boolean denormal = s.sourceDenormal;
      begin(cpu, s);
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else {
        long sig = s.significand[s.top];
        int se = s.signExponent[s.top];
        if (denormal && !Float80.isNan(sig, se) && !Float80.isUnsupported(sig, se)) {
          s.raised |= X87.DE;
        }
        Arithmetic.compute(s, operation, sig, se, s.sourceSignificand, s.sourceSignExponent);
        if ((s.raised & X87.ZE) != 0) {
          s.raised &= ~X87.DE; // zero divide comes first (Intel SDM vol. 1, 8.6)
        }
      }
      if (X87.settle(s)) {
        X87.writeResult(s, 0);
      }
    }
  }

  /** FCOM, FUCOM and their popping forms, with a register. */
  static final class Compare extends X87Op {
    private final int register;
    private final boolean quiet;
    private final int pops;

    Compare(Instruction i, boolean quiet, int pops) {
      super(i);
      register = i.modrm & 7;
      this.quiet = quiet;
      this.pops = pops;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      int conditions = compareRegisters(s, register, quiet);
      if (settleConditions(s, conditions)) {
        for (int i = 0; i < pops; i++) {
          X87.pop(s);
        }
      }
    }
  }

  /** FCOMI, FUCOMI and their popping forms. */
  static final class CompareToFlags extends X87Op {
    private final int register;
    private final boolean quiet;
    private final boolean pops;

    CompareToFlags(Instruction i, boolean quiet, boolean pops) {
      super(i);
      register = i.modrm & 7;
      this.quiet = quiet;
      this.pops = pops;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      beginKeepingC1(cpu, s);
      int conditions = compareRegisters(s, register, quiet);
      cpu.setArithmeticFlags(
          ((conditions & X87.C0) != 0 ? Flags.CF : 0)
              | ((conditions & X87.C2) != 0 ? Flags.PF : 0)
              | ((conditions & X87.C3) != 0 ? Flags.ZF : 0));
      if (X87.settle(s) && pops) {
        X87.pop(s);
      }
    }
  }

  /** FCOM and FCOMP with memory. */
  static final class CompareMemory extends X87Op {
    private final MemoryFormat format;
    private final boolean pops;

    CompareMemory(Instruction i, MemoryFormat format) {
      super(i);
      this.format = format;
      pops = i.extension() == 3;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      format.read(cpu, s, mem());
      boolean denormal = s.sourceDenormal;
      begin(cpu, s);
      int conditions = Comparison.UNORDERED;
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else {
        long sig = s.significand[s.top];
        int se = s.signExponent[s.top];
        if (denormal && !Float80.isNan(sig, se) && !Float80.isUnsupported(sig, se)) {
          s.raised |= X87.DE;
        }
        conditions = Comparison.compare(s, sig, se, s.sourceSignificand, s.sourceSignExponent, false);
      }
      if (settleConditions(s, conditions) && pops) {
        X87.pop(s);
      }
    }
  }

  /** Compares ST(0) with ST(i); an empty register makes a stack underflow and unordered. */
  static int compareRegisters(X87State s, int register, boolean quiet) {
    if (X87.isEmpty(s, 0) || X87.isEmpty(s, register)) {
      X87.underflow(s);
      return Comparison.UNORDERED;
    }
    int a = s.top;
    int b = X87.physical(s, register);
    return Comparison.compare(s, s.significand[a], s.signExponent[a], s.significand[b], s.signExponent[b], quiet);
  }

  /**
   * Settles a comparison and sets C0, C2, C3, even if an exception is unmasked: the manuals leave that open, and
   * processors do it.
   *
   * @return true if the comparison may pop
   */
  static boolean settleConditions(X87State s, int conditions) {
    s.status = (s.status & ~(X87.C0 | X87.C2 | X87.C3)) | conditions;
    return X87.settle(s);
  }
}
