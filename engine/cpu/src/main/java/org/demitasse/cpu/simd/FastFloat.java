package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;

/**
 * Arithmetic by Java's own, where MXCSR is as programs leave it and operands and result are far from overflow and
 * underflow: then the only exception can be PE, which needs no work once it is set. All else goes to {@link SoftFloat}.
 */
final class FastFloat {
  private static final int DOUBLE_MARGIN = 128;
  private static final int SINGLE_MARGIN = 40;
  private static final long SINGLE = 0xffff_ffffL;

  private FastFloat() {}

  private static boolean comfortable(long bits) {
    return ((int) (bits >>> 52) & 0x7ff) - DOUBLE_MARGIN + Integer.MIN_VALUE
        < 0x7ff - 2 * DOUBLE_MARGIN + Integer.MIN_VALUE;
  }

  private static boolean comfortableSingle(int bits) {
    return (bits >>> 23 & 0xff) - SINGLE_MARGIN + Integer.MIN_VALUE < 0xff - 2 * SINGLE_MARGIN + Integer.MIN_VALUE;
  }

  private static boolean comfortableOrZero(long bits) {
    return comfortable(bits) || bits << 1 == 0;
  }

  private static boolean comfortableOrZeroSingle(int bits) {
    return comfortableSingle(bits) || bits << 1 == 0;
  }

  private static boolean mustJudge(Cpu cpu) {
    return (cpu.mxcsr & Mxcsr.PE) == 0;
  }

  private static void inexact(Cpu cpu) {
    cpu.mxcsr |= Mxcsr.PE;
  }

  // --- doubles
  // -------------------------------------------------------------------------------------------------------------

  static long addDouble(Cpu cpu, long a, long b) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double sum = x + y;
    long bits = Double.doubleToRawLongBits(sum);
    if (Mxcsr.isPlain(cpu.mxcsr) && comfortableOrZero(a) && comfortableOrZero(b) && comfortableOrZero(bits)) {
      if (mustJudge(cpu) && addedInexactly(x, y, sum)) {
        inexact(cpu);
      }
      return bits;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.ADD, a, b, false);
  }

  static long subtractDouble(Cpu cpu, long a, long b) {
    double x = Double.longBitsToDouble(a);
    double y = -Double.longBitsToDouble(b);
    double sum = x + y;
    long bits = Double.doubleToRawLongBits(sum);
    if (Mxcsr.isPlain(cpu.mxcsr) && comfortableOrZero(a) && comfortableOrZero(b) && comfortableOrZero(bits)) {
      if (mustJudge(cpu) && addedInexactly(x, y, sum)) {
        inexact(cpu);
      }
      return bits;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.SUBTRACT, a, b, false);
  }

  /** Knuth's two-sum: the rounding error of a sum is itself a double. */
  private static boolean addedInexactly(double x, double y, double sum) {
    double fromY = sum - x;
    return (x - (sum - fromY)) + (y - fromY) != 0;
  }

  static long multiplyDouble(Cpu cpu, long a, long b) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double product = x * y;
    long bits = Double.doubleToRawLongBits(product);
    if (Mxcsr.isPlain(cpu.mxcsr)
        && comfortableOrZero(a)
        && comfortableOrZero(b)
        && (comfortable(bits) || a << 1 == 0 || b << 1 == 0)) {
      if (mustJudge(cpu) && Math.fma(x, y, -product) != 0) {
        inexact(cpu);
      }
      return bits;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.MULTIPLY, a, b, false);
  }

  static long divideDouble(Cpu cpu, long a, long b) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double quotient = x / y;
    long bits = Double.doubleToRawLongBits(quotient);
    if (Mxcsr.isPlain(cpu.mxcsr) && comfortable(a) && comfortable(b) && comfortable(bits)) {
      if (mustJudge(cpu) && Math.fma(quotient, y, -x) != 0) {
        inexact(cpu);
      }
      return bits;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.DIVIDE, a, b, false);
  }

  static long squareRootDouble(Cpu cpu, long a) {
    if (Mxcsr.isPlain(cpu.mxcsr) && comfortable(a) && a > 0) {
      double x = Double.longBitsToDouble(a);
      double root = Math.sqrt(x);
      if (mustJudge(cpu) && Math.fma(root, root, -x) != 0) {
        inexact(cpu);
      }
      return Double.doubleToRawLongBits(root);
    }
    return SoftFloat.squareRoot(cpu, a, false);
  }

  // --- singles
  // -------------------------------------------------------------------------------------------------------------

  static long addSingle(Cpu cpu, long a, long b) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    float sum = x + y;
    int bits = Float.floatToRawIntBits(sum);
    if (Mxcsr.isPlain(cpu.mxcsr)
        && comfortableOrZeroSingle((int) a)
        && comfortableOrZeroSingle((int) b)
        && comfortableOrZeroSingle(bits)) {
      if (mustJudge(cpu) && addedInexactly(x, y, sum)) {
        inexact(cpu);
      }
      return bits & SINGLE;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.ADD, a, b, true);
  }

  static long subtractSingle(Cpu cpu, long a, long b) {
    float x = Float.intBitsToFloat((int) a);
    float y = -Float.intBitsToFloat((int) b);
    float sum = x + y;
    int bits = Float.floatToRawIntBits(sum);
    if (Mxcsr.isPlain(cpu.mxcsr)
        && comfortableOrZeroSingle((int) a)
        && comfortableOrZeroSingle((int) b)
        && comfortableOrZeroSingle(bits)) {
      if (mustJudge(cpu) && addedInexactly(x, y, sum)) {
        inexact(cpu);
      }
      return bits & SINGLE;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.SUBTRACT, a, b, true);
  }

  private static boolean addedInexactly(float x, float y, float sum) {
    float fromY = sum - x;
    return (x - (sum - fromY)) + (y - fromY) != 0;
  }

  static long multiplySingle(Cpu cpu, long a, long b) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    float product = x * y;
    int bits = Float.floatToRawIntBits(product);
    if (Mxcsr.isPlain(cpu.mxcsr)
        && comfortableOrZeroSingle((int) a)
        && comfortableOrZeroSingle((int) b)
        && (comfortableSingle(bits) || (int) a << 1 == 0 || (int) b << 1 == 0)) {
      if (mustJudge(cpu) && (double) x * y != product) {
        inexact(cpu);
      }
      return bits & SINGLE;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.MULTIPLY, a, b, true);
  }

  static long divideSingle(Cpu cpu, long a, long b) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    float quotient = x / y;
    int bits = Float.floatToRawIntBits(quotient);
    if (Mxcsr.isPlain(cpu.mxcsr)
        && comfortableSingle((int) a)
        && comfortableSingle((int) b)
        && comfortableSingle(bits)) {
      if (mustJudge(cpu) && (double) quotient * y != x) {
        inexact(cpu);
      }
      return bits & SINGLE;
    }
    return SoftFloat.arithmetic(cpu, SoftFloat.DIVIDE, a, b, true);
  }

  static long squareRootSingle(Cpu cpu, long a) {
    if (Mxcsr.isPlain(cpu.mxcsr) && comfortableSingle((int) a) && (int) a > 0) {
      float x = Float.intBitsToFloat((int) a);
      float root = (float) Math.sqrt(x);
      if (mustJudge(cpu) && (double) root * root != x) {
        inexact(cpu);
      }
      return Float.floatToRawIntBits(root) & SINGLE;
    }
    return SoftFloat.squareRoot(cpu, a, true);
  }

  // --- comparisons and conversions
  // -------------------------------------------------------------------------------------------

  /** Neither NaN, infinite nor denormal: comparing two of these raises nothing. */
  static boolean usual(long bits) {
    return bits << 1 == 0 || ((int) (bits >>> 52) & 0x7ff) - 1 + Integer.MIN_VALUE < 0x7fe + Integer.MIN_VALUE;
  }

  static boolean usualSingle(int bits) {
    return bits << 1 == 0 || (bits >>> 23 & 0xff) - 1 + Integer.MIN_VALUE < 0xfe + Integer.MIN_VALUE;
  }

  static long minimumDouble(Cpu cpu, long a, long b) {
    return usual(a) && usual(b)
        ? Double.longBitsToDouble(a) < Double.longBitsToDouble(b) ? a : b
        : SoftFloat.extreme(cpu, a, b, SoftFloat.LESS, false);
  }

  static long maximumDouble(Cpu cpu, long a, long b) {
    return usual(a) && usual(b)
        ? Double.longBitsToDouble(a) > Double.longBitsToDouble(b) ? a : b
        : SoftFloat.extreme(cpu, a, b, SoftFloat.GREATER, false);
  }

  static long doubleFromLong(Cpu cpu, long value) {
    return Math.abs(value) >>> 53 == 0
        ? Double.doubleToRawLongBits((double) value)
        : SoftFloat.fromLong(cpu, value, false);
  }

  static long singleFromLong(Cpu cpu, long value) {
    return Math.abs(value) >>> 24 == 0
        ? Float.floatToRawIntBits((float) value) & SINGLE
        : SoftFloat.fromLong(cpu, value, true);
  }

  /** CVTTSD2SI. */
  static long truncateDouble(Cpu cpu, long bits, boolean wide) {
    double value = Double.longBitsToDouble(bits);
    if (Math.abs(value) < 0x1p31 && usual(bits) && Mxcsr.isMasked(cpu.mxcsr, Mxcsr.PE)) {
      int result = (int) value;
      if (result != value) {
        inexact(cpu);
      }
      return wide ? result : result & SINGLE;
    }
    return SoftFloat.toInteger(cpu, bits, Mxcsr.RZ, wide, false);
  }

  static long singleFromDouble(Cpu cpu, long bits) {
    double value = Double.longBitsToDouble(bits);
    float result = (float) value;
    int single = Float.floatToRawIntBits(result);
    if (Mxcsr.isPlain(cpu.mxcsr)
        && usual(bits)
        && comfortableOrZeroSingle(single)
        && (single << 1 != 0 || bits << 1 == 0)) {
      if (result != value) {
        inexact(cpu);
      }
      return single & SINGLE;
    }
    return SoftFloat.toSingle(cpu, bits);
  }

  static long doubleFromSingle(Cpu cpu, long bits) {
    return usualSingle((int) bits) ? SoftFloat.widen(bits) : SoftFloat.toDouble(cpu, bits);
  }
}
