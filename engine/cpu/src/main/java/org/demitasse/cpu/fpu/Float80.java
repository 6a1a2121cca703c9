package org.demitasse.cpu.fpu;

import org.demitasse.cpu.state.X87State;

/**
 * The double extended format: classes, NaNs and rounding (Intel SDM vol. 1, 4.2.2, 4.8, 4.9). A value is a significand
 * of 64 bits with explicit integer bit, and a sign with a biased exponent in 16 bits. Results, exceptions and the
 * rounding direction go to scratch fields of {@link X87State}.
 */
final class Float80 {
  static final int BIAS = 16383;
  static final int EXPONENT = 0x7fff;
  static final int SIGN = 0x8000;
  static final long INTEGER_BIT = 1L << 63;
  static final long QUIET_BIT = 1L << 62;
  static final int NEAREST = 0;
  static final int DOWN = 1;
  static final int UP = 2;
  static final int CHOP = 3;

  /** By how much unmasked overflow and underflow move the exponent. */
  private static final int WRAP = 24576;

  private Float80() {}

  // --- classes
  // ---------------------------------------------------------------------------------------------------------------

  /** Pseudo-NaN, pseudo-infinity or unnormal: an invalid operand. */
  static boolean isUnsupported(long significand, int signExponent) {
    return (signExponent & EXPONENT) != 0 && significand >= 0;
  }

  static boolean isNan(long significand, int signExponent) {
    return (signExponent & EXPONENT) == EXPONENT && significand < 0 && significand != INTEGER_BIT;
  }

  static boolean isSignalingNan(long significand, int signExponent) {
    return isNan(significand, signExponent) && (significand & QUIET_BIT) == 0;
  }

  static boolean isInfinity(long significand, int signExponent) {
    return (signExponent & EXPONENT) == EXPONENT && significand == INTEGER_BIT;
  }

  static boolean isZero(long significand, int signExponent) {
    return (signExponent & EXPONENT) == 0 && significand == 0;
  }

  /** Denormal or pseudo-denormal. */
  static boolean isDenormal(long significand, int signExponent) {
    return (signExponent & EXPONENT) == 0 && significand != 0;
  }

  /** The exponent of a finite nonzero value once its significand is shifted left by its leading zeros. */
  static int normalExponent(long significand, int signExponent) {
    int exponent = signExponent & EXPONENT;
    return exponent == 0 ? 1 - Long.numberOfLeadingZeros(significand) : exponent;
  }

  /** The significand of a finite nonzero value with its integer bit set. */
  static long normalSignificand(long significand) {
    return significand << Long.numberOfLeadingZeros(significand);
  }

  // --- results
  // ---------------------------------------------------------------------------------------------------------------

  static void result(X87State s, long significand, int signExponent) {
    s.resultSignificand = significand;
    s.resultSignExponent = signExponent;
  }

  /** The default NaN. */
  static void indefinite(X87State s) {
    result(s, 0xc000_0000_0000_0000L, 0xffff);
  }

  /** Invalid operation: the result is the indefinite. */
  static void invalid(X87State s) {
    s.raised |= X87.IE;
    indefinite(s);
  }

  static void zero(X87State s, boolean negative) {
    result(s, 0, negative ? SIGN : 0);
  }

  static void infinity(X87State s, boolean negative) {
    result(s, INTEGER_BIT, negative ? 0xffff : EXPONENT);
  }

  /** Handles one operand that is a NaN or unsupported; false if it is neither. */
  static boolean takesNan(X87State s, long significand, int signExponent) {
    if (isUnsupported(significand, signExponent)) {
      invalid(s);
      return true;
    }
    if (!isNan(significand, signExponent)) {
      return false;
    }
    if ((significand & QUIET_BIT) == 0) {
      s.raised |= X87.IE;
    }
    result(s, significand | QUIET_BIT, signExponent);
    return true;
  }

  /** Handles two operands of which one is a NaN or unsupported (Intel SDM vol. 1, table 4-7); false if none is. */
  static boolean takesNan(X87State s, long aSig, int aSe, long bSig, int bSe) {
    if (isUnsupported(aSig, aSe) || isUnsupported(bSig, bSe)) {
      invalid(s);
      return true;
    }
    boolean aNan = isNan(aSig, aSe);
    boolean bNan = isNan(bSig, bSe);
    if (!aNan && !bNan) {
      return false;
    }
    boolean aSignaling = aNan && (aSig & QUIET_BIT) == 0;
    boolean bSignaling = bNan && (bSig & QUIET_BIT) == 0;
    if (aSignaling || bSignaling) {
      s.raised |= X87.IE;
    }
    boolean takeA;
    if (!aNan || !bNan) {
      takeA = aNan;
    } else if (aSignaling != bSignaling) {
      takeA = bSignaling;
    } else {
      int order = Long.compareUnsigned(aSig, bSig);
      takeA = order != 0 ? order > 0 : (aSe & SIGN) == 0;
    }
    result(s, (takeA ? aSig : bSig) | QUIET_BIT, takeA ? aSe : bSe);
    return true;
  }

  /** Raises the denormal exception if an operand is one. */
  static void noteDenormals(X87State s, long aSig, int aSe, long bSig, int bSe) {
    if (isDenormal(aSig, aSe) || isDenormal(bSig, bSe)) {
      s.raised |= X87.DE;
    }
  }

  // --- rounding
  // --------------------------------------------------------------------------------------------------------------

  static int roundingMode(X87State s) {
    return s.control >> 10 & 3;
  }

  /** How many low bits of the significand precision control takes away: 0, 11 or 40. */
  static int droppedBits(X87State s) {
    return switch (s.control >> 8 & 3) {
      case 0 -> 40;
      case 2 -> 11;
      default -> 0;
    };
  }

  /** Says whether a magnitude high.low must be incremented at bit {@code dropped} of high. */
  static boolean increments(int mode, boolean negative, long high, long low, int dropped) {
    boolean half;
    boolean rest;
    boolean odd;
    if (dropped == 0) {
      half = low < 0;
      rest = low << 1 != 0;
      odd = (high & 1) != 0;
    } else if (dropped == 64) {
      half = high < 0;
      rest = (high << 1 | low) != 0;
      odd = false;
    } else {
      half = (high >>> (dropped - 1) & 1) != 0;
      rest = ((high & (1L << (dropped - 1)) - 1) | low) != 0;
      odd = (high >>> dropped & 1) != 0;
    }
    return switch (mode) {
      case NEAREST -> half && (rest || odd);
      case DOWN -> negative && (half || rest);
      case UP -> !negative && (half || rest);
      default -> false;
    };
  }

  static boolean isInexact(long high, long low, int dropped) {
    return low != 0 || (high & lowMask(dropped)) != 0;
  }

  private static long lowMask(int dropped) {
    return (1L << dropped) - 1;
  }

  /** Rounds to the precision of the control word: see {@link #round}. */
  static void roundToControl(X87State s, boolean negative, int exponent, long high, long low) {
    round(s, negative, exponent, high, low, droppedBits(s));
  }

  /**
   * Rounds a nonzero magnitude to a result with all its exceptions: (high.low / 2^127) * 2^(exponent - BIAS), where
   * high has bit 63 set and the lowest bit of low stands for all that was lost below it.
   */
  static void round(X87State s, boolean negative, int exponent, long high, long low, int dropped) {
    if (exponent <= 0 && isTiny(s, negative, exponent, high, low, dropped)) {
      roundTiny(s, negative, exponent, high, low, dropped);
      return;
    }
    boolean up = increments(roundingMode(s), negative, high, low, dropped);
    boolean inexact = isInexact(high, low, dropped);
    long significand = high & ~lowMask(dropped);
    int biased = exponent;
    if (up) {
      significand += 1L << dropped;
      if (significand >= 0) {
        significand = INTEGER_BIT;
        biased++;
      }
    }
    if (biased >= EXPONENT) {
      overflow(s, negative, biased, significand, inexact, up, dropped);
      return;
    }
    finish(s, negative, biased, significand, inexact, up);
  }

  private static void finish(X87State s, boolean negative, int biased, long significand, boolean inexact, boolean up) {
    if (inexact) {
      s.raised |= X87.PE;
      s.roundedUp = up;
    }
    result(s, significand, biased | (negative ? SIGN : 0));
  }

  /** Tiny after rounding to unbounded exponent: only the largest significands below the smallest normal are not. */
  private static boolean isTiny(X87State s, boolean negative, int exponent, long high, long low, int dropped) {
    return exponent < 0
        || !increments(roundingMode(s), negative, high, low, dropped)
        || (high | lowMask(dropped)) != -1L;
  }

  private static void overflow(
      X87State s, boolean negative, int biased, long significand, boolean inexact, boolean up, int dropped) {
    s.raised |= X87.OE;
    if ((s.control & X87.OE) == 0) {
      int wrapped = biased - WRAP;
      if (wrapped >= EXPONENT) {
        s.raised |= X87.PE;
        s.roundedUp = true;
        infinity(s, negative);
        return;
      }
      finish(s, negative, wrapped, significand, inexact, up);
      return;
    }
    s.raised |= X87.PE;
    int mode = roundingMode(s);
    boolean toInfinity = mode == NEAREST || mode == (negative ? DOWN : UP);
    s.roundedUp = toInfinity;
    if (toInfinity) {
      infinity(s, negative);
    } else {
      result(s, -1L & ~lowMask(dropped), 0x7ffe | (negative ? SIGN : 0));
    }
  }

  private static void roundTiny(X87State s, boolean negative, int exponent, long high, long low, int dropped) {
    if ((s.control & X87.UE) == 0) {
      s.raised |= X87.UE;
      roundWrapped(s, negative, exponent + WRAP, high, low, dropped);
      return;
    }
    int shift = 1 - exponent;
    long shiftedLow = shiftLow(high, low, shift);
    long shiftedHigh = shift < 64 ? high >>> shift : 0;
    boolean up = increments(roundingMode(s), negative, shiftedHigh, shiftedLow, dropped);
    boolean inexact = isInexact(shiftedHigh, shiftedLow, dropped);
    long significand = (shiftedHigh & ~lowMask(dropped)) + (up ? 1L << dropped : 0);
    if (inexact) {
      s.raised |= X87.UE;
    }
    finish(s, negative, significand < 0 ? 1 : 0, significand, inexact, up);
  }

  private static void roundWrapped(X87State s, boolean negative, int biased, long high, long low, int dropped) {
    if (biased <= 0) {
      s.raised |= X87.PE;
      s.roundedUp = false;
      zero(s, negative);
      return;
    }
    boolean up = increments(roundingMode(s), negative, high, low, dropped);
    boolean inexact = isInexact(high, low, dropped);
    long significand = high & ~lowMask(dropped);
    if (up) {
      significand += 1L << dropped;
      if (significand >= 0) {
        significand = INTEGER_BIT;
        finish(s, negative, biased + 1, significand, inexact, true);
        return;
      }
    }
    finish(s, negative, biased, significand, inexact, up);
  }

  /** Low 64 bits of high.low shifted right by 1 or more, with all that is lost gathered in the lowest bit. */
  static long shiftLow(long high, long low, int shift) {
    if (shift < 64) {
      long lost = low << (64 - shift);
      return high << (64 - shift) | low >>> shift | (lost != 0 ? 1 : 0);
    }
    if (shift == 64) {
      return high | (low != 0 ? 1 : 0);
    }
    if (shift < 128) {
      boolean lost = high << (128 - shift) != 0 || low != 0;
      return high >>> (shift - 64) | (lost ? 1 : 0);
    }
    return 1;
  }
}
