package org.demitasse.cpu.fpu;

import java.math.BigInteger;

/**
 * Elementary functions in fixed point, {@link #BITS} binary places: slow, but so exact that the result of an x87
 * instruction is correctly rounded but for one case in 2^60 or so. Arguments of the functions are at least 2^-{@link
 * #SMALLEST} or zero.
 */
final class FixedPoint {
  /** Binary places. */
  static final int BITS = 256;

  /** Arguments below two to the minus this are left to the first term of the series. */
  static final int SMALLEST = 80;

  static final BigInteger ONE = BigInteger.ONE.shiftLeft(BITS);

  /** Binary places of {@link #PI} and {@link #LN2}. */
  static final int CONSTANT_BITS = 384;

  static final BigInteger PI = pi();
  static final BigInteger LN2 = inverseAreaTangent(3).shiftLeft(1);

  /**
   * Pi as the trigonometric instructions reduce by it: 66 bits (Intel SDM vol. 1, 8.3.8; AMD's processors do the same).
   */
  static final BigInteger REDUCTION_PI = new BigInteger("c90fdaa22168c234c", 16).shiftLeft(CONSTANT_BITS - 66);

  private FixedPoint() {}

  /** Machin's formula. */
  private static BigInteger pi() {
    return inverseTangent(5).shiftLeft(4).subtract(inverseTangent(239).shiftLeft(2));
  }

  private static BigInteger inverseTangent(int denominator) {
    return inverseSeries(denominator, -1);
  }

  private static BigInteger inverseAreaTangent(int denominator) {
    return inverseSeries(denominator, 1);
  }

  /** Sum of 1 / ((2n + 1) d^(2n + 1)), with alternating signs or not, in constant precision. */
  private static BigInteger inverseSeries(int denominator, int sign) {
    int guard = 32;
    BigInteger square = BigInteger.valueOf((long) denominator * denominator);
    BigInteger power = BigInteger.ONE.shiftLeft(CONSTANT_BITS + guard).divide(BigInteger.valueOf(denominator));
    BigInteger sum = power;
    for (int n = 3; power.signum() != 0; n += 2) {
      power = power.divide(square);
      BigInteger term = power.divide(BigInteger.valueOf(n));
      sum = sign < 0 && n % 4 == 3 ? sum.subtract(term) : sum.add(term);
    }
    return sum.shiftRight(guard);
  }

  static BigInteger multiply(BigInteger a, BigInteger b) {
    return a.multiply(b).shiftRight(BITS);
  }

  static BigInteger divide(BigInteger a, BigInteger b) {
    return a.shiftLeft(BITS).divide(b);
  }

  static BigInteger constant(BigInteger constant) {
    return constant.shiftRight(CONSTANT_BITS - BITS);
  }

  /** e^t - 1, for t within 1. */
  static BigInteger exponentialMinusOne(BigInteger t) {
    BigInteger sum = t;
    BigInteger term = t;
    for (int n = 2; term.abs().bitLength() > 1; n++) {
      term = multiply(term, t).divide(BigInteger.valueOf(n));
      sum = sum.add(term);
    }
    return sum;
  }

  /** ln((1 + z) / (1 - z)), for z within 0.2. */
  static BigInteger logarithmOfRatio(BigInteger z) {
    return series(z, 1).shiftLeft(1);
  }

  /** arctan(r), for r from 0 to 1. */
  static BigInteger inverseTangent(BigInteger r) {
    BigInteger small = halveAngle(halveAngle(r));
    return series(small, -1).shiftLeft(2);
  }

  /** tan(a / 2) from tan(a). */
  private static BigInteger halveAngle(BigInteger tangent) {
    BigInteger root = ONE.multiply(ONE).add(tangent.multiply(tangent)).sqrt();
    return divide(tangent, ONE.add(root));
  }

  /** z + z^3/3 + z^5/5 ..., with alternating signs or not. */
  private static BigInteger series(BigInteger z, int sign) {
    BigInteger square = multiply(z, z);
    BigInteger power = z;
    BigInteger sum = z;
    for (int n = 3; power.abs().bitLength() > 1; n += 2) {
      power = multiply(power, square);
      BigInteger term = power.divide(BigInteger.valueOf(n));
      sum = sign < 0 && n % 4 == 3 ? sum.subtract(term) : sum.add(term);
    }
    return sum;
  }

  /** sin(r), for r within 1. */
  static BigInteger sine(BigInteger r) {
    return circular(r, r, 2);
  }

  /** cos(r), for r within 1. */
  static BigInteger cosine(BigInteger r) {
    return circular(ONE, r, 1);
  }

  private static BigInteger circular(BigInteger first, BigInteger r, int divisor) {
    BigInteger square = multiply(r, r);
    BigInteger term = first;
    BigInteger sum = first;
    for (int n = divisor; term.abs().bitLength() > 1; n += 2) {
      term = multiply(term, square).divide(BigInteger.valueOf((long) n * (n + 1))).negate();
      sum = sum.add(term);
    }
    return sum;
  }

  /** A finite value in fixed point; bits below the last place are lost. */
  static BigInteger of(long significand, int signExponent) {
    BigInteger magnitude = unsigned(significand);
    int shift = (signExponent & Float80.EXPONENT) - Float80.BIAS - 63 + BITS;
    BigInteger value = shift >= 0 ? magnitude.shiftLeft(shift) : magnitude.shiftRight(-shift);
    return (signExponent & Float80.SIGN) != 0 ? value.negate() : value;
  }

  static BigInteger unsigned(long value) {
    BigInteger signed = BigInteger.valueOf(value);
    return value >= 0 ? signed : signed.add(BigInteger.ONE.shiftLeft(64));
  }
}
