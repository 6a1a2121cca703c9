package org.demitasse.cpu.fpu;

import static org.demitasse.cpu.fpu.Float80.BIAS;
import static org.demitasse.cpu.fpu.Float80.EXPONENT;
import static org.demitasse.cpu.fpu.Float80.SIGN;

import org.demitasse.cpu.state.X87State;

/** Meanings of FRNDINT, FSCALE, FXTRACT, FPREM and FPREM1. */
final class Scaling {
  /** Returned by {@link #remainder} when there is none: C0 and C3 stay. */
  static final int NO_QUOTIENT = -1;

  private Scaling() {}

  /** FRNDINT. */
  static void roundToInteger(X87State s, long sig, int se) {
    if (Float80.takesNan(s, sig, se)) {
      return;
    }
    int exponent = se & EXPONENT;
    if (exponent >= BIAS + 63 || sig == 0) {
      Float80.result(s, sig, se);
      return;
    }
    Float80.noteDenormals(s, sig, se, 0, 0);
    boolean negative = (se & SIGN) != 0;
    int shift = BIAS + 63 - exponent;
    long integer = shift < 64 ? sig >>> shift : 0;
    long low = Float80.shiftLow(sig, 0, shift);
    boolean up = Float80.increments(Float80.roundingMode(s), negative, integer, low, 0);
    integer += up ? 1 : 0;
    if (low != 0) {
      s.raised |= X87.PE;
      s.roundedUp = up;
    }
    fromMagnitude(s, negative, integer);
  }

  private static void fromMagnitude(X87State s, boolean negative, long magnitude) {
    if (magnitude == 0) {
      Float80.zero(s, negative);
      return;
    }
    int shift = Long.numberOfLeadingZeros(magnitude);
    Float80.result(s, magnitude << shift, (negative ? SIGN : 0) | BIAS + 63 - shift);
  }

  /** FSCALE: a times two to the power of b, chopped to an integer. */
  static void scale(X87State s, long aSig, int aSe, long bSig, int bSe) {
    if (Float80.takesNan(s, aSig, aSe, bSig, bSe)) {
      return;
    }
    boolean negative = (aSe & SIGN) != 0;
    boolean down = (bSe & SIGN) != 0;
    boolean aInfinite = (aSe & EXPONENT) == EXPONENT;
    if ((bSe & EXPONENT) == EXPONENT) {
      if ((aInfinite && down) || (aSig == 0 && !down)) {
        Float80.invalid(s);
        return;
      }
      Float80.noteDenormals(s, aSig, aSe, 0, 0);
      if (down) {
        Float80.zero(s, negative);
      } else {
        Float80.infinity(s, negative);
      }
      return;
    }
    Float80.noteDenormals(s, aSig, aSe, bSig, bSe);
    if (aInfinite || aSig == 0) {
      Float80.result(s, aSig, aSe);
      return;
    }
    int distance = chopped(bSig, bSe);
    Float80.round(s, negative, Float80.normalExponent(aSig, aSe) + distance, Float80.normalSignificand(aSig), 0, 0);
  }

  /** The integer part of a finite value, limited to what moves every exponent out of range. */
  private static int chopped(long sig, int se) {
    int shift = BIAS + 63 - (se & EXPONENT);
    int magnitude = shift <= 63 - 17 ? 1 << 17 : shift < 64 ? (int) (sig >>> shift) : 0;
    return (se & SIGN) != 0 ? -magnitude : magnitude;
  }

  /** FXTRACT's significand, which is pushed above the exponent. Only for nonzero finite values. */
  static void significandOf(X87State s, long sig, int se) {
    Float80.result(s, Float80.normalSignificand(sig), (se & SIGN) | BIAS);
  }

  /** FXTRACT's exponent of a nonzero finite value, as the source operand. */
  static void exponentOf(X87State s, long sig, int se) {
    Conversion.fromInteger(s, Float80.normalExponent(sig, se) - BIAS);
  }

  /**
   * FPREM and FPREM1 (Intel SDM vol. 2): the remainder of a by b, or a partial one with C2.
   *
   * @param nearest true for FPREM1: the quotient is rounded to nearest even, not chopped
   * @return condition bits: C2, or the quotient's low bits in C0, C3, C1, or {@link #NO_QUOTIENT}
   */
  static int remainder(X87State s, long aSig, int aSe, long bSig, int bSe, boolean nearest) {
    if (Float80.takesNan(s, aSig, aSe, bSig, bSe)) {
      return NO_QUOTIENT;
    }
    if ((aSe & EXPONENT) == EXPONENT || bSig == 0) {
      Float80.invalid(s);
      return NO_QUOTIENT;
    }
    Float80.noteDenormals(s, aSig, aSe, bSig, bSe);
    if (aSig == 0) {
      Float80.result(s, aSig, aSe);
      return 0;
    }
    int aExp = Float80.normalExponent(aSig, aSe);
    boolean negative = (aSe & SIGN) != 0;
    if ((bSe & EXPONENT) == EXPONENT) {
      Float80.round(s, negative, aExp, Float80.normalSignificand(aSig), 0, 0);
      return 0;
    }
    long a = Float80.normalSignificand(aSig);
    long b = Float80.normalSignificand(bSig);
    int distance = aExp - Float80.normalExponent(bSig, bSe);
    if (distance >= 64) {
      int steps = (distance & 31) | 32;
      reduce(s, negative, aExp - steps, a, b, steps, false);
      return X87.C2;
    }
    if (distance < (nearest ? -1 : 0)) {
      Float80.round(s, negative, aExp, a, 0, 0);
      return 0;
    }
    long quotient = reduce(s, negative, aExp - distance, a, b, distance, nearest);
    return ((quotient & 1) != 0 ? X87.C1 : 0) | ((quotient & 2) != 0 ? X87.C3 : 0) | ((quotient & 4) != 0 ? X87.C0 : 0);
  }

  /** Long division of a by b, both normalized; a is {@code distance} (-1 to 63) binary places above b. */
  private static long reduce(
      X87State s, boolean negative, int exponent, long a, long b, int distance, boolean nearest) {
    if (distance < 0) {
      // Half of a against b: FPREM1 only. The quotient is 0 or 1.
      return reduceHalf(s, negative, exponent, a, b);
    }
    long quotient = 0;
    long rest = a;
    boolean carry = false;
    for (int i = 0; i <= distance; i++) {
      quotient <<= 1;
      if (carry || Long.compareUnsigned(rest, b) >= 0) {
        rest -= b;
        quotient |= 1;
      }
      if (i < distance) {
        carry = rest < 0;
        rest <<= 1;
      }
    }
    boolean flip = false;
    if (nearest) {
      long other = b - rest;
      int order = Long.compareUnsigned(rest, other);
      flip = order > 0 || (order == 0 && (quotient & 1) != 0);
      if (flip) {
        rest = other;
        quotient++;
      }
    }
    finish(s, negative != flip, negative, exponent, rest);
    return quotient;
  }

  private static long reduceHalf(X87State s, boolean negative, int exponent, long a, long b) {
    // exponent is b's; the value of a in b's units is a / 2, so it exceeds half of b when a > b.
    if (Long.compareUnsigned(a, b) > 0) {
      // b - a/2 = (2b - a) / 2, and 2b - a is less than b.
      finish(s, !negative, negative, exponent - 1, b - (a - b));
      return 1;
    }
    finish(s, negative, negative, exponent - 1, a);
    return 0;
  }

  private static void finish(X87State s, boolean negative, boolean zeroNegative, int exponent, long rest) {
    if (rest == 0) {
      Float80.zero(s, zeroNegative);
      return;
    }
    int shift = Long.numberOfLeadingZeros(rest);
    Float80.round(s, negative, exponent - shift, rest << shift, 0, 0);
  }
}
