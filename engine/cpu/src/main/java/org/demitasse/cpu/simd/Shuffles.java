package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;

/** Meanings of instructions that move lanes about. */
final class Shuffles {
  private static final long LOW_DWORD = 0xffff_ffffL;

  private Shuffles() {}

  /** Dword 0-3 (the low two bits of {@code selector}) of a register, with rubbish above its 32 bits. */
  static long dword(long low, long high, int selector) {
    return ((selector & 2) == 0 ? low : high) >>> ((selector & 1) << 5);
  }

  /** Four words chosen by four times two bits (PSHUFW, half of PSHUFLW and PSHUFHW). */
  static long words(long source, int order) {
    return (source >>> (order & 3) * 16 & 0xffff)
        | (source >>> (order >> 2 & 3) * 16 & 0xffff) << 16
        | (source >>> (order >> 4 & 3) * 16 & 0xffff) << 32
        | (source >>> (order >> 6 & 3) * 16) << 48;
  }

  static void shuffleSingles(Cpu cpu, int d, long low, long high, int order) {
    long[] x = cpu.xmm;
    long first = (dword(x[d], x[d + 1], order) & LOW_DWORD) | dword(x[d], x[d + 1], order >> 2) << 32;
    x[d + 1] = (dword(low, high, order >> 4) & LOW_DWORD) | dword(low, high, order >> 6) << 32;
    x[d] = first;
  }

  static void shuffleDoubles(Cpu cpu, int d, long low, long high, int order) {
    long[] x = cpu.xmm;
    x[d] = (order & 1) == 0 ? x[d] : x[d + 1];
    x[d + 1] = (order & 2) == 0 ? low : high;
  }

  /** PSHUFB on 8 of the 16 control bytes. */
  static long shuffleBytes(long low, long high, long control) {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      int index = (int) (control >>> shift);
      if ((index & 0x80) == 0) {
        result |= (((index & 8) == 0 ? low : high) >>> (index & 7) * 8 & 0xff) << shift;
      }
    }
    return result;
  }

  static void pshufb(Cpu cpu, int d, long low, long high) {
    long[] x = cpu.xmm;
    long first = shuffleBytes(x[d], x[d + 1], low);
    x[d + 1] = shuffleBytes(x[d], x[d + 1], high);
    x[d] = first;
  }

  /** Bytes {@code from} to {@code from + 7} of the 32 bytes s0, s1, d0, d1 and zeros after them. */
  private static long window(long s0, long s1, long d0, long d1, int from) {
    int bits = (from & 7) * 8;
    long lower = pick(s0, s1, d0, d1, from >> 3);
    return bits == 0 ? lower : lower >>> bits | pick(s0, s1, d0, d1, (from >> 3) + 1) << (64 - bits);
  }

  private static long pick(long s0, long s1, long d0, long d1, int index) {
    return switch (index) {
      case 0 -> s0;
      case 1 -> s1;
      case 2 -> d0;
      case 3 -> d1;
      default -> 0;
    };
  }

  static void palignr(Cpu cpu, int d, long low, long high, int from) {
    long[] x = cpu.xmm;
    long first = window(low, high, x[d], x[d + 1], from);
    x[d + 1] = window(low, high, x[d], x[d + 1], from + 8);
    x[d] = first;
  }

  /** PALIGNR on MMX registers. */
  static long alignRight(long destination, long source, int from) {
    return window(source, destination, 0, 0, from);
  }

  /** PSLLDQ. */
  static void shiftBytesLeft(Cpu cpu, int d, int bytes) {
    long[] x = cpu.xmm;
    long low = x[d];
    long high = x[d + 1];
    int bits = (bytes & 7) * 8;
    if (bytes > 15) {
      x[d] = 0;
      x[d + 1] = 0;
    } else if (bytes >= 8) {
      x[d] = 0;
      x[d + 1] = low << bits;
    } else if (bits != 0) {
      x[d] = low << bits;
      x[d + 1] = high << bits | low >>> (64 - bits);
    }
  }

  /** PSRLDQ. */
  static void shiftBytesRight(Cpu cpu, int d, int bytes) {
    long[] x = cpu.xmm;
    long low = x[d];
    long high = x[d + 1];
    int bits = (bytes & 7) * 8;
    if (bytes > 15) {
      x[d] = 0;
      x[d + 1] = 0;
    } else if (bytes >= 8) {
      x[d] = high >>> bits;
      x[d + 1] = 0;
    } else if (bits != 0) {
      x[d] = low >>> bits | high << (64 - bits);
      x[d + 1] = high >>> bits;
    }
  }

  /** Chooses lanes of {@code bits} (8, 16, 32 or 64) by the bits of {@code chosen}: 1 takes the source's. */
  static void blend(Cpu cpu, int d, long low, long high, int chosen, int bits) {
    int half = 64 / bits;
    long lowMask = spreadChoice(chosen, bits);
    long highMask = spreadChoice(chosen >> half, bits);
    blendBy(cpu, d, low, high, lowMask, highMask);
  }

  private static long spreadChoice(int chosen, int bits) {
    long mask = 0;
    for (int n = 0; n < 64 / bits; n++) {
      if ((chosen >> n & 1) != 0) {
        mask |= (-1L >>> (64 - bits)) << (n * bits);
      }
    }
    return mask;
  }

  /** Chooses bits by two masks: 1 takes the source's. */
  static void blendBy(Cpu cpu, int d, long low, long high, long lowMask, long highMask) {
    long[] x = cpu.xmm;
    x[d] = (x[d] & ~lowMask) | (low & lowMask);
    x[d + 1] = (x[d + 1] & ~highMask) | (high & highMask);
  }

  /** INSERTPS, given the single to insert. */
  static void insertSingle(Cpu cpu, int d, long single, int control) {
    long[] x = cpu.xmm;
    int place = control >> 4 & 3;
    insert(x, d, place * 32, 32, single);
    long zeroed = spreadChoice(control & 3, 32);
    x[d] &= ~zeroed;
    x[d + 1] &= ~spreadChoice(control >> 2 & 3, 32);
  }

  /** Writes {@code bits} of {@code value} at bit {@code position} of a register. */
  static void insert(long[] x, int d, int position, int bits, long value) {
    int place = d + (position >> 6);
    int shift = position & 63;
    long mask = -1L >>> (64 - bits) << shift;
    x[place] = (x[place] & ~mask) | (value << shift & mask);
  }

  /** Reads {@code bits} at bit {@code position} of a register, zero-extended. */
  static long extract(long[] x, int s, int position, int bits) {
    return x[s + (position >> 6)] >>> (position & 63) & -1L >>> (64 - bits);
  }
}
