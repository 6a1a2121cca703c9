package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.X87State;

/** Ops that move values: loads, stores, exchanges, conditional moves, constants. */
final class TransferOps {
  private TransferOps() {}

  /** FLD, FILD, FBLD from memory. */
  static final class LoadMemory extends X87Op {
    private final MemoryFormat format;

    LoadMemory(Instruction i, MemoryFormat format) {
      super(i);
      this.format = format;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      format.read(cpu, s, mem());
      boolean denormal = s.sourceDenormal;
      begin(cpu, s);
      if (!X87.isEmpty(s, 7)) {
        X87.overflow(s);
      } else {
        load(s, denormal);
      }
      boolean only = (s.raised & X87.IE) == 0; // an unmasked denormal operand does not keep the value away
      if (X87.settle(s) || only) {
        X87.pushResult(s);
      }
    }

    private void load(X87State s, boolean denormal) {
      boolean converts = format == MemoryFormat.FLOAT32 || format == MemoryFormat.FLOAT64;
      if (converts && Float80.takesNan(s, s.sourceSignificand, s.sourceSignExponent)) {
        return;
      }
      if (denormal) {
        s.raised |= X87.DE;
      }
      Float80.result(s, s.sourceSignificand, s.sourceSignExponent);
    }
  }

  /** FLD ST(i). */
  static final class LoadRegister extends X87Op {
    private final int register;

    LoadRegister(Instruction i) {
      super(i);
      register = i.modrm & 7;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, register)) {
        X87.underflow(s);
      } else if (!X87.isEmpty(s, 7)) {
        X87.overflow(s);
      } else {
        int from = X87.physical(s, register);
        Float80.result(s, s.significand[from], s.signExponent[from]);
      }
      if (X87.settle(s)) {
        X87.pushResult(s);
      }
    }
  }

  /** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: rounded as RC says. */
  static final class LoadConstant extends X87Op {
    // Significands rounded down, and the bits that follow say whether nearest rounds up (Intel SDM vol. 1, 8.3.8).
    private static final long[] SIGNIFICANDS = {
      0x8000_0000_0000_0000L,
      0xd49a_784b_cd1b_8afeL,
      0xb8aa_3b29_5c17_f0bbL,
      0xc90f_daa2_2168_c234L,
      0x9a20_9a84_fbcf_f798L,
      0xb172_17f7_d1cf_79abL,
      0
    };
    private static final int[] EXPONENTS = {0x3fff, 0x4000, 0x3fff, 0x4000, 0x3ffd, 0x3ffe, 0};
    private static final boolean[] NEAREST_UP = {false, false, true, true, true, true, false};
    private final int number;

    LoadConstant(Instruction i) {
      super(i);
      number = i.modrm & 7;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (!X87.isEmpty(s, 7)) {
        X87.overflow(s);
      } else {
        boolean exact = number == 0 || number == 6;
        int mode = Float80.roundingMode(s);
        boolean up = !exact && (mode == Float80.NEAREST ? NEAREST_UP[number] : mode == Float80.UP);
        Float80.result(s, SIGNIFICANDS[number] + (up ? 1 : 0), EXPONENTS[number]);
      }
      if (X87.settle(s)) {
        X87.pushResult(s);
      }
    }
  }

  /** FST, FSTP, FIST, FISTP, FISTTP, FBSTP to memory. */
  static final class StoreMemory extends X87Op {
    private final MemoryFormat format;
    private final boolean pops;
    private final boolean chops;

    StoreMemory(Instruction i, MemoryFormat format, boolean pops, boolean chops) {
      super(i);
      this.format = format;
      this.pops = pops;
      this.chops = chops;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      format.probeWrite(cpu, mem());
      begin(cpu, s);
      long value;
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
        value = format.indefinite(s);
      } else {
        value = format.convert(s, s.significand[s.top], s.signExponent[s.top], chops);
      }
      int high = s.resultSignExponent;
      if (X87.settleForMemory(s)) {
        s.resultSignExponent = high;
        format.write(cpu, s, mem(), value);
        if (pops) {
          X87.pop(s);
        }
      }
    }
  }

  /** FST and FSTP to ST(i). */
  static final class StoreRegister extends X87Op {
    private final int register;
    private final boolean pops;

    StoreRegister(Instruction i, boolean pops) {
      super(i);
      register = i.modrm & 7;
      this.pops = pops;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (X87.isEmpty(s, 0)) {
        X87.underflow(s);
      } else {
        Float80.result(s, s.significand[s.top], s.signExponent[s.top]);
      }
      if (X87.settle(s)) {
        X87.writeResult(s, register);
        if (pops) {
          X87.pop(s);
        }
      }
    }
  }

  /** D9 D8-DF, an alias of FSTP ST(i) that does not mind an empty ST(0). */
  static final class StoreUnchecked extends X87Op {
    private final int register;

    StoreUnchecked(Instruction i) {
      super(i);
      register = i.modrm & 7;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      if (!X87.isEmpty(s, 0)) {
        X87.write(s, register, s.significand[s.top], s.signExponent[s.top]);
      }
      X87.pop(s);
    }
  }

  /** FXCH. */
  static final class Exchange extends X87Op {
    private final int register;

    Exchange(Instruction i) {
      super(i);
      register = i.modrm & 7;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      begin(cpu, s);
      boolean emptyTop = X87.isEmpty(s, 0);
      boolean emptyOther = X87.isEmpty(s, register);
      if (emptyTop || emptyOther) {
        X87.underflow(s);
      }
      if (X87.settle(s)) {
        if (emptyTop) {
          X87.writeResult(s, 0);
        }
        if (emptyOther) {
          X87.writeResult(s, register);
        }
        swap(s, X87.physical(s, 0), X87.physical(s, register));
      }
    }

    private static void swap(X87State s, int a, int b) {
      long significand = s.significand[a];
      int signExponent = s.signExponent[a];
      s.significand[a] = s.significand[b];
      s.signExponent[a] = s.signExponent[b];
      s.significand[b] = significand;
      s.signExponent[b] = signExponent;
    }
  }

  /** FCMOVcc. */
  static final class ConditionalMove extends X87Op {
    private final int register;
    private final int flags;
    private final boolean negated;

    ConditionalMove(Instruction i) {
      super(i);
      register = i.modrm & 7;
      negated = i.opcode == 0xDB;
      flags =
          switch (i.extension()) {
            case 0 -> Flags.CF;
            case 1 -> Flags.ZF;
            case 2 -> Flags.CF | Flags.ZF;
            default -> Flags.PF;
          };
    }

    @Override
    void run(Cpu cpu, X87State s) {
      beginKeepingC1(cpu, s);
      if (X87.isEmpty(s, 0) || X87.isEmpty(s, register)) {
        X87.underflow(s);
        if (X87.settle(s)) {
          X87.writeResult(s, 0);
        }
      } else if ((cpu.eflags() & flags) != 0 != negated) {
        int from = X87.physical(s, register);
        X87.write(s, 0, s.significand[from], s.signExponent[from]);
      }
    }
  }
}
