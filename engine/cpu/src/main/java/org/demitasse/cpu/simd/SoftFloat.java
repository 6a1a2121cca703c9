package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;

/**
 * IEEE 754 arithmetic by integers: every rounding mode, DAZ, FTZ and all exception flags (Intel SDM vol. 1, 11.5 and
 * appendix E). Singles are widened to doubles, which is exact, computed on, and rounded once to their own format. Bits
 * of a single are in the low half of a long, zero-extended.
 *
 * <p>Finite numbers are taken apart into a sign, an exponent and a significand of 53 bits; a result is a significand
 * with bit 62 set and all that is below its lowest bit folded into bit 0.
 */
final class SoftFloat {
  static final int ADD = 0;
  static final int SUBTRACT = 1;
  static final int MULTIPLY = 2;
  static final int DIVIDE = 3;

  static final long SIGN = Long.MIN_VALUE;
  static final long INFINITY = 0x7ff0_0000_0000_0000L;
  static final long QUIET = 0x0008_0000_0000_0000L;
  static final long INDEFINITE = 0xfff8_0000_0000_0000L;

  private static final long FRACTION = 0x000f_ffff_ffff_ffffL;
  private static final long IMPLICIT = 0x0010_0000_0000_0000L;
  private static final int DOUBLE_BIAS = 1023;

  private SoftFloat() {}

  // --- formats
  // -------------------------------------------------------------------------------------------------------------

  static boolean isNan(long bits) {
    return (bits & ~SIGN) > INFINITY;
  }

  static boolean isSignalling(long bits) {
    return isNan(bits) && (bits & QUIET) == 0;
  }

  static boolean isZero(long bits) {
    return (bits & ~SIGN) == 0;
  }

  static boolean isInfinite(long bits) {
    return (bits & ~SIGN) == INFINITY;
  }

  /** Says whether a number is denormal in its own format. */
  static boolean isDenormal(long bits, boolean single) {
    return single
        ? (bits & 0x7f80_0000L) == 0 && (bits & 0x7f_ffffL) != 0
        : (bits & INFINITY) == 0 && (bits & FRACTION) != 0;
  }

  /** A number as a double, with denormals made zero if DAZ says so. Exact; notes nothing; a NaN stays as it is. */
  static long operand(Cpu cpu, long bits, boolean single) {
    if ((cpu.mxcsr & Mxcsr.DAZ) != 0 && isDenormal(bits, single)) {
      return single ? (bits & 0x8000_0000L) << 32 : bits & SIGN;
    }
    return single ? widen(bits) : bits;
  }

  /** A single as a double, exactly. */
  static long widen(long single) {
    long sign = (single & 0x8000_0000L) << 32;
    int exponent = (int) (single >>> 23) & 0xff;
    long fraction = single & 0x7f_ffffL;
    if (exponent == 0xff) {
      return sign | INFINITY | fraction << 29;
    }
    if (exponent == 0) {
      if (fraction == 0) {
        return sign;
      }
      int shift = Long.numberOfLeadingZeros(fraction) - 40;
      return sign | (long) (DOUBLE_BIAS - 126 - shift) << 52 | (fraction << (shift + 29) & FRACTION);
    }
    return sign | (long) (exponent - 127 + DOUBLE_BIAS) << 52 | fraction << 29;
  }

  /** A zero or an infinity, given as a double, in the wanted format. */
  static long narrowSpecial(long bits, boolean single) {
    return single ? (bits >>> 32 & 0x8000_0000L) | (isZero(bits) ? 0 : 0x7f80_0000L) : bits;
  }

  static long indefinite(boolean single) {
    return single ? 0xffc0_0000L : INDEFINITE;
  }

  /** Notes DE if an operand is denormal and DAZ is off. */
  static void noteDenormal(Cpu cpu, long bits, boolean single) {
    if (isDenormal(bits, single) && (cpu.mxcsr & Mxcsr.DAZ) == 0) {
      Mxcsr.note(cpu, Mxcsr.DE);
    }
  }

  static long invalid(Cpu cpu, boolean single) {
    Mxcsr.note(cpu, Mxcsr.IE);
    return indefinite(single);
  }

  /** The NaN that an operation on a NaN gives: the first operand if it is one, else the second, made quiet. */
  private static long propagate(Cpu cpu, long a, long b, boolean single) {
    if (isSignalling(a) || isSignalling(b)) {
      Mxcsr.note(cpu, Mxcsr.IE);
    }
    return quiet(isNan(a) ? a : b, single);
  }

  private static long quiet(long nan, boolean single) {
    long result = nan | QUIET;
    return single ? (result >>> 32 & 0x8000_0000L) | 0x7f80_0000L | (result >>> 29 & 0x7f_ffffL) : result;
  }

  private static int exponent(long bits) {
    int exponent = (int) (bits >>> 52) & 0x7ff;
    return exponent != 0 ? exponent - DOUBLE_BIAS : 12 - DOUBLE_BIAS - leading(bits);
  }

  private static int leading(long bits) {
    return Long.numberOfLeadingZeros(bits & FRACTION);
  }

  private static long significand(long bits) {
    long fraction = bits & FRACTION;
    return (bits & INFINITY) != 0 ? fraction | IMPLICIT : fraction << (leading(bits) - 11);
  }

  // --- arithmetic
  // ------------------------------------------------------------------------------------------------------------

  /** a op b, both in the format; {@code op} is {@link #ADD} and so on. */
  static long arithmetic(Cpu cpu, int op, long first, long second, boolean single) {
    long a = operand(cpu, first, single);
    long b = operand(cpu, second, single);
    if (isNan(a) || isNan(b)) {
      return propagate(cpu, a, b, single);
    }
    int before = cpu.sseExceptions;
    noteDenormal(cpu, first, single);
    noteDenormal(cpu, second, single);
    return switch (op) {
      case ADD -> add(cpu, a, b, single);
      case SUBTRACT -> add(cpu, a, b ^ SIGN, single);
      case MULTIPLY -> multiply(cpu, a, b, single);
      default -> divide(cpu, a, b, single, before);
    };
  }

  private static long add(Cpu cpu, long a, long b, boolean single) {
    if (isInfinite(a) || isInfinite(b)) {
      return isInfinite(a) && isInfinite(b) && a != b
          ? invalid(cpu, single)
          : narrowSpecial(isInfinite(a) ? a : b, single);
    }
    if (isZero(a) && isZero(b)) {
      return narrowSpecial(a == b ? a : zeroOfCancellation(cpu), single);
    }
    if (isZero(a) || isZero(b)) {
      long other = isZero(a) ? b : a;
      return round(cpu, other < 0, exponent(other), significand(other) << 10, single);
    }
    if (exponent(a) < exponent(b)) {
      return addOrdered(cpu, b, a, single);
    }
    return addOrdered(cpu, a, b, single);
  }

  private static long zeroOfCancellation(Cpu cpu) {
    return Mxcsr.rounding(cpu.mxcsr) == Mxcsr.RD ? SIGN : 0;
  }

  private static long addOrdered(Cpu cpu, long a, long b, boolean single) {
    int exponent = exponent(a);
    long larger = significand(a) << 9;
    long smaller = shiftRightSticky(significand(b) << 9, exponent - exponent(b));
    boolean sign = a < 0;
    long sum = (a ^ b) < 0 ? larger - smaller : larger + smaller;
    if (sum == 0) {
      return narrowSpecial(zeroOfCancellation(cpu), single);
    }
    if (sum < 0) {
      sum = -sum;
      sign = !sign;
    }
    int shift = Long.numberOfLeadingZeros(sum) - 1;
    return round(cpu, sign, exponent + 1 - shift, sum << shift, single);
  }

  private static long shiftRightSticky(long value, int distance) {
    if (distance == 0) {
      return value;
    }
    if (distance > 63) {
      return value != 0 ? 1 : 0;
    }
    return value >>> distance | (value << (64 - distance) != 0 ? 1 : 0);
  }

  private static long multiply(Cpu cpu, long a, long b, boolean single) {
    long sign = (a ^ b) & SIGN;
    if (isInfinite(a) || isInfinite(b)) {
      return isZero(a) || isZero(b) ? invalid(cpu, single) : narrowSpecial(sign | INFINITY, single);
    }
    if (isZero(a) || isZero(b)) {
      return narrowSpecial(sign, single);
    }
    long x = significand(a) << 10;
    long y = significand(b) << 10;
    long high = Math.multiplyHigh(x, y);
    int shift = Long.numberOfLeadingZeros(high) - 1;
    long rest = x * y != 0 ? 1 : 0;
    return round(cpu, sign != 0, exponent(a) + exponent(b) + 2 - shift, high << shift | rest, single);
  }

  private static long divide(Cpu cpu, long a, long b, boolean single, int exceptionsBefore) {
    long sign = (a ^ b) & SIGN;
    if (isInfinite(a)) {
      return isInfinite(b) ? invalid(cpu, single) : narrowSpecial(sign | INFINITY, single);
    }
    if (isInfinite(b)) {
      return narrowSpecial(sign, single);
    }
    if (isZero(b)) {
      if (isZero(a)) {
        return invalid(cpu, single);
      }
      cpu.sseExceptions = exceptionsBefore | Mxcsr.ZE; // a zero divisor counts before a denormal dividend
      return narrowSpecial(sign | INFINITY, single);
    }
    if (isZero(a)) {
      return narrowSpecial(sign, single);
    }
    long divisor = significand(b);
    long rest = significand(a);
    long quotient = rest / divisor;
    rest %= divisor;
    for (int n = 0; n < 6; n++) {
      quotient = quotient << 10 | (rest << 10) / divisor;
      rest = (rest << 10) % divisor;
    }
    int shift = Long.numberOfLeadingZeros(quotient) - 1;
    return round(
        cpu, sign != 0, exponent(a) - exponent(b) + 2 - shift, quotient << shift | (rest != 0 ? 1 : 0), single);
  }

  /** Square root. */
  static long squareRoot(Cpu cpu, long bits, boolean single) {
    long a = operand(cpu, bits, single);
    if (isNan(a)) {
      return propagate(cpu, a, a, single);
    }
    if (isZero(a)) {
      return narrowSpecial(a, single);
    }
    if (a < 0) {
      return invalid(cpu, single);
    }
    if (isInfinite(a)) {
      return narrowSpecial(a, single);
    }
    noteDenormal(cpu, bits, single);
    int exponent = exponent(a);
    long radicand = significand(a) << (exponent & 1);
    exponent -= exponent & 1;
    long root = 0;
    long rest = 0;
    for (int n = 0; n < 56; n++) {
      rest = rest << 2 | (n < 27 ? radicand >>> (52 - 2 * n) & 3 : 0);
      long trial = root << 2 | 1;
      root <<= 1;
      if (rest >= trial) {
        rest -= trial;
        root |= 1;
      }
    }
    int shift = Long.numberOfLeadingZeros(root) - 1;
    return round(cpu, false, exponent / 2 + 7 - shift, root << shift | (rest != 0 ? 1 : 0), single);
  }

  // --- rounding
  // ----------------------------------------------------------------------------------------------------------------

  /** What is added to a number cut off before {@code rest}, whose most significant bit is worth {@code half}. */
  private static long increment(int mode, boolean sign, long kept, long rest, long half) {
    return switch (mode) {
      case Mxcsr.RN -> rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0;
      case Mxcsr.RD -> sign && rest != 0 ? 1 : 0;
      case Mxcsr.RU -> !sign && rest != 0 ? 1 : 0;
      default -> 0;
    };
  }

  /**
   * Rounds significand * 2^(exponent - 62), bit 62 of significand being set, and packs it. Tiny is judged after
   * rounding.
   */
  static long round(Cpu cpu, boolean sign, int exponent, long significand, boolean single) {
    int precision = single ? 24 : 53;
    int bias = single ? 127 : DOUBLE_BIAS;
    int mode = Mxcsr.rounding(cpu.mxcsr);
    int shift = 63 - precision;
    long kept = significand >>> shift;
    long rest = significand & (1L << shift) - 1;
    kept += increment(mode, sign, kept, rest, 1L << (shift - 1));
    int rounded = exponent + (int) (kept >>> precision);
    kept >>>= kept >>> precision;
    long signBit = sign ? single ? 0x8000_0000L : SIGN : 0;
    if (rounded > bias) {
      Mxcsr.note(cpu, Mxcsr.OE | (rest != 0 || Mxcsr.isMasked(cpu.mxcsr, Mxcsr.OE) ? Mxcsr.PE : 0));
      return signBit | overflowed(mode, sign, single);
    }
    if (rounded < 1 - bias) {
      return signBit | tiny(cpu, sign, exponent, significand, rest != 0, single);
    }
    if (rest != 0) {
      Mxcsr.note(cpu, Mxcsr.PE);
    }
    return signBit | ((long) (rounded + bias - 1) << (precision - 1)) + kept;
  }

  private static long overflowed(int mode, boolean sign, boolean single) {
    long infinity = single ? 0x7f80_0000L : INFINITY;
    boolean away = mode == Mxcsr.RN || mode == (sign ? Mxcsr.RD : Mxcsr.RU);
    return away ? infinity : infinity - 1;
  }

  /** A result below the smallest normal number: denormal or zero, without its sign. */
  private static long tiny(Cpu cpu, boolean sign, int exponent, long significand, boolean inexact, boolean single) {
    if (!Mxcsr.isMasked(cpu.mxcsr, Mxcsr.UE)) {
      Mxcsr.note(cpu, Mxcsr.UE | (inexact ? Mxcsr.PE : 0));
      return 0;
    }
    if ((cpu.mxcsr & Mxcsr.FTZ) != 0) {
      Mxcsr.note(cpu, Mxcsr.UE | Mxcsr.PE);
      return 0;
    }
    int smallest = single ? -126 : -1022;
    int shift = (single ? 39 : 10) + smallest - exponent;
    long kept = shift > 63 ? 0 : significand >>> shift;
    long rest = shift > 63 ? 1 : significand & (1L << shift) - 1;
    long half = shift > 63 ? 2 : 1L << (shift - 1);
    if (rest != 0) {
      Mxcsr.note(cpu, Mxcsr.UE | Mxcsr.PE);
    }
    return kept + increment(Mxcsr.rounding(cpu.mxcsr), sign, kept, rest, half);
  }

  // --- conversions
  // -----------------------------------------------------------------------------------------------------------

  /** A signed integer as a float. */
  static long fromLong(Cpu cpu, long value, boolean single) {
    if (value == 0) {
      return 0;
    }
    long magnitude = Math.abs(value);
    if (magnitude < 0) {
      return round(cpu, true, 63, 1L << 62, single);
    }
    int shift = Long.numberOfLeadingZeros(magnitude) - 1;
    return round(cpu, value < 0, 62 - shift, magnitude << shift, single);
  }

  /** A double as a single. */
  static long toSingle(Cpu cpu, long bits) {
    long a = operand(cpu, bits, false);
    if (isNan(a)) {
      return propagate(cpu, a, a, true);
    }
    if (isZero(a) || isInfinite(a)) {
      return narrowSpecial(a, true);
    }
    noteDenormal(cpu, bits, false);
    return round(cpu, a < 0, exponent(a), significand(a) << 10, true);
  }

  /** A single as a double. */
  static long toDouble(Cpu cpu, long bits) {
    long a = operand(cpu, bits, true);
    if (isNan(a)) {
      return propagate(cpu, a, a, false);
    }
    noteDenormal(cpu, bits, true);
    return a;
  }

  /**
   * A float as a signed integer, or the integer indefinite with IE.
   *
   * @param mode rounding: {@link Mxcsr#RN} and so on
   * @param wide to 64 bits rather than 32
   */
  static long toInteger(Cpu cpu, long bits, int mode, boolean wide, boolean single) {
    long a = operand(cpu, bits, single);
    long outside = wide ? Long.MIN_VALUE : 0x8000_0000L;
    if (isZero(a)) {
      return 0;
    }
    int exponent = exponent(a);
    if (isNan(a) || isInfinite(a) || exponent > 62) {
      if (!(wide && a == 0xc3e0_0000_0000_0000L)) {
        Mxcsr.note(cpu, Mxcsr.IE);
      }
      return outside;
    }
    boolean sign = a < 0;
    long magnitude = significand(a);
    long rest = 0;
    if (exponent >= 52) {
      magnitude <<= exponent - 52;
    } else {
      int shift = Math.min(52 - exponent, 62);
      rest = magnitude & (1L << shift) - 1;
      long kept = magnitude >>> shift;
      magnitude = kept + increment(mode, sign, kept, rest, 1L << (shift - 1));
    }
    long value = sign ? -magnitude : magnitude;
    if (!wide && value != (int) value) {
      Mxcsr.note(cpu, Mxcsr.IE);
      return outside;
    }
    if (rest != 0) {
      Mxcsr.note(cpu, Mxcsr.PE);
    }
    return wide ? value : value & 0xffff_ffffL;
  }

  /** Rounds to an integral value in the same format (ROUNDSD and so on); PE unless {@code suppressInexact}. */
  static long toIntegral(Cpu cpu, long bits, int mode, boolean suppressInexact, boolean single) {
    long a = operand(cpu, bits, single);
    if (isNan(a)) {
      return propagate(cpu, a, a, single);
    }
    int exponent = exponent(a);
    if (isZero(a) || isInfinite(a)) {
      return narrowSpecial(a, single);
    }
    if (exponent >= (single ? 23 : 52)) {
      return bits;
    }
    long magnitude = significand(a);
    int shift = Math.min(52 - exponent, 62);
    long rest = magnitude & (1L << shift) - 1;
    if (rest == 0) {
      return bits;
    }
    long kept = magnitude >>> shift;
    kept += increment(mode, a < 0, kept, rest, 1L << (shift - 1));
    if (!suppressInexact) {
      Mxcsr.note(cpu, Mxcsr.PE);
    }
    return single
        ? (bits & 0x8000_0000L) | Float.floatToRawIntBits((float) kept)
        : (bits & SIGN) | Double.doubleToRawLongBits((double) kept);
  }

  // --- comparisons
  // -------------------------------------------------------------------------------------------------------------

  static final int LESS = -1;
  static final int EQUAL = 0;
  static final int GREATER = 1;
  static final int UNORDERED = 2;

  /** Compares two numbers; IE for a signalling NaN, or for any NaN if {@code signalling}. */
  static int compare(Cpu cpu, long first, long second, boolean signalling, boolean single) {
    long a = operand(cpu, first, single);
    long b = operand(cpu, second, single);
    if (isNan(a) || isNan(b)) {
      if (signalling || isSignalling(a) || isSignalling(b)) {
        Mxcsr.note(cpu, Mxcsr.IE);
      }
      return UNORDERED;
    }
    noteDenormal(cpu, first, single);
    noteDenormal(cpu, second, single);
    if (isZero(a) && isZero(b)) {
      return EQUAL;
    }
    return Long.compare(ordered(a), ordered(b));
  }

  /** Maps the bits of numbers to longs of the same order. */
  private static long ordered(long bits) {
    return bits < 0 ? SIGN - bits : bits;
  }

  /** MIN or MAX: the second operand unless the first is strictly smaller or greater. */
  static long extreme(Cpu cpu, long first, long second, int wanted, boolean single) {
    long chosen = compare(cpu, first, second, true, single) == wanted ? first : second;
    boolean flushed = (cpu.mxcsr & Mxcsr.DAZ) != 0 && isDenormal(chosen, single);
    return flushed ? chosen & (single ? 0x8000_0000L : SIGN) : chosen;
  }
}
