package org.demitasse.cpu.fpu;

import static org.demitasse.cpu.fpu.Float80.BIAS;
import static org.demitasse.cpu.fpu.Float80.EXPONENT;
import static org.demitasse.cpu.fpu.Float80.SIGN;

import org.demitasse.cpu.state.X87State;

/** Conversions between the double extended format and float32, float64, integers and packed decimal. */
final class Conversion {
  /** The largest magnitude of 18 decimal digits. */
  private static final long LARGEST_DECIMAL = 999_999_999_999_999_999L;

  private Conversion() {}

  // --- to source operands
  // ------------------------------------------------------------------------------------------------------

  /** Widens a float32 to the source operand, exactly; a signaling NaN stays one. */
  static void fromFloat32(X87State s, int bits) {
    widen(s, (bits & 0x80000000) != 0, bits >>> 23 & 0xff, ((long) bits & 0x7fffff) << 41, 0xff, 127);
  }

  /** Widens a float64 to the source operand, exactly; a signaling NaN stays one. */
  static void fromFloat64(X87State s, long bits) {
    widen(s, bits < 0, (int) (bits >>> 52) & 0x7ff, bits << 12, 0x7ff, 1023);
  }

  /** Widens: the fraction is left-aligned. */
  private static void widen(X87State s, boolean negative, int exponent, long fraction, int largest, int bias) {
    int sign = negative ? SIGN : 0;
    if (exponent == largest) {
      source(s, Float80.INTEGER_BIT | fraction >>> 1, sign | EXPONENT);
    } else if (exponent != 0) {
      source(s, Float80.INTEGER_BIT | fraction >>> 1, sign | exponent - bias + BIAS);
    } else if (fraction == 0) {
      source(s, 0, sign);
    } else {
      int shift = Long.numberOfLeadingZeros(fraction);
      source(s, fraction << shift, sign | BIAS - bias - shift);
      s.sourceDenormal = true;
    }
  }

  /** Widens an integer to the source operand, exactly. */
  static void fromInteger(X87State s, long value) {
    if (value == 0) {
      source(s, 0, 0);
      return;
    }
    long magnitude = Math.abs(value);
    int shift = Long.numberOfLeadingZeros(magnitude);
    source(s, magnitude << shift, (value < 0 ? SIGN : 0) | BIAS + 63 - shift);
  }

  /** Widens 18 packed decimal digits and a sign byte to the source operand. */
  static void fromDecimal(X87State s, long digits, int last) {
    long magnitude = (last >> 4 & 15) * 10L + (last & 15);
    for (int shift = 60; shift >= 0; shift -= 4) {
      magnitude = magnitude * 10 + (digits >>> shift & 15);
    }
    fromInteger(s, magnitude);
    s.sourceSignExponent |= last & SIGN;
  }

  private static void source(X87State s, long significand, int signExponent) {
    s.sourceSignificand = significand;
    s.sourceSignExponent = signExponent;
    s.sourceDenormal = false;
  }

  // --- to memory formats
  // ---------------------------------------------------------------------------------------------------------

  /** Rounds to float32. */
  static int toFloat32(X87State s, long sig, int se) {
    return (int) narrow(s, sig, se, 23, 127);
  }

  /** Rounds to float64. */
  static long toFloat64(X87State s, long sig, int se) {
    return narrow(s, sig, se, 52, 1023);
  }

  private static long narrow(X87State s, long sig, int se, int fractionBits, int bias) {
    long sign = (se & SIGN) != 0 ? 1L << (fractionBits == 23 ? 31 : 63) : 0;
    long largest = 2L * bias + 1;
    if (Float80.takesNan(s, sig, se)) {
      long nanSign = (s.resultSignExponent & SIGN) != 0 ? 1L << (fractionBits == 23 ? 31 : 63) : 0;
      return nanSign | largest << fractionBits | s.resultSignificand << 1 >>> (64 - fractionBits);
    }
    if ((se & EXPONENT) == EXPONENT) {
      return sign | largest << fractionBits;
    }
    if (sig == 0) {
      return sign;
    }
    int exponent = Float80.normalExponent(sig, se) - BIAS + bias;
    long high = Float80.normalSignificand(sig);
    int dropped = 63 - fractionBits;
    boolean negative = sign != 0;
    boolean up = Float80.increments(Float80.roundingMode(s), negative, high, 0, dropped);
    boolean carries = up && high >>> dropped == -1L >>> dropped;
    boolean inexact = Float80.isInexact(high, 0, dropped);
    if (exponent < 0 || (exponent == 0 && !carries)) {
      return sign | narrowTiny(s, negative, exponent, high, dropped);
    }
    if (exponent + (carries ? 1 : 0) >= largest) {
      return sign | narrowOverflow(s, negative, largest, fractionBits);
    }
    long rounded = (high >>> dropped) + (up ? 1 : 0);
    // The integer bit, and a carry out of the significand, add to the exponent field.
    finish(s, inexact, up);
    return sign | (((long) exponent - 1) << fractionBits) + rounded;
  }

  private static long narrowTiny(X87State s, boolean negative, int exponent, long high, int dropped) {
    int shift = 1 - exponent;
    long shifted = shift < 64 ? high >>> shift : 0;
    long low = Float80.shiftLow(high, 0, shift);
    boolean up = Float80.increments(Float80.roundingMode(s), negative, shifted, low, dropped);
    boolean inexact = Float80.isInexact(shifted, low, dropped);
    if (inexact || (s.control & X87.UE) == 0) {
      s.raised |= X87.UE;
    }
    finish(s, inexact, up);
    return (shifted >>> dropped) + (up ? 1 : 0);
  }

  private static long narrowOverflow(X87State s, boolean negative, long largest, int fractionBits) {
    s.raised |= X87.OE | X87.PE;
    int mode = Float80.roundingMode(s);
    boolean toInfinity = mode == Float80.NEAREST || mode == (negative ? Float80.DOWN : Float80.UP);
    s.roundedUp = toInfinity;
    return (largest << fractionBits) - (toInfinity ? 0 : 1);
  }

  private static void finish(X87State s, boolean inexact, boolean up) {
    if (inexact) {
      s.raised |= X87.PE;
      s.roundedUp = up;
    }
  }

  /**
   * Rounds to a signed integer.
   *
   * @param bits 16, 32 or 64
   * @param mode rounding mode; {@link Float80#CHOP} for FISTTP
   * @return the integer, or the integer indefinite with IE raised
   */
  static long toInteger(X87State s, long sig, int se, int bits, int mode) {
    long indefinite = -1L << (bits - 1);
    int shift = BIAS + 63 - (se & EXPONENT);
    boolean negative = (se & SIGN) != 0;
    if (Float80.isUnsupported(sig, se) || shift < 0) {
      s.raised |= X87.IE;
      return indefinite;
    }
    long magnitude = shift == 0 ? sig : shift < 64 ? sig >>> shift : 0;
    long low = shift == 0 || sig == 0 ? 0 : Float80.shiftLow(sig, 0, shift);
    boolean up = Float80.increments(mode, negative, magnitude, low, 0);
    boolean wraps = up && magnitude == -1L;
    magnitude += up ? 1 : 0;
    boolean fits = Long.compareUnsigned(magnitude, negative ? -indefinite : ~indefinite) <= 0;
    if (wraps || !fits) {
      s.raised |= X87.IE;
      return indefinite;
    }
    finish(s, low != 0, up);
    return negative ? -magnitude : magnitude;
  }

  /** Rounds to packed decimal: the 16 low digits are returned, the last two bytes go to {@code resultSignExponent}. */
  static long toDecimal(X87State s, long sig, int se) {
    long value = toInteger(s, sig, se, 64, Float80.roundingMode(s));
    long magnitude = Math.abs(value);
    if ((s.raised & X87.IE) != 0 || Long.compareUnsigned(magnitude, LARGEST_DECIMAL) > 0) {
      s.raised = (s.raised & ~X87.PE) | X87.IE;
      s.roundedUp = false;
      s.resultSignExponent = 0xffff;
      return 0xc000_0000_0000_0000L;
    }
    long digits = 0;
    for (int shift = 0; shift < 64; shift += 4) {
      digits |= magnitude % 10 << shift;
      magnitude /= 10;
    }
    s.resultSignExponent = (se & SIGN) | (int) (magnitude / 10) << 4 | (int) (magnitude % 10);
    return digits;
  }
}
