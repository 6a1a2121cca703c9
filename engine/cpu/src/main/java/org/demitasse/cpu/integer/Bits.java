package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;

/** Bit scans, counts and the BMI1/BMI2 instructions on general registers (Intel SDM vol. 2). */
public final class Bits {
  private Bits() {}

  private static void zeroFlag(Cpu cpu, boolean zero) {
    int others = Flags.pack(cpu.flagResult, cpu.flagCarries) & ~Flags.ZF;
    cpu.setArithmeticFlags(others | (zero ? Flags.ZF : 0));
  }

  /** BSF: a zero source leaves the destination, as AMD tells and Intel's processors do. */
  public static long bsf(Cpu cpu, long a, long b, int shift) {
    long source = b << shift >>> shift;
    zeroFlag(cpu, source == 0);
    return source == 0 ? a : Long.numberOfTrailingZeros(source);
  }

  /** BSR: as {@link #bsf}. */
  public static long bsr(Cpu cpu, long a, long b, int shift) {
    long source = b << shift >>> shift;
    zeroFlag(cpu, source == 0);
    return source == 0 ? a : 63 - Long.numberOfLeadingZeros(source);
  }

  private static void carryZero(Cpu cpu, boolean carry, boolean zero) {
    int others = Flags.pack(cpu.flagResult, cpu.flagCarries) & ~(Flags.ZF | Flags.CF);
    cpu.setArithmeticFlags(others | (zero ? Flags.ZF : 0) | (carry ? Flags.CF : 0));
  }

  public static long tzcnt(Cpu cpu, long a, long b, int shift) {
    long source = b << shift >>> shift;
    long count = source == 0 ? 64 - shift : Long.numberOfTrailingZeros(source);
    carryZero(cpu, source == 0, count == 0);
    return count;
  }

  public static long lzcnt(Cpu cpu, long a, long b, int shift) {
    long count = Math.min(Long.numberOfLeadingZeros(b << shift), 64 - shift);
    carryZero(cpu, count == 64 - shift, count == 0);
    return count;
  }

  public static long popcnt(Cpu cpu, long a, long b, int shift) {
    long count = Long.bitCount(b << shift);
    cpu.setArithmeticFlags(count == 0 ? Flags.ZF : 0);
    return count;
  }

  private static void logicFlags(Cpu cpu, long signed, boolean carry) {
    cpu.flagResult = signed;
    cpu.flagCarries = carry ? 3L << 62 : 0; // CF set, OF clear
  }

  public static long andn(Cpu cpu, long a, long b, int shift) {
    long result = ~a & b;
    logicFlags(cpu, result << shift >> shift, false);
    return result << shift >>> shift;
  }

  /** BEXTR: control has start in bits 0-7, length in 8-15. */
  public static long bextr(Cpu cpu, long a, long control, int shift) {
    int start = (int) control & 0xff;
    int length = (int) (control >>> 8) & 0xff;
    long source = a << shift >>> shift;
    long result = start > 63 ? 0 : source >>> start;
    if (length < 64) {
      result &= (1L << length) - 1;
    }
    cpu.setArithmeticFlags(result == 0 ? Flags.ZF : 0);
    return result;
  }

  public static long blsi(Cpu cpu, long a, int shift) {
    long x = a << shift >>> shift;
    long result = x & -x;
    logicFlags(cpu, result << shift >> shift, x != 0);
    return result << shift >>> shift;
  }

  public static long blsmsk(Cpu cpu, long a, int shift) {
    long x = a << shift >>> shift;
    long result = x ^ x - 1;
    logicFlags(cpu, result << shift >> shift, x == 0);
    return result << shift >>> shift;
  }

  public static long blsr(Cpu cpu, long a, int shift) {
    long x = a << shift >>> shift;
    long result = x & x - 1;
    logicFlags(cpu, result << shift >> shift, x == 0);
    return result;
  }

  public static long bzhi(Cpu cpu, long a, long index, int shift) {
    int count = (int) index & 0xff;
    int bits = 64 - shift;
    long x = a << shift >>> shift;
    long result = count < bits ? x & (1L << count) - 1 : x;
    logicFlags(cpu, result << shift >> shift, count > bits - 1);
    return result;
  }

  public static long pdep(Cpu cpu, long a, long mask, int shift) {
    return Long.expand(a, mask << shift >>> shift);
  }

  public static long pext(Cpu cpu, long a, long mask, int shift) {
    return Long.compress(a, mask << shift >>> shift);
  }

  public static long sarx(Cpu cpu, long a, long count, int shift) {
    return a << shift >> shift >> ((int) count & (63 - shift)) << shift >>> shift;
  }

  public static long shlx(Cpu cpu, long a, long count, int shift) {
    return a << ((int) count & (63 - shift)) << shift >>> shift;
  }

  public static long shrx(Cpu cpu, long a, long count, int shift) {
    return a << shift >>> shift >>> ((int) count & (63 - shift));
  }

  public static long rorx(Cpu cpu, long a, long count, int shift) {
    int turn = (int) count & (63 - shift);
    long x = a << shift >>> shift;
    return shift == 0 ? Long.rotateRight(x, turn) : Integer.rotateRight((int) x, turn) & 0xffff_ffffL;
  }
}
