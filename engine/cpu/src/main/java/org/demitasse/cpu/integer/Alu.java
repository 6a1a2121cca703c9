package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;

/** Addition, subtraction and logic (Intel SDM vol. 2): see {@link Meaning.Binary} for the shapes. */
public final class Alu {
  private Alu() {}

  private static void flags(Cpu cpu, long shiftedResult, long shiftedCarries, int shift) {
    cpu.flagResult = shiftedResult >> shift;
    cpu.flagCarries = (shiftedCarries & 3L << 62) | (shiftedCarries >>> shift & 8);
  }

  public static long add(Cpu cpu, long a, long b, int shift) {
    long x = a << shift;
    long y = b << shift;
    long sum = x + y;
    flags(cpu, sum, Flags.addCarries(x, y, sum), shift);
    return sum >>> shift;
  }

  public static long adc(Cpu cpu, long a, long b, int shift) {
    long x = a << shift;
    long y = b << shift;
    long sum = x + y + ((cpu.flagCarries >>> 63) << shift);
    flags(cpu, sum, Flags.addCarries(x, y, sum), shift);
    return sum >>> shift;
  }

  public static long sub(Cpu cpu, long a, long b, int shift) {
    long x = a << shift;
    long y = b << shift;
    long difference = x - y;
    flags(cpu, difference, Flags.subtractBorrows(x, y, difference), shift);
    return difference >>> shift;
  }

  public static long sbb(Cpu cpu, long a, long b, int shift) {
    long x = a << shift;
    long y = b << shift;
    long difference = x - y - ((cpu.flagCarries >>> 63) << shift);
    flags(cpu, difference, Flags.subtractBorrows(x, y, difference), shift);
    return difference >>> shift;
  }

  private static long logic(Cpu cpu, long result, int shift) {
    long x = result << shift;
    cpu.flagResult = x >> shift;
    cpu.flagCarries = 0;
    return x >>> shift;
  }

  public static long and(Cpu cpu, long a, long b, int shift) {
    return logic(cpu, a & b, shift);
  }

  public static long or(Cpu cpu, long a, long b, int shift) {
    return logic(cpu, a | b, shift);
  }

  public static long xor(Cpu cpu, long a, long b, int shift) {
    return logic(cpu, a ^ b, shift);
  }

  /** INC: as ADD 1, but CF stays. */
  public static long inc(Cpu cpu, long a, int shift) {
    long before = cpu.flagCarries;
    long result = add(cpu, a, 1, shift);
    keepCarry(cpu, before);
    return result;
  }

  /** DEC: as SUB 1, but CF stays. */
  public static long dec(Cpu cpu, long a, int shift) {
    long before = cpu.flagCarries;
    long result = sub(cpu, a, 1, shift);
    keepCarry(cpu, before);
    return result;
  }

  public static long neg(Cpu cpu, long a, int shift) {
    return sub(cpu, 0, a, shift);
  }

  public static long not(Cpu cpu, long a, int shift) {
    return ~a << shift >>> shift;
  }

  private static void keepCarry(Cpu cpu, long before) {
    long carries = cpu.flagCarries;
    long overflow = (carries ^ carries << 1) & Long.MIN_VALUE;
    long carry = before & Long.MIN_VALUE;
    cpu.flagCarries = (carries & ~(3L << 62)) | carry | (carry ^ overflow) >>> 1;
  }

  /** Sets CF and OF and leaves the other flags. */
  public static void setCarryOverflow(Cpu cpu, boolean carry, boolean overflow) {
    cpu.flagCarries = (cpu.flagCarries & ~(3L << 62)) | (carry ? 1L << 63 : 0) | (carry != overflow ? 1L << 62 : 0);
  }

  /** Sets CF and leaves the other flags. */
  public static void setCarry(Cpu cpu, boolean carry) {
    setCarryOverflow(cpu, carry, Flags.overflow(cpu.flagCarries));
  }

  /**
   * One of the sixteen conditions of Jcc, SETcc and CMOVcc, by the low four bits of the opcode (Intel SDM vol. 1, B.1).
   */
  public static boolean condition(Cpu cpu, int code) {
    long result = cpu.flagResult;
    long carries = cpu.flagCarries;
    boolean holds =
        switch (code >> 1) {
          case 0 -> Flags.overflow(carries);
          case 1 -> Flags.carry(carries);
          case 2 -> result == 0;
          case 3 -> Flags.carry(carries) || result == 0;
          case 4 -> Flags.sign(result, carries);
          case 5 -> Flags.parity(result, carries);
          case 6 -> Flags.less(result, carries);
          default -> result == 0 || Flags.less(result, carries);
        };
    return holds == ((code & 1) == 0);
  }
}
