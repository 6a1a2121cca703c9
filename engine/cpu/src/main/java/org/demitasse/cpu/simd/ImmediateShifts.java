package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.jspecify.annotations.Nullable;

/** Groups 12 to 14: shifts of a register by an immediate (0F 71, 72 and 73; Intel SDM vol. 2, table A-6). */
final class ImmediateShifts {
  private static final int RIGHT = 2;
  private static final int RIGHT_BYTES = 3;
  private static final int RIGHT_SIGNED = 4;
  private static final int LEFT = 6;
  private static final int LEFT_BYTES = 7;

  private ImmediateShifts() {}

  /** The op of the form with prefix 66. */
  static @Nullable Op xmm(Instruction i) {
    if (i.isMemory()) {
      return null;
    }
    int extension = i.extension();
    if (i.opcode == 0x73 && (extension == LEFT_BYTES || extension == RIGHT_BYTES)) {
      return new ByBytes(i);
    }
    Lanewise meaning = meaning(i.opcode, extension);
    return meaning == null ? null : new ByBits(i, meaning);
  }

  /** The op of the form without prefix. */
  static @Nullable Op mmx(Instruction i) {
    Lanewise meaning = i.isMemory() ? null : meaning(i.opcode, i.extension());
    return meaning == null ? null : new MmxByBits(i, meaning);
  }

  private static @Nullable Lanewise meaning(int opcode, int extension) {
    int bits = opcode == 0x71 ? 16 : opcode == 0x72 ? 32 : 64;
    long top = opcode == 0x71 ? Lanes.WORDS : opcode == 0x72 ? Lanes.DWORDS : Long.MIN_VALUE;
    return switch (extension) {
      case RIGHT -> (d, count) -> Lanes.shiftRight(d, count, top, bits);
      case RIGHT_SIGNED -> bits == 64 ? null : (d, count) -> Lanes.shiftRightSigned(d, count, top, bits);
      case LEFT -> (d, count) -> Lanes.shiftLeft(d, count, top, bits);
      default -> null;
    };
  }

  /** Shifts the lanes of an XMM register. */
  private static final class ByBits extends Op {
    private final int register;
    private final int count;
    private final Lanewise meaning;

    ByBits(Instruction i, Lanewise meaning) {
      register = 2 * i.rm;
      count = (int) i.immediate & 0xff;
      this.meaning = meaning;
    }

    @Override
    public int registersRead() {
      return 0;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      xmm[register] = meaning.apply(xmm[register], count);
      xmm[register + 1] = meaning.apply(xmm[register + 1], count);
    }
  }

  /** PSLLDQ and PSRLDQ. */
  private static final class ByBytes extends Op {
    private final int register;
    private final int count;
    private final boolean left;

    ByBytes(Instruction i) {
      register = 2 * i.rm;
      count = (int) i.immediate & 0xff;
      left = i.extension() == LEFT_BYTES;
    }

    @Override
    public int registersRead() {
      return 0;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      if (left) {
        Shuffles.shiftBytesLeft(cpu, register, count);
      } else {
        Shuffles.shiftBytesRight(cpu, register, count);
      }
    }
  }

  /** Shifts the lanes of an MMX register. */
  private static final class MmxByBits extends Op {
    private final int register;
    private final int count;
    private final Lanewise meaning;

    MmxByBits(Instruction i, Lanewise meaning) {
      register = i.rm & 7;
      count = (int) i.immediate & 0xff;
      this.meaning = meaning;
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      Mmx.enter(cpu);
      Mmx.write(cpu, register, meaning.apply(Mmx.read(cpu, register), count));
    }
  }
}
