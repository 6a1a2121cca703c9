package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.demitasse.cpu.state.Flags;

/** PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM (Intel SDM vol. 2, 4.1). */
final class StringCompare {
  private static final int WORDS = 1;
  private static final int SIGNED = 2;
  private static final int AGGREGATION = 0x0c;
  private static final int EQUAL_ANY = 0x00;
  private static final int RANGES = 0x04;
  private static final int EQUAL_EACH = 0x08;
  private static final int NEGATE = 0x10;
  private static final int ONLY_VALID = 0x20;
  private static final int LAST_OR_EXPAND = 0x40;

  private StringCompare() {}

  static void register(Rows rows) {
    row(rows, 0x60, true, true);
    row(rows, 0x61, true, false);
    row(rows, 0x62, false, true);
    row(rows, 0x63, false, false);
  }

  private static void row(Rows rows, int opcode, boolean explicit, boolean mask) {
    rows.imm(Map.M0F3A, opcode, Rows.P_66, i -> op(i, explicit, mask));
  }

  private static VectorOp op(Instruction i, boolean explicit, boolean mask) {
    int control = (int) i.immediate & 0xff;
    boolean wide = i.rexW;
    return new VectorOp(
        i, VectorOp.UNALIGNED, (cpu, d, low, high) -> execute(cpu, d, low, high, control, explicit, mask, wide), false);
  }

  private static void execute(
      Cpu cpu, int d, long low, long high, int control, boolean explicit, boolean mask, boolean wide) {
    int count = (control & WORDS) != 0 ? 8 : 16;
    long aLow = cpu.xmm[d];
    long aHigh = cpu.xmm[d + 1];
    int aLength = explicit ? explicitLength(cpu.gpr[Cpu.RAX], wide, count) : implicitLength(aLow, aHigh, control);
    int bLength = explicit ? explicitLength(cpu.gpr[Cpu.RDX], wide, count) : implicitLength(low, high, control);
    int result = aggregate(aLow, aHigh, aLength, low, high, bLength, control);
    if ((control & NEGATE) != 0) {
      result ^= (control & ONLY_VALID) != 0 ? (1 << bLength) - 1 : (1 << count) - 1;
    }
    if (mask) {
      writeMask(cpu, result, control);
    } else {
      cpu.gpr[Cpu.RCX] = index(result, count, control);
    }
    cpu.setArithmeticFlags(
        (result != 0 ? Flags.CF : 0)
            | (bLength < count ? Flags.ZF : 0)
            | (aLength < count ? Flags.SF : 0)
            | ((result & 1) != 0 ? Flags.OF : 0));
  }

  /** The absolute value of EAX or RAX and so on, at most the number of elements. */
  private static int explicitLength(long register, boolean wide, int count) {
    long value = wide ? register : (int) register;
    return value > count || value < -count ? count : (int) Math.abs(value);
  }

  private static int implicitLength(long low, long high, int control) {
    int count = (control & WORDS) != 0 ? 8 : 16;
    int n = 0;
    while (n < count && element(low, high, n, control) != 0) {
      n++;
    }
    return n;
  }

  private static int element(long low, long high, int index, int control) {
    if ((control & WORDS) != 0) {
      int value = (int) ((index < 4 ? low : high) >>> (index & 3) * 16) & 0xffff;
      return (control & SIGNED) != 0 ? (short) value : value;
    }
    int value = (int) ((index < 8 ? low : high) >>> (index & 7) * 8) & 0xff;
    return (control & SIGNED) != 0 ? (byte) value : value;
  }

  private static int aggregate(long aLow, long aHigh, int aLength, long low, long high, int bLength, int control) {
    int count = (control & WORDS) != 0 ? 8 : 16;
    int result = 0;
    for (int j = 0; j < count; j++) {
      boolean hit =
          switch (control & AGGREGATION) {
            case EQUAL_ANY -> j < bLength && contains(aLow, aHigh, aLength, element(low, high, j, control), control);
            case RANGES -> j < bLength && inRange(aLow, aHigh, aLength, element(low, high, j, control), control);
            case EQUAL_EACH ->
                j < aLength && j < bLength
                    ? element(aLow, aHigh, j, control) == element(low, high, j, control)
                    : j >= aLength && j >= bLength;
            default -> startsAt(aLow, aHigh, aLength, low, high, bLength, j, control);
          };
      if (hit) {
        result |= 1 << j;
      }
    }
    return result;
  }

  private static boolean contains(long aLow, long aHigh, int aLength, int value, int control) {
    for (int i = 0; i < aLength; i++) {
      if (element(aLow, aHigh, i, control) == value) {
        return true;
      }
    }
    return false;
  }

  private static boolean inRange(long aLow, long aHigh, int aLength, int value, int control) {
    for (int i = 0; i + 1 < aLength; i += 2) {
      if (element(aLow, aHigh, i, control) <= value && value <= element(aLow, aHigh, i + 1, control)) {
        return true;
      }
    }
    return false;
  }

  /** Equal ordered: whether the first string, as far as the register goes, is found in the second at a place. */
  private static boolean startsAt(
      long aLow, long aHigh, int aLength, long low, long high, int bLength, int place, int control) {
    int count = (control & WORDS) != 0 ? 8 : 16;
    for (int i = 0; i < aLength && place + i < count; i++) {
      if (place + i >= bLength || element(aLow, aHigh, i, control) != element(low, high, place + i, control)) {
        return false;
      }
    }
    return true;
  }

  private static int index(int result, int count, int control) {
    if (result == 0) {
      return count;
    }
    return (control & LAST_OR_EXPAND) != 0
        ? 31 - Integer.numberOfLeadingZeros(result)
        : Integer.numberOfTrailingZeros(result);
  }

  private static void writeMask(Cpu cpu, int result, int control) {
    long[] xmm = cpu.xmm;
    xmm[0] = result;
    xmm[1] = 0;
    if ((control & LAST_OR_EXPAND) != 0) {
      int bits = (control & WORDS) != 0 ? 16 : 8;
      xmm[0] = 0;
      Shuffles.blend(cpu, 0, -1L, -1L, result, bits);
    }
  }
}
