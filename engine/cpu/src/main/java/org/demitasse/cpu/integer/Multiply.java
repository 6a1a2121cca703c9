package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;

/**
 * MUL, IMUL, DIV, IDIV (Intel SDM vol. 2). SF, ZF, AF, PF after a multiplication are undefined: they come from the low
 * half.
 */
public final class Multiply {
  private Multiply() {}

  private static void flags(Cpu cpu, long signedLow, boolean overflow) {
    cpu.flagResult = signedLow;
    cpu.flagCarries = overflow ? 1L << 63 : 0; // CF and OF both set: bit 62 clear
  }

  /** IMUL r, r/m (, imm): the low half; CF and OF tell that the high half matters. */
  public static long imul(Cpu cpu, long a, long b, int shift) {
    long x = a << shift >> shift;
    long y = b << shift >> shift;
    long low = x * y;
    long cut = low << shift >> shift;
    boolean overflow = shift == 0 ? Math.multiplyHigh(x, y) != low >> 63 : cut != low;
    flags(cpu, cut, overflow);
    return cut << shift >>> shift;
  }

  /** The flags of MUL of two registers' size. */
  public static void wideFlags(Cpu cpu, long a, long b, int shift) {
    long x = a << shift >>> shift;
    long y = b << shift >>> shift;
    long low = x * y;
    boolean overflow = shift == 0 ? Math.unsignedMultiplyHigh(x, y) != 0 : low >>> (64 - shift) != 0;
    flags(cpu, low << shift >> shift, overflow);
  }

  /** MUL or IMUL of AL, AX, EAX, RAX by an operand, into AX, DX:AX, EDX:EAX, RDX:RAX. */
  public static void wide(Cpu cpu, long operand, int size, boolean signed) {
    long[] gpr = cpu.gpr;
    int shift = 64 - size * 8;
    if (size == 8) {
      long a = gpr[Cpu.RAX];
      long low = a * operand;
      long high = signed ? Math.multiplyHigh(a, operand) : Math.unsignedMultiplyHigh(a, operand);
      gpr[Cpu.RAX] = low;
      gpr[Cpu.RDX] = high;
      flags(cpu, low, signed ? high != low >> 63 : high != 0);
      return;
    }
    long product =
        signed
            ? (gpr[Cpu.RAX] << shift >> shift) * (operand << shift >> shift)
            : (gpr[Cpu.RAX] << shift >>> shift) * (operand << shift >>> shift);
    long cut = product << shift >> shift;
    boolean overflow = signed ? cut != product : product >>> (size * 8) != 0;
    if (size == 1) {
      cpu.writeRegister(Cpu.RAX, 2, product);
    } else {
      cpu.writeRegister(Cpu.RAX, size, product);
      cpu.writeRegister(Cpu.RDX, size, product >>> (size * 8));
    }
    flags(cpu, cut, overflow);
  }

  /** DIV or IDIV; raises #DE for a zero divisor or a quotient that does not fit. Flags are undefined and stay. */
  public static void divide(Cpu cpu, long operand, int size, boolean signed) {
    long[] gpr = cpu.gpr;
    int shift = 64 - size * 8;
    if (size == 8) {
      divide128(cpu, operand, signed);
      return;
    }
    long dividend =
        size == 1
            ? gpr[Cpu.RAX] & 0xffff
            : (gpr[Cpu.RDX] << shift >>> shift) << (size * 8) | gpr[Cpu.RAX] << shift >>> shift;
    long quotient;
    long remainder;
    if (signed) {
      long divisor = operand << shift >> shift;
      long value = size == 4 ? dividend : dividend << (64 - size * 16) >> (64 - size * 16);
      if (divisor == 0 || (value == Long.MIN_VALUE && divisor == -1)) {
        throw cpu.raise(GuestFault.DE, 0);
      }
      quotient = value / divisor;
      remainder = value % divisor;
      if (quotient << shift >> shift != quotient) {
        throw cpu.raise(GuestFault.DE, 0);
      }
    } else {
      long divisor = operand << shift >>> shift;
      if (divisor == 0) {
        throw cpu.raise(GuestFault.DE, 0);
      }
      quotient = Long.divideUnsigned(dividend, divisor);
      remainder = Long.remainderUnsigned(dividend, divisor);
      if (quotient << shift >>> shift != quotient) {
        throw cpu.raise(GuestFault.DE, 0);
      }
    }
    if (size == 1) {
      cpu.writeRegister(Cpu.RAX, 2, (quotient & 0xff) | (remainder & 0xff) << 8);
    } else {
      cpu.writeRegister(Cpu.RAX, size, quotient);
      cpu.writeRegister(Cpu.RDX, size, remainder);
    }
  }

  private static void divide128(Cpu cpu, long divisor, boolean signed) {
    long low = cpu.gpr[Cpu.RAX];
    long high = cpu.gpr[Cpu.RDX];
    if (!signed) {
      if (Long.compareUnsigned(high, divisor) >= 0) {
        throw cpu.raise(GuestFault.DE, 0);
      }
      long quotient = unsignedQuotient(high, low, divisor);
      cpu.gpr[Cpu.RAX] = quotient;
      cpu.gpr[Cpu.RDX] = low - quotient * divisor;
      return;
    }
    if (high == low >> 63 && divisor != 0 && !(low == Long.MIN_VALUE && divisor == -1)) {
      cpu.gpr[Cpu.RAX] = low / divisor;
      cpu.gpr[Cpu.RDX] = low % divisor;
      return;
    }
    boolean negative = high < 0;
    long magnitudeLow = negative ? -low : low;
    long magnitudeHigh = negative ? ~high + (low == 0 ? 1 : 0) : high;
    long magnitudeDivisor = Math.abs(divisor); // MIN_VALUE stays, right as an unsigned number
    if (Long.compareUnsigned(magnitudeHigh, magnitudeDivisor) >= 0) {
      throw cpu.raise(GuestFault.DE, 0);
    }
    long quotient = unsignedQuotient(magnitudeHigh, magnitudeLow, magnitudeDivisor);
    long remainder = magnitudeLow - quotient * magnitudeDivisor;
    boolean negativeQuotient = negative != divisor < 0;
    if (negativeQuotient ? Long.compareUnsigned(quotient, Long.MIN_VALUE) > 0 : quotient < 0) {
      throw cpu.raise(GuestFault.DE, 0);
    }
    cpu.gpr[Cpu.RAX] = negativeQuotient ? -quotient : quotient;
    cpu.gpr[Cpu.RDX] = negative ? -remainder : remainder;
  }

  /**
   * (high:low) / divisor where high is less than divisor: schoolbook division in base 2^32 (Knuth, 4.3.1, algorithm D).
   */
  private static long unsignedQuotient(long high, long low, long divisor) {
    if (high == 0) {
      return Long.divideUnsigned(low, divisor);
    }
    int normalise = Long.numberOfLeadingZeros(divisor);
    long d = divisor << normalise;
    long top = normalise == 0 ? high : high << normalise | low >>> (64 - normalise);
    long rest = low << normalise;
    long dHigh = d >>> 32;
    long dLow = d & 0xffff_ffffL;
    long q1 = digit(top, rest >>> 32, dHigh, dLow);
    long middle = (top << 32 | rest >>> 32) - q1 * d;
    long q0 = digit(middle, rest & 0xffff_ffffL, dHigh, dLow);
    return (q1 << 32) + q0;
  }

  private static long digit(long top, long next, long dHigh, long dLow) {
    long q = Long.divideUnsigned(top, dHigh);
    long r = top - q * dHigh;
    while (q >>> 32 != 0 || Long.compareUnsigned(q * dLow, r << 32 | next) > 0) {
      q--;
      r += dHigh;
      if (r >>> 32 != 0) {
        break;
      }
    }
    return q;
  }
}
