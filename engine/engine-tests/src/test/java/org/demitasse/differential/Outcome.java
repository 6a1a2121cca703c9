package org.demitasse.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The whole user state after a case, and the exception that ended it. Plain fields, reused from case to case. */
final class Outcome {
  static final int DEBUG = 1;
  static final int BREAKPOINT = 3;
  static final int PAGE_FAULT = 14;
  static final int ALIGNMENT = 17;

  final long[] gpr = new long[16];
  long rip;
  long rflags;
  long cr2;
  long fsBase;
  long gsBase;
  int cs;
  int ss;
  int ds;
  int es;
  int fs;
  int gs;
  int vector;
  int error;
  boolean timedOut;
  final ByteBuffer fx = ByteBuffer.allocate(XsaveImage.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * Which 64-bit words of the writable pages differ from what they held before any patch, ascending, and their values.
   */
  int changedWords;

  int[] changedIndex = new int[64];
  long[] changedValue = new long[64];

  void clearChanges() {
    changedWords = 0;
  }

  void addChange(int word, long value) {
    if (changedWords == changedIndex.length) {
      changedIndex = Arrays.copyOf(changedIndex, 2 * changedWords);
      changedValue = Arrays.copyOf(changedValue, 2 * changedWords);
    }
    changedIndex[changedWords] = word;
    changedValue[changedWords++] = value;
  }

  /** The instruction was completed: only the debug trap or the INT3 after it was raised. */
  boolean completed() {
    return vector == DEBUG || vector == BREAKPOINT;
  }

  boolean hasErrorCode() {
    return vector == 8 || vector >= 10 && vector <= 14 || vector == 17;
  }
}
