package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;

/**
 * Shifts and rotates (Intel SDM vol. 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD). Counts are masked to 5 bits, or
 * 6 for 64-bit operands; a masked count of 0 changes no flag. Where OF is undefined (counts over 1) it has the value
 * that the rule for 1 gives on the last step, as processors do.
 */
public final class Shifts {
  private Shifts() {}

  private static int masked(long count, int shift) {
    return (int) count & (shift == 0 ? 63 : 31);
  }

  private static void shiftFlags(Cpu cpu, long signedResult, boolean carry, boolean overflow) {
    cpu.flagResult = signedResult;
    cpu.flagCarries = (carry ? 1L << 63 : 0) | (carry != overflow ? 1L << 62 : 0);
  }

  public static long shl(Cpu cpu, long a, long b, int shift) {
    int count = masked(b, shift);
    if (count == 0) {
      return a << shift >>> shift;
    }
    long x = a << shift;
    long result = x << count;
    boolean carry = (x << (count - 1)) < 0;
    shiftFlags(cpu, result >> shift, carry, carry != result < 0);
    return result >>> shift;
  }

  public static long shr(Cpu cpu, long a, long b, int shift) {
    int count = masked(b, shift);
    long x = a << shift >>> shift;
    if (count == 0) {
      return x;
    }
    long last = x >>> (count - 1);
    long result = last >>> 1;
    boolean overflow = (last << shift) < 0;
    shiftFlags(cpu, result << shift >> shift, (last & 1) != 0, overflow);
    return result;
  }

  public static long sar(Cpu cpu, long a, long b, int shift) {
    int count = masked(b, shift);
    long x = a << shift >> shift;
    if (count == 0) {
      return x << shift >>> shift;
    }
    long last = x >> (count - 1);
    long result = last >> 1;
    shiftFlags(cpu, result, (last & 1) != 0, false);
    return result << shift >>> shift;
  }

  public static long rol(Cpu cpu, long a, long b, int shift) {
    int count = masked(b, shift);
    int bits = 64 - shift;
    long x = a << shift >>> shift;
    if (count == 0) {
      return x;
    }
    int turn = count & (bits - 1);
    long result = turn == 0 ? x : (x << turn | x >>> (bits - turn)) << shift >>> shift;
    boolean carry = (result & 1) != 0;
    Alu.setCarryOverflow(cpu, carry, carry != (result << shift) < 0);
    return result;
  }

  public static long ror(Cpu cpu, long a, long b, int shift) {
    int count = masked(b, shift);
    int bits = 64 - shift;
    long x = a << shift >>> shift;
    if (count == 0) {
      return x;
    }
    int turn = count & (bits - 1);
    long result = turn == 0 ? x : (x >>> turn | x << (bits - turn)) << shift >>> shift;
    long top = result << shift;
    Alu.setCarryOverflow(cpu, top < 0, top < 0 != top << 1 < 0);
    return result;
  }

  public static long rcl(Cpu cpu, long a, long b, int shift) {
    int bits = 64 - shift;
    int count = masked(b, shift) % (bits + 1);
    long x = a << shift >>> shift;
    if (count == 0) {
      return x;
    }
    long carryIn = cpu.flagCarries >>> 63;
    long result = count == 64 ? 0 : x << count;
    result |= carryIn << (count - 1);
    if (count > 1) {
      result |= x >>> (bits + 1 - count);
    }
    result = result << shift >>> shift;
    boolean carry = (x >>> (bits - count) & 1) != 0;
    Alu.setCarryOverflow(cpu, carry, carry != (result << shift) < 0);
    return result;
  }

  public static long rcr(Cpu cpu, long a, long b, int shift) {
    int bits = 64 - shift;
    int count = masked(b, shift) % (bits + 1);
    long x = a << shift >>> shift;
    if (count == 0) {
      return x;
    }
    long carryIn = cpu.flagCarries >>> 63;
    long result = count == 64 ? 0 : x >>> count;
    result |= carryIn << (bits - count);
    if (count > 1) {
      result |= x << (bits + 1 - count);
    }
    result = result << shift >>> shift;
    boolean carry = (x >>> (count - 1) & 1) != 0;
    long top = result << shift;
    Alu.setCarryOverflow(cpu, carry, top < 0 != top << 1 < 0);
    return result;
  }

  /** SHLD: a shifted left, filled from the top of b. 16-bit counts over 16 are undefined; the operands then rotate. */
  public static long shld(Cpu cpu, long a, long b, long c, int shift) {
    int count = masked(c, shift);
    int bits = 64 - shift;
    long x = a << shift >>> shift;
    long y = b << shift >>> shift;
    if (count == 0) {
      return x;
    }
    long result;
    boolean carry;
    if (bits == 16 && count > 16) {
      result = (y << (count - 16) | x >>> (32 - count)) & 0xffff;
      carry = (y >>> (32 - count) & 1) != 0;
    } else {
      result = ((count == 64 ? 0 : x << count) | y >>> (bits - count)) << shift >>> shift;
      carry = (x >>> (bits - count) & 1) != 0;
    }
    shiftFlags(cpu, result << shift >> shift, carry, ((result ^ x) << shift) < 0);
    return result;
  }

  /** SHRD: a shifted right, filled from the bottom of b. */
  public static long shrd(Cpu cpu, long a, long b, long c, int shift) {
    int count = masked(c, shift);
    int bits = 64 - shift;
    long x = a << shift >>> shift;
    long y = b << shift >>> shift;
    if (count == 0) {
      return x;
    }
    long result;
    boolean carry;
    if (bits == 16 && count > 16) {
      result = (y >>> (count - 16) | x << (32 - count)) & 0xffff;
      carry = (y >>> (count - 17) & 1) != 0;
    } else {
      result = (x >>> count | y << (bits - count)) << shift >>> shift;
      carry = (x >>> (count - 1) & 1) != 0;
    }
    shiftFlags(cpu, result << shift >> shift, carry, ((result ^ x) << shift) < 0);
    return result;
  }

  /** SF, ZF, PF of a result; CF, OF, AF cleared: what several instructions leave. */
  static void resultFlags(Cpu cpu, long signedResult) {
    cpu.flagResult = signedResult;
    cpu.flagCarries = 0;
  }
}
