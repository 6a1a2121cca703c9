package org.demitasse.devices.lapic;

/** A set of vectors 0-255: one of the 256-bit registers IRR, ISR, TMR. */
final class VectorSet {
  private final long[] words = new long[4];

  void add(int vector) {
    words[vector >>> 6] |= 1L << vector;
  }

  void remove(int vector) {
    words[vector >>> 6] &= ~(1L << vector);
  }

  boolean contains(int vector) {
    return (words[vector >>> 6] & 1L << vector) != 0;
  }

  /** The greatest vector, or -1. */
  int highest() {
    for (int i = 3; i >= 0; i--) {
      if (words[i] != 0) {
        return i * 64 + 63 - Long.numberOfLeadingZeros(words[i]);
      }
    }
    return -1;
  }

  /** The {@code index}-th (0-7) 32-bit register. */
  int register(int index) {
    return (int) (words[index >>> 1] >>> ((index & 1) * 32));
  }

  void clear() {
    for (int i = 0; i < 4; i++) {
      words[i] = 0;
    }
  }

  long[] save() {
    return words.clone();
  }

  void restore(long[] saved) {
    System.arraycopy(saved, 0, words, 0, 4);
  }
}
