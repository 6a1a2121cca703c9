package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.state.X87State;

/** Ops of the transcendental instructions. */
final class TranscendentalOps {
  private TranscendentalOps() {}

  /** F2XM1. */
  static final class Power extends X87Op {
    Power(Instruction i) {
      super(i);
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else {
        Transcendental.powerMinusOne(s, s.significand[s.top], s.signExponent[s.top]);
      }
      if (X87.settle(s)) {
        X87.writeResult(s, 0);
      }
    }
  }

  /** FYL2X, FYL2XP1, FPATAN: ST(1) becomes a function of ST(1) and ST(0), which is popped. */
  static final class Binary extends X87Op {
    private final int modrm;

    Binary(Instruction i) {
      super(i);
      modrm = i.modrm;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0) || X87.isEmpty(s, 1)) {
        X87.underflow(s);
      } else {
        int y = X87.physical(s, 1);
        compute(s, s.significand[s.top], s.signExponent[s.top], s.significand[y], s.signExponent[y]);
      }
      if (X87.settle(s)) {
        X87.writeResult(s, 1);
        X87.pop(s);
      }
    }

    private void compute(X87State s, long xSig, int xSe, long ySig, int ySe) {
      switch (modrm) {
        case 0xF1 -> Transcendental.logarithm(s, xSig, xSe, ySig, ySe);
        case 0xF9 -> Transcendental.logarithmPlusOne(s, xSig, xSe, ySig, ySe);
        default -> Transcendental.arcTangent(s, xSig, xSe, ySig, ySe);
      }
    }
  }

  /** FSIN, FCOS, FSINCOS, FPTAN. */
  static final class Trigonometric extends X87Op {
    private final int modrm;

    Trigonometric(Instruction i) {
      super(i);
      modrm = i.modrm;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      s.status &= ~X87.C2;
      boolean pushes = modrm == 0xFB || modrm == 0xF2;
      long sig = s.significand[s.top];
      int se = s.signExponent[s.top];
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else if (pushes && !X87.isEmpty(s, 7)) {
        X87.overflow(s);
      } else if (Transcendental.isOutOfRange(sig, se)) {
        s.status |= X87.C2;
        return;
      } else {
        compute(s, sig, se, pushes);
        return;
      }
      if (X87.settle(s)) {
        X87.writeResult(s, 0);
        if (pushes) {
          X87.pushResult(s);
        }
      }
    }

    private void compute(X87State s, long sig, int se, boolean pushes) {
      switch (modrm) {
        case 0xFE -> Transcendental.sine(s, sig, se);
        case 0xFF -> Transcendental.cosine(s, sig, se);
        case 0xFB -> Transcendental.sine(s, sig, se);
        default -> Transcendental.tangent(s, sig, se);
      }
      long first = s.resultSignificand;
      int firstSe = s.resultSignExponent;
      if (modrm == 0xFB) {
        Transcendental.cosine(s, sig, se);
      } else if (modrm == 0xF2 && !Float80.isNan(first, firstSe)) {
        Float80.result(s, Float80.INTEGER_BIT, Float80.BIAS);
      }
      if (X87.settle(s)) {
        if (pushes) {
          X87.write(s, 0, first, firstSe);
          X87.pushResult(s);
        } else {
          X87.writeResult(s, 0);
        }
      }
    }
  }
}
