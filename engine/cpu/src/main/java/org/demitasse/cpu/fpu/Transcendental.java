package org.demitasse.cpu.fpu;

import static org.demitasse.cpu.fpu.Float80.BIAS;
import static org.demitasse.cpu.fpu.Float80.EXPONENT;
import static org.demitasse.cpu.fpu.Float80.SIGN;

import java.math.BigInteger;
import org.demitasse.cpu.state.X87State;

/**
 * Meanings of the transcendental instructions (Intel SDM vol. 1, 8.3.6 to 8.3.10): special values here, the rest in
 * fixed point.
 */
final class Transcendental {
  private Transcendental() {}

  // --- common
  // ------------------------------------------------------------------------------------------------------------------

  private static boolean isNegative(int signExponent) {
    return (signExponent & SIGN) != 0;
  }

  private static boolean isInfinite(int signExponent) {
    return (signExponent & EXPONENT) == EXPONENT;
  }

  /** Rounds a nonzero value * 2^-places. */
  private static void round(X87State s, BigInteger value, int places, boolean inexact) {
    BigInteger magnitude = value.abs();
    int bits = magnitude.bitLength();
    int excess = bits - 128;
    boolean lost = inexact;
    BigInteger top;
    if (excess > 0) {
      lost |= magnitude.getLowestSetBit() < excess;
      top = magnitude.shiftRight(excess);
    } else {
      top = magnitude.shiftLeft(-excess);
    }
    long high = top.shiftRight(64).longValue();
    long low = top.longValue() | (lost ? 1 : 0);
    Float80.round(s, value.signum() < 0, bits - 1 - places + BIAS, high, low, 0);
  }

  /** Rounds a nonzero finite operand times a constant: the first term of a series whose rest is negligible. */
  private static void scaled(X87State s, long sig, int se, BigInteger constant, int places) {
    BigInteger product = FixedPoint.unsigned(Float80.normalSignificand(sig)).multiply(constant);
    int exponent = Float80.normalExponent(sig, se) - BIAS - 63;
    round(s, isNegative(se) ? product.negate() : product, places - exponent, true);
  }

  /** Rounds what is by a hair smaller than a nonzero finite operand. */
  private static void justBelow(X87State s, long sig, int se) {
    long high = Float80.normalSignificand(sig);
    int exponent = Float80.normalExponent(sig, se);
    if (high == Float80.INTEGER_BIT) {
      Float80.round(s, isNegative(se), exponent - 1, -1L, -1L, 0);
    } else {
      Float80.round(s, isNegative(se), exponent, high - 1, -1L, 0);
    }
  }

  private static boolean isSmall(long sig, int se) {
    return Float80.normalExponent(sig, se) < BIAS - FixedPoint.SMALLEST;
  }

  // --- F2XM1
  // -------------------------------------------------------------------------------------------------------------------

  /** 2^x - 1. */
  static void powerMinusOne(X87State s, long sig, int se) {
    if (Float80.takesNan(s, sig, se)) {
      return;
    }
    if (sig == 0) {
      Float80.result(s, sig, se);
      return;
    }
    if (isInfinite(se)) {
      Float80.result(s, Float80.INTEGER_BIT, isNegative(se) ? SIGN | BIAS : se);
      return;
    }
    Float80.noteDenormals(s, sig, se, 0, 0);
    int exponent = se & EXPONENT;
    if (exponent > BIAS || (exponent == BIAS && sig != Float80.INTEGER_BIT)) {
      // Outside [-1, 1] the result is undefined: the operand stays, on AMD's processors with PE.
      s.raised |= X87.PE;
      Float80.result(s, sig, se);
      return;
    }
    if (exponent == BIAS) {
      // Exact, but AMD's processors say PE.
      s.raised |= X87.PE;
      Float80.result(s, sig, isNegative(se) ? SIGN | BIAS - 1 : BIAS);
      return;
    }
    if (isSmall(sig, se)) {
      scaled(s, sig, se, FixedPoint.LN2, FixedPoint.CONSTANT_BITS);
      return;
    }
    BigInteger t = FixedPoint.multiply(FixedPoint.of(sig, se), FixedPoint.constant(FixedPoint.LN2));
    round(s, FixedPoint.exponentialMinusOne(t), FixedPoint.BITS, true);
  }

  // --- FYL2X, FYL2XP1
  // ------------------------------------------------------------------------------------------------------------

  /** y * log2(x). */
  static void logarithm(X87State s, long xSig, int xSe, long ySig, int ySe) {
    if (Float80.takesNan(s, xSig, xSe, ySig, ySe)) {
      return;
    }
    boolean yNegative = isNegative(ySe);
    if (xSig == 0) {
      logarithmOfZero(s, ySig, ySe);
      return;
    }
    if (isNegative(xSe)) {
      Float80.invalid(s);
      return;
    }
    boolean one = xSig == Float80.INTEGER_BIT && xSe == BIAS;
    if ((isInfinite(xSe) && ySig == 0) || (one && isInfinite(ySe))) {
      Float80.invalid(s);
      return;
    }
    Float80.noteDenormals(s, xSig, xSe, ySig, ySe);
    boolean below = (xSe & EXPONENT) < BIAS;
    if (isInfinite(xSe) || isInfinite(ySe)) {
      Float80.infinity(s, yNegative != below);
      return;
    }
    if (one || ySig == 0) {
      Float80.zero(s, yNegative != below);
      return;
    }
    product(s, logarithmOf(xSig, xSe), Float80.normalSignificand(xSig) != Float80.INTEGER_BIT, ySig, ySe);
    // Exact products count as inexact, too.
    s.raised |= X87.PE;
  }

  private static void logarithmOfZero(X87State s, long ySig, int ySe) {
    if (ySig == 0) {
      Float80.invalid(s);
      return;
    }
    if (isInfinite(ySe)) {
      Float80.infinity(s, !isNegative(ySe));
      return;
    }
    s.raised |= X87.ZE;
    Float80.infinity(s, !isNegative(ySe));
  }

  /** log2(x) of a positive finite x. */
  private static BigInteger logarithmOf(long sig, int se) {
    long normal = Float80.normalSignificand(sig);
    int power = Float80.normalExponent(sig, se) - BIAS;
    int exponent = BIAS;
    if (Long.compareUnsigned(normal, 0xb504_f333_f9de_6484L) > 0) {
      exponent--;
      power++;
    }
    BigInteger integer = BigInteger.valueOf(power).shiftLeft(FixedPoint.BITS);
    if (normal == Float80.INTEGER_BIT) {
      return integer;
    }
    BigInteger m = FixedPoint.of(normal, exponent);
    BigInteger z = FixedPoint.divide(m.subtract(FixedPoint.ONE), m.add(FixedPoint.ONE));
    return integer.add(toBaseTwo(FixedPoint.logarithmOfRatio(z)));
  }

  private static BigInteger toBaseTwo(BigInteger naturalLogarithm) {
    return FixedPoint.divide(naturalLogarithm, FixedPoint.constant(FixedPoint.LN2));
  }

  /** Rounds a fixed-point value times y. */
  private static void product(X87State s, BigInteger value, boolean inexact, long ySig, int ySe) {
    BigInteger magnitude = value.multiply(FixedPoint.unsigned(Float80.normalSignificand(ySig)));
    int exponent = Float80.normalExponent(ySig, ySe) - BIAS - 63;
    round(s, isNegative(ySe) ? magnitude.negate() : magnitude, FixedPoint.BITS - exponent, inexact);
  }

  /** y * log2(x + 1). */
  static void logarithmPlusOne(X87State s, long xSig, int xSe, long ySig, int ySe) {
    if (Float80.takesNan(s, xSig, xSe, ySig, ySe)) {
      return;
    }
    boolean negative = isNegative(xSe) != isNegative(ySe);
    boolean yInfinite = isInfinite(ySe);
    if ((isInfinite(xSe) && (isNegative(xSe) || ySig == 0)) || (xSig == 0 && yInfinite)) {
      Float80.invalid(s);
      return;
    }
    Float80.noteDenormals(s, xSig, xSe, ySig, ySe);
    if (isInfinite(xSe) || yInfinite) {
      Float80.infinity(s, negative);
      return;
    }
    if (xSig == 0 || ySig == 0) {
      Float80.zero(s, negative);
      return;
    }
    if (isSmall(xSig, xSe)) {
      smallLogarithm(s, xSig, xSe, ySig, ySe);
      return;
    }
    if (isNegative(xSe) && (xSe & EXPONENT) >= BIAS) {
      // At or below -1 the result is undefined: the operand stays, on AMD's processors with PE.
      s.raised |= X87.PE;
      Float80.result(s, xSig, xSe);
      return;
    }
    if ((xSe & EXPONENT) >= BIAS - 1) {
      product(s, logarithmOfSum(xSig, xSe), true, ySig, ySe);
      return;
    }
    BigInteger x = FixedPoint.of(xSig, xSe);
    BigInteger z = FixedPoint.divide(x, x.add(FixedPoint.ONE.shiftLeft(1)));
    product(s, toBaseTwo(FixedPoint.logarithmOfRatio(z)), true, ySig, ySe);
  }

  /** log2(x + 1) outside the documented range. */
  private static BigInteger logarithmOfSum(long sig, int se) {
    BigInteger sum = FixedPoint.of(sig, se).add(FixedPoint.ONE);
    int power = sum.bitLength() - 1 - FixedPoint.BITS;
    BigInteger m = power >= 0 ? sum.shiftRight(power) : sum.shiftLeft(-power);
    // Twice the square root, so that the ratio stays within 0.2.
    BigInteger root = m.shiftLeft(FixedPoint.BITS).sqrt();
    BigInteger z = FixedPoint.divide(root.subtract(FixedPoint.ONE), root.add(FixedPoint.ONE));
    BigInteger fraction = toBaseTwo(FixedPoint.logarithmOfRatio(z).shiftLeft(1));
    return BigInteger.valueOf(power).shiftLeft(FixedPoint.BITS).add(fraction);
  }

  private static void smallLogarithm(X87State s, long xSig, int xSe, long ySig, int ySe) {
    BigInteger inverse = BigInteger.ONE.shiftLeft(FixedPoint.BITS + FixedPoint.CONSTANT_BITS).divide(FixedPoint.LN2);
    BigInteger x = FixedPoint.unsigned(Float80.normalSignificand(xSig)).multiply(inverse);
    int exponent = Float80.normalExponent(xSig, xSe) - BIAS - 63 + Float80.normalExponent(ySig, ySe) - BIAS - 63;
    BigInteger value = x.multiply(FixedPoint.unsigned(Float80.normalSignificand(ySig)));
    boolean negative = isNegative(xSe) != isNegative(ySe);
    round(s, negative ? value.negate() : value, FixedPoint.BITS - exponent, true);
  }

  // --- FPATAN
  // ------------------------------------------------------------------------------------------------------------------

  /** The angle of the point (x, y). */
  static void arcTangent(X87State s, long xSig, int xSe, long ySig, int ySe) {
    if (Float80.takesNan(s, xSig, xSe, ySig, ySe)) {
      return;
    }
    Float80.noteDenormals(s, xSig, xSe, ySig, ySe);
    boolean yNegative = isNegative(ySe);
    if (isInfinite(ySe)) {
      int eighths = !isInfinite(xSe) ? 4 : isNegative(xSe) ? 6 : 2;
      piEighths(s, yNegative, eighths);
      return;
    }
    if (isInfinite(xSe) || ySig == 0) {
      if (isNegative(xSe)) {
        piEighths(s, yNegative, 8);
      } else {
        Float80.zero(s, yNegative);
      }
      return;
    }
    if (xSig == 0) {
      piEighths(s, yNegative, 4);
      return;
    }
    angle(s, xSig, xSe, ySig, ySe);
  }

  private static void piEighths(X87State s, boolean negative, int eighths) {
    BigInteger value = FixedPoint.PI.multiply(BigInteger.valueOf(eighths));
    round(s, negative ? value.negate() : value, FixedPoint.CONSTANT_BITS + 3, true);
  }

  private static void angle(X87State s, long xSig, int xSe, long ySig, int ySe) {
    BigInteger x = FixedPoint.unsigned(Float80.normalSignificand(xSig));
    BigInteger y = FixedPoint.unsigned(Float80.normalSignificand(ySig));
    int distance = Float80.normalExponent(ySig, ySe) - Float80.normalExponent(xSig, xSe);
    boolean yNegative = isNegative(ySe);
    if (distance < -FixedPoint.SMALLEST && !isNegative(xSe)) {
      // The angle is y / x, less a cube that only sets its last bits.
      BigInteger ratio = y.shiftLeft(FixedPoint.BITS).divide(x);
      boolean exact = y.shiftLeft(FixedPoint.BITS).mod(x).signum() == 0;
      BigInteger value = exact ? ratio.shiftLeft(64).subtract(BigInteger.ONE) : ratio.shiftLeft(64);
      round(s, yNegative ? value.negate() : value, FixedPoint.BITS + 64 - distance, true);
      return;
    }
    boolean steep = distance > 0 || (distance == 0 && y.compareTo(x) > 0);
    int shift = Math.min(Math.abs(distance), 200);
    BigInteger small = steep ? x : y;
    BigInteger large = (steep ? y : x).shiftLeft(shift);
    BigInteger result = FixedPoint.inverseTangent(FixedPoint.divide(small, large));
    result = unfold(result, steep, isNegative(xSe));
    round(s, yNegative ? result.negate() : result, FixedPoint.BITS, true);
  }

  /** From the angle in the first eighth of the circle to the one in the upper half. */
  private static BigInteger unfold(BigInteger angle, boolean steep, boolean left) {
    BigInteger pi = FixedPoint.constant(FixedPoint.PI);
    BigInteger result = steep ? pi.shiftRight(1).subtract(angle) : angle;
    return left ? pi.subtract(result) : result;
  }

  // --- FSIN, FCOS, FPTAN
  // -----------------------------------------------------------------------------------------------------------

  /** Says whether an operand is too large for a trigonometric instruction: 2^63 or more. */
  static boolean isOutOfRange(long sig, int se) {
    int exponent = se & EXPONENT;
    return exponent >= BIAS + 63 && exponent != EXPONENT && sig < 0;
  }

  /** True if the operand has been dealt with: NaNs, infinity. */
  private static boolean takesSpecial(X87State s, long sig, int se) {
    if (Float80.takesNan(s, sig, se)) {
      return true;
    }
    if (isInfinite(se)) {
      Float80.invalid(s);
      return true;
    }
    Float80.noteDenormals(s, sig, se, 0, 0);
    return false;
  }

  static void sine(X87State s, long sig, int se) {
    if (takesSpecial(s, sig, se)) {
      return;
    }
    if (sig == 0) {
      Float80.result(s, sig, se);
    } else if (isSmall(sig, se)) {
      justBelow(s, sig, se);
    } else {
      circular(s, sig, se, 0);
    }
  }

  static void cosine(X87State s, long sig, int se) {
    if (takesSpecial(s, sig, se)) {
      return;
    }
    if (sig == 0) {
      Float80.result(s, Float80.INTEGER_BIT, BIAS);
    } else if (isSmall(sig, se)) {
      Float80.round(s, false, BIAS - 1, -1L, -1L, 0);
    } else {
      circular(s, sig, se, 1);
    }
  }

  private static void circular(X87State s, long sig, int se, int quadrant) {
    BigInteger x = FixedPoint.of(sig, se);
    BigInteger quarters = quarters(x);
    BigInteger r = remainder(x, quarters);
    int which = quarters.intValue() + quadrant & 3;
    BigInteger value = (which & 1) == 0 ? FixedPoint.sine(r) : FixedPoint.cosine(r);
    round(s, which >= 2 ? value.negate() : value, FixedPoint.BITS, true);
  }

  static void tangent(X87State s, long sig, int se) {
    if (takesSpecial(s, sig, se)) {
      return;
    }
    if (sig == 0) {
      Float80.result(s, sig, se);
      return;
    }
    if (isSmall(sig, se)) {
      Float80.round(s, isNegative(se), Float80.normalExponent(sig, se), Float80.normalSignificand(sig), 1, 0);
      return;
    }
    BigInteger x = FixedPoint.of(sig, se);
    BigInteger quarters = quarters(x);
    BigInteger r = remainder(x, quarters);
    BigInteger sine = FixedPoint.sine(r);
    BigInteger cosine = FixedPoint.cosine(r);
    BigInteger value = quarters.testBit(0) ? FixedPoint.divide(cosine, sine).negate() : FixedPoint.divide(sine, cosine);
    round(s, value, FixedPoint.BITS, true);
  }

  /** How many right angles are nearest to x. */
  private static BigInteger quarters(BigInteger x) {
    BigInteger magnitude = x.abs().shiftLeft(FixedPoint.CONSTANT_BITS - FixedPoint.BITS + 2);
    BigInteger nearest = magnitude.divide(FixedPoint.REDUCTION_PI).add(BigInteger.ONE).shiftRight(1);
    return x.signum() < 0 ? nearest.negate() : nearest;
  }

  private static BigInteger remainder(BigInteger x, BigInteger quarters) {
    BigInteger wide = x.shiftLeft(FixedPoint.CONSTANT_BITS - FixedPoint.BITS + 1);
    return wide.subtract(quarters.multiply(FixedPoint.REDUCTION_PI))
        .shiftRight(FixedPoint.CONSTANT_BITS - FixedPoint.BITS + 1);
  }
}
