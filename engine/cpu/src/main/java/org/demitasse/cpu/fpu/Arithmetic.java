package org.demitasse.cpu.fpu;

import static org.demitasse.cpu.fpu.Float80.BIAS;
import static org.demitasse.cpu.fpu.Float80.EXPONENT;
import static org.demitasse.cpu.fpu.Float80.SIGN;

import org.demitasse.cpu.state.X87State;

/** Meanings of addition, subtraction, multiplication, division and square root: exact, then rounded once. */
final class Arithmetic {
  static final int ADD = 0;
  static final int MULTIPLY = 1;
  static final int SUBTRACT = 4;
  static final int SUBTRACT_REVERSED = 5;
  static final int DIVIDE = 6;
  static final int DIVIDE_REVERSED = 7;

  private Arithmetic() {}

  /** Does one of the six operations by its number in ModRM.reg. */
  static void compute(X87State s, int operation, long aSig, int aSe, long bSig, int bSe) {
    switch (operation) {
      case ADD -> add(s, aSig, aSe, bSig, bSe);
      case MULTIPLY -> multiply(s, aSig, aSe, bSig, bSe);
      case SUBTRACT -> subtract(s, aSig, aSe, bSig, bSe);
      case SUBTRACT_REVERSED -> subtract(s, bSig, bSe, aSig, aSe);
      case DIVIDE -> divide(s, aSig, aSe, bSig, bSe);
      default -> divide(s, bSig, bSe, aSig, aSe);
    }
  }

  /** FADD. */
  static void add(X87State s, long aSig, int aSe, long bSig, int bSe) {
    if (!Float80.takesNan(s, aSig, aSe, bSig, bSe)) {
      sum(s, aSig, aSe, bSig, bSe);
    }
  }

  /** FSUB: a - b. */
  static void subtract(X87State s, long aSig, int aSe, long bSig, int bSe) {
    if (!Float80.takesNan(s, aSig, aSe, bSig, bSe)) {
      sum(s, aSig, aSe, bSig, bSe ^ SIGN);
    }
  }

  private static void sum(X87State s, long aSig, int aSe, long bSig, int bSe) {
    boolean aNegative = (aSe & SIGN) != 0;
    boolean bNegative = (bSe & SIGN) != 0;
    boolean aInfinite = (aSe & EXPONENT) == EXPONENT;
    boolean bInfinite = (bSe & EXPONENT) == EXPONENT;
    if (aInfinite && bInfinite && aNegative != bNegative) {
      Float80.invalid(s);
      return;
    }
    Float80.noteDenormals(s, aSig, aSe, bSig, bSe);
    if (aInfinite || bInfinite) {
      Float80.infinity(s, aInfinite ? aNegative : bNegative);
      return;
    }
    if (aSig == 0 || bSig == 0) {
      sumWithZero(s, aSig, aSe, bSig, bSe);
      return;
    }
    int aExp = Float80.normalExponent(aSig, aSe);
    int bExp = Float80.normalExponent(bSig, bSe);
    long a = Float80.normalSignificand(aSig);
    long b = Float80.normalSignificand(bSig);
    boolean aLarger = aExp != bExp ? aExp > bExp : Long.compareUnsigned(a, b) >= 0;
    if (aLarger) {
      sumOrdered(s, aNegative, aExp, a, aNegative != bNegative, aExp - bExp, b);
    } else {
      sumOrdered(s, bNegative, bExp, b, aNegative != bNegative, bExp - aExp, a);
    }
  }

  private static void sumWithZero(X87State s, long aSig, int aSe, long bSig, int bSe) {
    boolean aNegative = (aSe & SIGN) != 0;
    boolean bNegative = (bSe & SIGN) != 0;
    if (aSig == 0 && bSig == 0) {
      boolean down = Float80.roundingMode(s) == Float80.DOWN;
      Float80.zero(s, aNegative == bNegative ? aNegative : down);
    } else if (aSig == 0) {
      Float80.roundToControl(s, bNegative, Float80.normalExponent(bSig, bSe), Float80.normalSignificand(bSig), 0);
    } else {
      Float80.roundToControl(s, aNegative, Float80.normalExponent(aSig, aSe), Float80.normalSignificand(aSig), 0);
    }
  }

  /** Adds to or takes from a large magnitude a small one that lies {@code distance} binary places lower. */
  private static void sumOrdered(
      X87State s, boolean negative, int exponent, long large, boolean differ, int distance, long small) {
    long high = distance < 64 ? small >>> distance : 0;
    long low = distance == 0 ? 0 : Float80.shiftLow(small, 0, distance);
    if (!differ) {
      long sum = large + high;
      if (Long.compareUnsigned(sum, large) < 0) {
        long carried = sum >>> 1 | Float80.INTEGER_BIT;
        Float80.roundToControl(s, negative, exponent + 1, carried, sum << 63 | low >>> 1 | (low & 1));
      } else {
        Float80.roundToControl(s, negative, exponent, sum, low);
      }
      return;
    }
    long difference = large - high - (low != 0 ? 1 : 0);
    long rest = -low;
    if ((difference | rest) == 0) {
      Float80.zero(s, Float80.roundingMode(s) == Float80.DOWN);
      return;
    }
    normalizeAndRound(s, negative, exponent, difference, rest);
  }

  private static void normalizeAndRound(X87State s, boolean negative, int exponent, long high, long low) {
    if (high == 0) {
      int shift = Long.numberOfLeadingZeros(low);
      Float80.roundToControl(s, negative, exponent - 64 - shift, low << shift, 0);
      return;
    }
    int shift = Long.numberOfLeadingZeros(high);
    long normalHigh = shift == 0 ? high : high << shift | low >>> (64 - shift);
    Float80.roundToControl(s, negative, exponent - shift, normalHigh, low << shift);
  }

  /** FMUL. */
  static void multiply(X87State s, long aSig, int aSe, long bSig, int bSe) {
    if (Float80.takesNan(s, aSig, aSe, bSig, bSe)) {
      return;
    }
    boolean negative = ((aSe ^ bSe) & SIGN) != 0;
    boolean aInfinite = (aSe & EXPONENT) == EXPONENT;
    boolean bInfinite = (bSe & EXPONENT) == EXPONENT;
    if ((aInfinite && bSig == 0) || (bInfinite && aSig == 0)) {
      Float80.invalid(s);
      return;
    }
    Float80.noteDenormals(s, aSig, aSe, bSig, bSe);
    if (aInfinite || bInfinite) {
      Float80.infinity(s, negative);
      return;
    }
    if (aSig == 0 || bSig == 0) {
      Float80.zero(s, negative);
      return;
    }
    int exponent = Float80.normalExponent(aSig, aSe) + Float80.normalExponent(bSig, bSe) - BIAS + 1;
    long a = Float80.normalSignificand(aSig);
    long b = Float80.normalSignificand(bSig);
    long high = Math.unsignedMultiplyHigh(a, b);
    long low = a * b;
    if (high >= 0) {
      high = high << 1 | low >>> 63;
      low <<= 1;
      exponent--;
    }
    Float80.roundToControl(s, negative, exponent, high, low);
  }

  /** FDIV: a / b. */
  static void divide(X87State s, long aSig, int aSe, long bSig, int bSe) {
    if (Float80.takesNan(s, aSig, aSe, bSig, bSe)) {
      return;
    }
    boolean negative = ((aSe ^ bSe) & SIGN) != 0;
    boolean aInfinite = (aSe & EXPONENT) == EXPONENT;
    boolean bInfinite = (bSe & EXPONENT) == EXPONENT;
    if ((aInfinite && bInfinite) || (aSig == 0 && bSig == 0)) {
      Float80.invalid(s);
      return;
    }
    if (!aInfinite && bSig == 0) {
      s.raised |= X87.ZE;
      Float80.infinity(s, negative);
      return;
    }
    Float80.noteDenormals(s, aSig, aSe, bSig, bSe);
    if (aInfinite) {
      Float80.infinity(s, negative);
      return;
    }
    if (bInfinite || aSig == 0) {
      Float80.zero(s, negative);
      return;
    }
    quotient(s, negative, aSig, aSe, bSig, bSe);
  }

  private static void quotient(X87State s, boolean negative, long aSig, int aSe, long bSig, int bSe) {
    int exponent = Float80.normalExponent(aSig, aSe) - Float80.normalExponent(bSig, bSe) + BIAS - 1;
    long a = Float80.normalSignificand(aSig);
    long b = Float80.normalSignificand(bSig);
    long high = a;
    long low = 0;
    if (Long.compareUnsigned(a, b) >= 0) {
      high = a >>> 1;
      low = a << 63;
      exponent++;
    }
    long q = divide128(high, low, b);
    long rest = low - q * b;
    long half = Long.compareUnsigned(rest, b - rest) >= 0 ? Float80.INTEGER_BIT : 0;
    long sticky = rest != 0 && rest != b - rest ? 1 : 0;
    Float80.roundToControl(s, negative, exponent, q, half | sticky);
  }

  /** Unsigned quotient high.low / divisor, for high below divisor and divisor with bit 63 set (Knuth's algorithm D). */
  static long divide128(long high, long low, long divisor) {
    long d1 = divisor >>> 32;
    long d0 = divisor & 0xffff_ffffL;
    long q1 = digit(high, low >>> 32, d1, d0);
    long rest = (high << 32 | low >>> 32) - q1 * divisor;
    long q0 = digit(rest, low & 0xffff_ffffL, d1, d0);
    return (q1 << 32) + q0;
  }

  private static long digit(long high, long next, long d1, long d0) {
    long q = Long.divideUnsigned(high, d1);
    long r = high - q * d1;
    while (q >>> 32 != 0 || Long.compareUnsigned(q * d0, r << 32 | next) > 0) {
      q--;
      r += d1;
      if (r >>> 32 != 0) {
        break;
      }
    }
    return q;
  }

  /** FSQRT. */
  static void squareRoot(X87State s, long sig, int se) {
    if (Float80.takesNan(s, sig, se)) {
      return;
    }
    if (sig == 0) {
      Float80.result(s, sig, se);
      return;
    }
    if ((se & SIGN) != 0) {
      Float80.invalid(s);
      return;
    }
    if ((se & EXPONENT) == EXPONENT) {
      Float80.result(s, sig, se);
      return;
    }
    Float80.noteDenormals(s, sig, se, 0, 0);
    int unbiased = Float80.normalExponent(sig, se) - BIAS;
    long value = Float80.normalSignificand(sig);
    // The radicand in [2^126, 2^128): an even power of two times the operand.
    long high = (unbiased & 1) != 0 ? value : value >>> 1;
    long low = (unbiased & 1) != 0 ? 0 : value << 63;
    rootBits(s, (unbiased >> 1) + BIAS, high, low);
  }

  /** The integer root of 128 bits, one bit at a time; the remainder needs 66 bits, the top ones in {@code restHigh}. */
  private static void rootBits(X87State s, int exponent, long high, long low) {
    long root = 0;
    long restHigh = 0;
    long rest = 0;
    for (int i = 0; i < 64; i++) {
      restHigh = restHigh << 2 | rest >>> 62;
      rest = rest << 2 | high >>> 62;
      high = high << 2 | low >>> 62;
      low <<= 2;
      long trialHigh = root >>> 62;
      long trial = root << 2 | 1;
      boolean fits = restHigh != trialHigh ? restHigh > trialHigh : Long.compareUnsigned(rest, trial) >= 0;
      root <<= 1;
      if (fits) {
        restHigh = restHigh - trialHigh - (Long.compareUnsigned(rest, trial) < 0 ? 1 : 0);
        rest -= trial;
        root |= 1;
      }
    }
    // The remainder exceeds the root exactly when the fraction is above one half; it is never one half.
    boolean aboveHalf = restHigh != 0 || Long.compareUnsigned(rest, root) > 0;
    boolean exact = restHigh == 0 && rest == 0;
    Float80.roundToControl(s, false, exponent, root, aboveHalf ? Float80.INTEGER_BIT | 1 : exact ? 0 : 1);
  }
}
