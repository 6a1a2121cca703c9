package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.X87State;

/**
 * The 512-byte image of FXSAVE and the head of XSAVE's (Intel SDM vol. 1, 10.5.1 and 13.4), as 64 words of 8 bytes that
 * are worked out from the registers one at a time.
 *
 * <p>As on AMD's processors, the last-instruction pointers are stored only while an unmasked exception is pending, else
 * zeros (AMD64 APM vol. 2, 11.4.4).
 */
final class FxImage {
  /** MXCSR bits that exist: all exceptions, masks, rounding, DAZ and FZ. */
  static final int MXCSR_MASK = 0xffff;

  /** Number of the word that holds MXCSR and its mask. */
  static final int MXCSR_WORD = 3;

  /** Number of the first word of ST(0). */
  static final int REGISTERS = 4;

  /** Number of the first word of XMM0. */
  static final int XMM = 20;

  /** Number of the first word that FXSAVE leaves alone. */
  static final int END = 52;

  private FxImage() {}

  /**
   * One word of the image.
   *
   * @param number 0 to {@link #END} - 1
   * @param wide true for 64-bit pointers (REX.W), false for selector and 32-bit offset
   */
  static long word(Cpu cpu, int number, boolean wide) {
    X87State s = cpu.x87;
    if (number >= XMM) {
      return cpu.xmm[number - XMM];
    }
    if (number >= REGISTERS) {
      int physical = X87.physical(s, (number - REGISTERS) >> 1);
      return (number & 1) == 0 ? s.significand[physical] : s.signExponent[physical];
    }
    boolean pending = (s.status & X87.ES) != 0;
    return switch (number) {
      case 0 ->
          s.control
              | (long) X87.statusWord(s) << 16
              | (long) (~s.empty & 0xff) << 32
              | (pending ? (long) s.opcode << 48 : 0);
      case 1 -> pending ? pointer(s.instructionPointer, s.instructionSelector, wide) : 0;
      case 2 -> pending ? pointer(s.dataPointer, s.dataSelector, wide) : 0;
      default -> (cpu.mxcsr & 0xffff_ffffL) | (long) MXCSR_MASK << 32;
    };
  }

  private static long pointer(long offset, int selector, boolean wide) {
    return wide ? offset : (offset & 0xffff_ffffL) | (long) selector << 32;
  }

  /**
   * Sets registers from one word; words must come in order, because TOP is in the first. MXCSR must have been checked.
   */
  static void setWord(Cpu cpu, int number, long value, boolean wide) {
    X87State s = cpu.x87;
    if (number >= XMM) {
      cpu.xmm[number - XMM] = value;
    } else if (number >= REGISTERS) {
      int physical = X87.physical(s, (number - REGISTERS) >> 1);
      if ((number & 1) == 0) {
        s.significand[physical] = value;
      } else {
        s.signExponent[physical] = (int) value & 0xffff;
      }
    } else {
      setHead(cpu, number, value, wide);
    }
  }

  private static void setHead(Cpu cpu, int number, long value, boolean wide) {
    X87State s = cpu.x87;
    switch (number) {
      case 0 -> {
        s.control = ((int) value & 0x1f7f) | 0x40;
        X87.setStatusWord(s, (int) (value >>> 16) & 0xffff);
        s.empty = (int) ~(value >>> 32) & 0xff;
        s.opcode = (int) (value >>> 48) & 0x7ff;
      }
      case 1 -> {
        s.instructionPointer = wide ? canonical(value) : value & 0xffff_ffffL;
        s.instructionSelector = wide ? 0 : (int) (value >>> 32) & 0xffff;
      }
      case 2 -> {
        s.dataPointer = wide ? canonical(value) : value & 0xffff_ffffL;
        s.dataSelector = wide ? 0 : (int) (value >>> 32) & 0xffff;
      }
      default -> cpu.mxcsr = (int) value & MXCSR_MASK;
    }
  }

  /** The pointer registers have 48 bits. */
  private static long canonical(long value) {
    return value << 16 >> 16;
  }
}
