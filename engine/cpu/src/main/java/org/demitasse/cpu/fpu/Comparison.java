package org.demitasse.cpu.fpu;

import static org.demitasse.cpu.fpu.Float80.EXPONENT;
import static org.demitasse.cpu.fpu.Float80.SIGN;

import org.demitasse.cpu.state.X87State;

/** Meanings of comparisons and FXAM: results as condition bits of the status word. */
final class Comparison {
  static final int GREATER = 0;
  static final int LESS = X87.C0;
  static final int EQUAL = X87.C3;
  static final int UNORDERED = X87.C0 | X87.C2 | X87.C3;

  private Comparison() {}

  /**
   * Compares a with b.
   *
   * @param quiet true if a quiet NaN is no invalid operation (FUCOM)
   */
  static int compare(X87State s, long aSig, int aSe, long bSig, int bSe, boolean quiet) {
    if (Float80.isUnsupported(aSig, aSe) || Float80.isUnsupported(bSig, bSe)) {
      s.raised |= X87.IE;
      return UNORDERED;
    }
    if (Float80.isNan(aSig, aSe) || Float80.isNan(bSig, bSe)) {
      if (!quiet || Float80.isSignalingNan(aSig, aSe) || Float80.isSignalingNan(bSig, bSe)) {
        s.raised |= X87.IE;
      }
      return UNORDERED;
    }
    Float80.noteDenormals(s, aSig, aSe, bSig, bSe);
    if (aSig == 0 && bSig == 0) {
      return EQUAL;
    }
    boolean aNegative = (aSe & SIGN) != 0;
    boolean bNegative = (bSe & SIGN) != 0;
    if (aSig == 0) {
      return bNegative ? GREATER : LESS;
    }
    if (bSig == 0 || aNegative != bNegative) {
      return aNegative ? LESS : GREATER;
    }
    int order = compareMagnitudes(aSig, aSe, bSig, bSe);
    return order == 0 ? EQUAL : order > 0 != aNegative ? GREATER : LESS;
  }

  private static int compareMagnitudes(long aSig, int aSe, long bSig, int bSe) {
    int aExp = Math.max(aSe & EXPONENT, 1);
    int bExp = Math.max(bSe & EXPONENT, 1);
    return aExp != bExp ? Integer.compare(aExp, bExp) : Long.compareUnsigned(aSig, bSig);
  }

  /** FXAM of a register (Intel SDM vol. 1, table 8-9). */
  static int examine(long sig, int se, boolean empty) {
    int sign = (se & SIGN) != 0 ? X87.C1 : 0;
    if (empty) {
      return sign | X87.C3 | X87.C0;
    }
    int exponent = se & EXPONENT;
    if (exponent == 0) {
      return sign | (sig == 0 ? X87.C3 : X87.C3 | X87.C2);
    }
    if (sig >= 0) {
      return sign;
    }
    if (exponent == EXPONENT) {
      return sign | (sig == Float80.INTEGER_BIT ? X87.C2 | X87.C0 : X87.C0);
    }
    return sign | X87.C2;
  }
}
