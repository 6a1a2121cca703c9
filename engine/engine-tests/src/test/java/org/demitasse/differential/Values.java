package org.demitasse.differential;

import java.nio.ByteBuffer;

/** Operand values at which instructions change their behaviour, mixed with plain random ones. */
final class Values {
  private static final int[] FLOATS = {
    0,
    0x80000000,
    0x3f800000,
    0xbf800000,
    0x40000000,
    0x3f000000,
    0x3fc00000,
    0x40200000,
    1,
    0x80000001,
    0x007fffff,
    0x807fffff,
    0x00800000,
    0x80800000,
    0x7f7fffff,
    0xff7fffff,
    0x7f800000,
    0xff800000,
    0x7fc00000,
    0xffc00000,
    0x7f800001,
    0xff800001,
    0x7fc12345,
    0x7fa54321,
    0x4effffff,
    0x4f000000,
    0xcf000000,
    0xcf000001,
    0x5effffff,
    0x5f000000,
    0xdf000000,
    0x4b7fffff,
    0x4b000001,
    0x3f7fffff,
    0x3f800001,
    0x33800000,
    0x34000000,
    0x42280000,
    0xc2f70000,
    0x4f7fffff,
    0x4f800000,
    0x00400000
  };
  private static final long[] DOUBLES = {
    0,
    0x8000000000000000L,
    0x3ff0000000000000L,
    0xbff0000000000000L,
    0x4000000000000000L,
    0x3fe0000000000000L,
    0x3ff8000000000000L,
    0x4004000000000000L,
    1,
    0x8000000000000001L,
    0x000fffffffffffffL,
    0x800fffffffffffffL,
    0x0010000000000000L,
    0x8010000000000000L,
    0x7fefffffffffffffL,
    0xffefffffffffffffL,
    0x7ff0000000000000L,
    0xfff0000000000000L,
    0x7ff8000000000000L,
    0xfff8000000000000L,
    0x7ff0000000000001L,
    0xfff0000000000001L,
    0x7ff8123456789abcL,
    0x7ff4000000000000L,
    0x41dfffffffc00000L,
    0x41e0000000000000L,
    0xc1e0000000000000L,
    0xc1e0000000200000L,
    0x43dfffffffffffffL,
    0x43e0000000000000L,
    0xc3e0000000000000L,
    0x47efffffe0000000L,
    0x47effffff0000000L,
    0x47f0000000000000L,
    0x3810000000000000L,
    0x380fffffffffffffL,
    0x36a0000000000000L,
    0x3690000000000000L,
    0x3690000000000001L,
    0x3fefffffffffffffL,
    0x3ff0000000000001L,
    0x4330000000000001L,
    0x432fffffffffffffL,
    0x41efffffffe00000L
  };
  private static final long[] MANTISSAS = {
    0x8000000000000000L,
    0x8000000000000001L,
    0xffffffffffffffffL,
    0xc000000000000000L,
    0xbfffffffffffffffL,
    0xa000000000000000L,
    0,
    1,
    0x7fffffffffffffffL,
    0x4000000000000000L,
    0xffffffffffffff00L,
    0xfffffffffffff800L,
    0xfffffffffffffc00L,
    0x8000000000000400L,
    0xffffff8000000000L,
    0xffffff0000000000L
  };
  private static final int[] EXPONENTS = {
    0, 1, 0x7fff, 0x7ffe, 0x3fff, 0x3ffe, 0x4000, 0x4001, 0x3fbf, 0x403e, 0x403d, 0x403f, 0x401e, 0x401d, 0x400e,
    0x400d, 0x3f81, 0x3f80, 0x407e, 0x407f, 0x3c01, 0x3c00, 0x43fe, 0x43ff, 0x3f6a, 0x3bcd, 0x3ffd, 0x4005
  };

  private Values() {}

  /** An integer: small, a power of two, a boundary of some width, or anything. */
  static long integer(Random random) {
    long raw = random.nextLong();
    return switch (random.below(12)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> raw & 0x1f;
      case 3 -> raw & 0xff;
      case 4 -> (1L << raw) + ((raw >>> 8) & 3) - 1;
      case 5 -> -(1L << raw) + ((raw >>> 8) & 3) - 1;
      case 6 -> (int) raw;
      case 7 -> (byte) raw;
      case 8 -> (raw << 32) >>> 32;
      case 9 -> (raw & 0x0f0f0f0f0f0f0f0fL) + ((raw >>> 32) & 0x1111111111111111L) * 9;
      default -> raw;
    };
  }

  static int single(Random random) {
    int raw = random.nextInt();
    return switch (random.below(8)) {
      case 0, 1, 2 -> FLOATS[(raw >>> 1) % FLOATS.length] ^ (raw << 31);
      case 3 -> Float.floatToRawIntBits((raw >> 20) * 0.25f);
      case 4 -> raw & 0x807fffff | 0x3f000000 + ((raw >>> 24) & 3) * 0x800000;
      case 5 -> raw & 0x81ffffff;
      case 6 -> raw & 0x807ffffe | (raw & 1) * 0x7f000000;
      default -> raw;
    };
  }

  static long real(Random random) {
    long raw = random.nextLong();
    return switch (random.below(8)) {
      case 0, 1, 2 -> DOUBLES[(int) ((raw >>> 1) % DOUBLES.length)] ^ (raw << 63);
      case 3 -> Double.doubleToRawLongBits((raw >> 50) * 0.25);
      case 4 -> raw & 0x800fffffffffffffL | 0x3fe0000000000000L + ((raw >>> 53) & 3) * 0x10000000000000L;
      case 5 -> raw & 0x801fffffffffffffL;
      case 6 ->
          raw & 0x800fffffffffffffL
              | 0x3800000000000000L + ((raw >>> 52) & 0xfff) * 0x10000000000000L % 0x1000000000000000L;
      default -> raw;
    };
  }

  /** Puts ten bytes of an extended-precision number: any class of it, the unsupported ones too. */
  static void putExtended(Random random, ByteBuffer to, int at) {
    long raw = random.nextLong();
    long mantissa = random.percent(40) ? MANTISSAS[(int) ((raw >>> 40) % MANTISSAS.length)] : random.nextLong();
    int exponent;
    switch (random.below(8)) {
      case 0, 1 -> exponent = EXPONENTS[(int) ((raw >>> 8) & 0xff) % EXPONENTS.length];
      case 2 -> exponent = (int) raw & 0x7fff;
      case 3 -> {
        exponent = 0x3fff + (int) (raw & 63);
        mantissa = (mantissa & (-1L << ~(raw & 63))) | Long.MIN_VALUE;
      }
      default -> exponent = 0x3fff + (int) (raw & 63) - 32;
    }
    if (exponent != 0 && !random.oneIn(8)) {
      mantissa |= Long.MIN_VALUE;
    }
    to.putLong(at, mantissa).putShort(at + 8, (short) (exponent | (raw >> 63) & 0x8000));
  }

  private static void putDecimal(Random random, ByteBuffer to, int at) {
    for (int i = 0; i < 9; i++) {
      int raw = random.nextInt();
      to.put(at + i, (byte) (random.oneIn(40) ? raw : (raw >>> 8) % 10 & 15 | ((raw >>> 16) % 10 & 15) << 4));
    }
    to.put(at + 9, (byte) (random.oneIn(2) ? 0 : 0x80));
  }

  /** Puts 16 bytes of operands of one kind at the position. */
  static void putOperand(Random random, ByteBuffer to) {
    int at = to.position();
    switch (random.below(10)) {
      case 0, 1 -> to.putLong(at, integer(random)).putLong(at + 8, integer(random));
      case 2, 3 -> {
        for (int i = 0; i < 16; i += 4) {
          to.putInt(at + i, single(random));
        }
      }
      case 4, 5 -> to.putLong(at, real(random)).putLong(at + 8, real(random));
      case 6 -> {
        to.putLong(at + 8, random.nextLong());
        putExtended(random, to, at);
      }
      case 7 -> {
        for (int i = 0; i < 16; i += 4) {
          to.putInt(at + i, (int) integer(random));
        }
        if (random.oneIn(2)) {
          putDecimal(random, to, at);
        }
      }
      case 8 -> {
        for (int i = 0; i < 16; i += 2) {
          to.putShort(at + i, (short) integer(random));
        }
      }
      default -> to.putLong(at, random.nextLong()).putLong(at + 8, random.nextLong());
    }
    to.position(at + 16);
  }
}
