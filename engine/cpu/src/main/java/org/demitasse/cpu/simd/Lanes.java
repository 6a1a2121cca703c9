package org.demitasse.cpu.simd;

/**
 * Integer arithmetic on the lanes of 64 bits, without branches. {@code top} has the top bit of each lane set ({@link
 * #BYTES}, {@link #WORDS}, {@link #DWORDS}) and {@code bits} is the lane's width.
 */
public final class Lanes {
  static final long BYTES = 0x8080_8080_8080_8080L;
  static final long WORDS = 0x8000_8000_8000_8000L;
  static final long DWORDS = 0x8000_0000_8000_0000L;

  private Lanes() {}

  /** Spreads the top bit of each lane over the lane; {@code tops} has no other bits. */
  static long spread(long tops, int bits) {
    return tops | (tops - (tops >>> (bits - 1)));
  }

  public static long add(long a, long b, long top) {
    return ((a & ~top) + (b & ~top)) ^ ((a ^ b) & top);
  }

  public static long subtract(long a, long b, long top) {
    return ((a | top) - (b & ~top)) ^ ((a ^ ~b) & top);
  }

  static long addUnsignedSaturated(long a, long b, long top, int bits) {
    long sum = add(a, b, top);
    return sum | spread(((a & b) | ((a | b) & ~sum)) & top, bits);
  }

  static long subtractUnsignedSaturated(long a, long b, long top, int bits) {
    return subtract(a, b, top) & ~spread(borrows(a, b, top), bits);
  }

  /** The lanes' borrows of a - b: their top bits are set where a is below b, unsigned. */
  private static long borrows(long a, long b, long top) {
    return ((~a & b) | ((~a | b) & subtract(a, b, top))) & top;
  }

  static long addSigned(long a, long b, long top, int bits) {
    long sum = add(a, b, top);
    return saturate(a, sum, (a ^ sum) & (b ^ sum) & top, top, bits);
  }

  static long subtractSigned(long a, long b, long top, int bits) {
    long difference = subtract(a, b, top);
    return saturate(a, difference, (a ^ b) & (a ^ difference) & top, top, bits);
  }

  /** Where a lane overflowed, the extreme value of the sign of a. */
  private static long saturate(long a, long result, long overflows, long top, int bits) {
    long extreme = ~top + ((a & top) >>> (bits - 1));
    long mask = spread(overflows, bits);
    return (result & ~mask) | (extreme & mask);
  }

  public static long equal(long a, long b, long top, int bits) {
    long x = a ^ b;
    long different = ((x & ~top) + ~top) | x;
    return spread(~different & top, bits);
  }

  /** All ones where a is greater than b, signed. */
  public static long greater(long a, long b, long top, int bits) {
    return spread(borrows(b ^ top, a ^ top, top), bits);
  }

  /** All ones where a is greater than b, unsigned. */
  static long greaterUnsigned(long a, long b, long top, int bits) {
    return spread(borrows(b, a, top), bits);
  }

  private static long select(long mask, long a, long b) {
    return (a & mask) | (b & ~mask);
  }

  static long maximum(long a, long b, long top, int bits) {
    return select(greater(a, b, top, bits), a, b);
  }

  static long minimum(long a, long b, long top, int bits) {
    return select(greater(a, b, top, bits), b, a);
  }

  static long maximumUnsigned(long a, long b, long top, int bits) {
    return select(greaterUnsigned(a, b, top, bits), a, b);
  }

  public static long minimumUnsigned(long a, long b, long top, int bits) {
    return select(greaterUnsigned(a, b, top, bits), b, a);
  }

  /** Averages rounded up: the sum is a | b and a &amp; b, halved without a carry between lanes. */
  static long average(long a, long b, long top, int bits) {
    long lowest = top >>> (bits - 1);
    return (a | b) - (((a ^ b) & ~lowest) >>> 1);
  }

  /** Negates lanes where b is negative, clears them where it is 0 (PSIGN). */
  static long sign(long a, long b, long top, int bits) {
    long negative = spread(b & top, bits);
    long zero = equal(b, 0, top, bits);
    return select(negative, subtract(0, a, top), a) & ~zero;
  }

  static long absolute(long a, long top, int bits) {
    return select(spread(a & top, bits), subtract(0, a, top), a);
  }

  // --- shifts: counts are unsigned 64-bit
  // ----------------------------------------------------------------------------------

  static long shiftLeft(long a, long count, long top, int bits) {
    if (Long.compareUnsigned(count, bits) >= 0) {
      return 0;
    }
    long lowest = top >>> (bits - 1);
    long kept = bits == 64 ? -1L << count : ((1L << bits) - (1L << count)) * lowest;
    return a << count & kept;
  }

  static long shiftRight(long a, long count, long top, int bits) {
    if (Long.compareUnsigned(count, bits) >= 0) {
      return 0;
    }
    long lowest = top >>> (bits - 1);
    return a >>> count & (-1L >>> (64 - bits) >>> count) * lowest;
  }

  static long shiftRightSigned(long a, long count, long top, int bits) {
    int places = (int) (Long.compareUnsigned(count, bits) >= 0 ? bits - 1 : count);
    long lowest = top >>> (bits - 1);
    long kept = (-1L >>> (64 - bits) >>> places) * lowest;
    return (a >>> places & kept) | (spread(a & top, bits) & ~kept);
  }

  // --- multiplication
  // --------------------------------------------------------------------------------------------------------

  private static int word(long a, int shift) {
    return (short) (a >>> shift);
  }

  static long multiplyLow(long a, long b) {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 16) {
      result |= ((long) word(a, shift) * word(b, shift) & 0xffffL) << shift;
    }
    return result;
  }

  static long multiplyHigh(long a, long b) {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 16) {
      result |= (word(a, shift) * word(b, shift) >> 16 & 0xffffL) << shift;
    }
    return result;
  }

  static long multiplyHighUnsigned(long a, long b) {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 16) {
      result |= ((a >>> shift & 0xffff) * (b >>> shift & 0xffff) >>> 16) << shift;
    }
    return result;
  }

  /** PMULHRSW: the product of Q15 numbers, rounded. */
  static long multiplyHighRounded(long a, long b) {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 16) {
      result |= ((word(a, shift) * word(b, shift) >> 14) + 1 >> 1 & 0xffffL) << shift;
    }
    return result;
  }

  static long multiplyAddWords(long a, long b) {
    int low = word(a, 0) * word(b, 0) + word(a, 16) * word(b, 16);
    int high = word(a, 32) * word(b, 32) + word(a, 48) * word(b, 48);
    return pair(low, high);
  }

  /** PMADDUBSW: unsigned bytes of a times signed bytes of b, neighbours added with saturation. */
  static long multiplyAddBytes(long a, long b) {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 16) {
      int low = (int) (a >>> shift & 0xff) * (byte) (b >>> shift);
      int high = (int) (a >>> (shift + 8) & 0xff) * (byte) (b >>> (shift + 8));
      result |= (signedWord(low + high) & 0xffffL) << shift;
    }
    return result;
  }

  public static long multiplyUnsignedDword(long a, long b) {
    return (a & 0xffff_ffffL) * (b & 0xffff_ffffL);
  }

  static long multiplySignedDword(long a, long b) {
    return (long) (int) a * (int) b;
  }

  static long multiplyLowDwords(long a, long b) {
    return pair((int) a * (int) b, (int) (a >>> 32) * (int) (b >>> 32));
  }

  /** PSADBW: the sum of absolute differences of the bytes. */
  static long sumOfDifferences(long a, long b) {
    long sum = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      sum += Math.abs((int) (a >>> shift & 0xff) - (int) (b >>> shift & 0xff));
    }
    return sum;
  }

  // --- packing: from two times 64 bits, as lower and upper part, to 64
  // ---------------------------------------------------------

  static int signedByte(int value) {
    return Math.clamp(value, -128, 127);
  }

  static int signedWord(int value) {
    return Math.clamp(value, -32768, 32767);
  }

  static long packSignedBytes(long lower, long upper) {
    long result = 0;
    for (int n = 0; n < 4; n++) {
      result |= (signedByte(word(lower, n * 16)) & 0xffL) << (n * 8);
      result |= (signedByte(word(upper, n * 16)) & 0xffL) << (n * 8 + 32);
    }
    return result;
  }

  static long packUnsignedBytes(long lower, long upper) {
    long result = 0;
    for (int n = 0; n < 4; n++) {
      result |= (long) Math.clamp(word(lower, n * 16), 0, 255) << (n * 8);
      result |= (long) Math.clamp(word(upper, n * 16), 0, 255) << (n * 8 + 32);
    }
    return result;
  }

  static long packSignedWords(long lower, long upper) {
    return words(
        signedWord((int) lower),
        signedWord((int) (lower >>> 32)),
        signedWord((int) upper),
        signedWord((int) (upper >>> 32)));
  }

  static long packUnsignedWords(long lower, long upper) {
    return words(
        Math.clamp((int) lower, 0, 0xffff),
        Math.clamp((int) (lower >>> 32), 0, 0xffff),
        Math.clamp((int) upper, 0, 0xffff),
        Math.clamp((int) (upper >>> 32), 0, 0xffff));
  }

  static long words(int w0, int w1, int w2, int w3) {
    return (w0 & 0xffffL) | (w1 & 0xffffL) << 16 | (w2 & 0xffffL) << 32 | (long) w3 << 48;
  }

  static long pair(int low, int high) {
    return (low & 0xffff_ffffL) | (long) high << 32;
  }

  // --- horizontal sums: from two times 64 bits to 64
  // ---------------------------------------------------------------------------

  static long horizontalAddWords(long lower, long upper) {
    return words(
        word(lower, 0) + word(lower, 16),
        word(lower, 32) + word(lower, 48),
        word(upper, 0) + word(upper, 16),
        word(upper, 32) + word(upper, 48));
  }

  static long horizontalSubtractWords(long lower, long upper) {
    return words(
        word(lower, 0) - word(lower, 16),
        word(lower, 32) - word(lower, 48),
        word(upper, 0) - word(upper, 16),
        word(upper, 32) - word(upper, 48));
  }

  static long horizontalAddSaturated(long lower, long upper) {
    return words(
        signedWord(word(lower, 0) + word(lower, 16)),
        signedWord(word(lower, 32) + word(lower, 48)),
        signedWord(word(upper, 0) + word(upper, 16)),
        signedWord(word(upper, 32) + word(upper, 48)));
  }

  static long horizontalSubtractSaturated(long lower, long upper) {
    return words(
        signedWord(word(lower, 0) - word(lower, 16)),
        signedWord(word(lower, 32) - word(lower, 48)),
        signedWord(word(upper, 0) - word(upper, 16)),
        signedWord(word(upper, 32) - word(upper, 48)));
  }

  static long horizontalAddDwords(long lower, long upper) {
    return pair((int) lower + (int) (lower >>> 32), (int) upper + (int) (upper >>> 32));
  }

  static long horizontalSubtractDwords(long lower, long upper) {
    return pair((int) lower - (int) (lower >>> 32), (int) upper - (int) (upper >>> 32));
  }

  // --- interleaving
  // ------------------------------------------------------------------------------------------------------------

  /** Spreads the four low bytes to the even bytes. */
  private static long spreadBytes(long a) {
    long x = a & 0xffff_ffffL;
    x = (x | x << 16) & 0x0000_ffff_0000_ffffL;
    return (x | x << 8) & 0x00ff_00ff_00ff_00ffL;
  }

  private static long spreadWords(long a) {
    long x = a & 0xffff_ffffL;
    return (x | x << 16) & 0x0000_ffff_0000_ffffL;
  }

  static long interleaveLowBytes(long a, long b) {
    return spreadBytes(a) | spreadBytes(b) << 8;
  }

  static long interleaveHighBytes(long a, long b) {
    return interleaveLowBytes(a >>> 32, b >>> 32);
  }

  static long interleaveLowWords(long a, long b) {
    return spreadWords(a) | spreadWords(b) << 16;
  }

  static long interleaveHighWords(long a, long b) {
    return interleaveLowWords(a >>> 32, b >>> 32);
  }

  static long interleaveLowDwords(long a, long b) {
    return (a & 0xffff_ffffL) | b << 32;
  }

  static long interleaveHighDwords(long a, long b) {
    return a >>> 32 | (b & 0xffff_ffff_0000_0000L);
  }

  /** The top bits of the eight bytes, as a number. */
  static int signsOfBytes(long a) {
    return (int) (((a & BYTES) >>> 7) * 0x0102_0408_1020_4080L >>> 56);
  }
}
