package org.demitasse.cpu.fpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Random cases that are rich in special values, from a seed. */
final class FpuCases {
  private static final long[] SIGNIFICANDS = {
    1L << 63,
    -1L,
    1,
    0,
    (1L << 63) + 1,
    3L << 62,
    1L << 62,
    Long.MAX_VALUE,
    -1L << 40,
    -1L << 11,
    (1L << 63) + (1L << 39),
    (1L << 63) + (1L << 10),
    -1L << 39,
    -1L << 10,
    0xc000_0000_0000_0001L,
    0xa000_0000_0000_0000L
  };
  private static final int[] EXPONENTS = {
    0,
    1,
    2,
    0x7fff,
    0x7ffe,
    0x3fff,
    0x4000,
    0x3ffe,
    16383 + 63,
    16383 + 62,
    16383 + 31,
    16383 + 15,
    16383 - 126,
    16383 + 127,
    16383 - 1022,
    16383 + 1023,
    16383 - 149,
    16383 - 1074,
    0x3fff - 64,
    0x3fff + 64
  };

  /**
   * 0, 1, 2, 1/2, infinity, quiet and signaling NaNs, denormals, pseudo-denormal, extremes, unsupported, powers, pi.
   */
  private static final int[] SPECIAL_EXPONENTS = {
    0,
    0x3fff,
    0x4000,
    0x3ffe,
    0x7fff,
    0x7fff,
    0x7fff,
    0,
    0,
    0,
    1,
    0x7ffe,
    0x7ffe,
    0x3fff,
    0x7fff,
    16383 + 63,
    16383 + 62,
    0x4000,
    0x3fff,
    0x3ffe,
    0x3fff
  };

  private static final long[] SPECIAL_SIGNIFICANDS = {
    0,
    1L << 63,
    1L << 63,
    1L << 63,
    1L << 63,
    3L << 62,
    (1L << 63) + 1,
    1,
    Long.MAX_VALUE,
    1L << 63,
    1L << 63,
    -1L,
    1L << 63,
    1L << 62,
    0,
    1L << 63,
    -1L,
    0xc90f_daa2_2168_c235L,
    0xc90f_daa2_2168_c235L,
    -1L,
    (1L << 63) + 1
  };

  private final SplittableRandom random;

  FpuCases(long seed) {
    random = new SplittableRandom(seed);
  }

  boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  long significand() {
    int kind = random.nextInt(8);
    if (kind == 0) {
      return SIGNIFICANDS[random.nextInt(SIGNIFICANDS.length)];
    }
    long value = random.nextLong();
    if (kind == 1) {
      return value;
    }
    if (kind == 2) {
      value &= -1L << random.nextInt(64);
    }
    return value | 1L << 63;
  }

  int signExponent() {
    int sign = random.nextInt(2) << 15;
    return sign
        | switch (random.nextInt(6)) {
          case 0 -> EXPONENTS[random.nextInt(EXPONENTS.length)];
          case 1 -> random.nextInt(0x8000);
          case 2 -> 16383 + random.nextInt(140) - 70;
          default -> 16383 + random.nextInt(10) - 5;
        };
  }

  FpuCase next(byte[] instruction) {
    FpuCase test = new FpuCase(instruction);
    ByteBuffer image = test.view();
    int control = random.nextInt() & 0xf00 | 0x40;
    control |= percent(75) ? 0x3f : random.nextInt() & 0x3f;
    if (percent(20)) {
      control = 0x37f;
    }
    int status = random.nextInt(8) << 11 | random.nextInt() & 0x4700;
    if (percent(30)) {
      status |= random.nextInt() & 0x7f & (percent(90) ? control | 0x40 : 0x7f);
    }
    if ((status & ~control & 0x3f) != 0) {
      status |= 0x8080;
    }
    image.putShort(0, (short) control).putShort(2, (short) status);
    image.put(4, (byte) (percent(75) ? tags(status, 1 + random.nextInt(6)) : random.nextInt()));
    image.putInt(24, 0x1f80).putInt(28, 0xffff);
    for (int i = 0; i < 8; i++) {
      image.putLong(32 + 16 * i, significand()).putShort(40 + 16 * i, (short) signExponent());
    }
    for (int i = 0; i < 2; i++) {
      if (percent(20)) {
        int special = random.nextInt(SPECIAL_EXPONENTS.length);
        int sign = random.nextInt(2) << 15;
        image.putLong(32 + 16 * i, SPECIAL_SIGNIFICANDS[special]);
        image.putShort(40 + 16 * i, (short) (SPECIAL_EXPONENTS[special] | sign));
      }
    }
    if (percent(10)) {
      image.putLong(48, image.getLong(32)).putShort(56, (short) (image.getShort(40) ^ (percent(50) ? 0x8000 : 0)));
    }
    test.flags = 2 | random.nextInt() & 0x8d5;
    test.rax = random.nextLong();
    random.nextBytes(test.memory);
    if (instruction[0] == 0x0f || instruction[0] == 0x48) {
      state(ByteBuffer.wrap(test.memory).order(ByteOrder.LITTLE_ENDIAN));
      return test;
    }
    operand(ByteBuffer.wrap(test.memory).order(ByteOrder.LITTLE_ENDIAN));
    return test;
  }

  /** An image for FXRSTOR, with a bad MXCSR now and then. */
  private void state(ByteBuffer memory) {
    memory.putInt(
        24, percent(10) ? random.nextInt() & 0xffff | 1 << (18 + random.nextInt(14)) : random.nextInt() & 0xffff);
    if (percent(50)) {
      memory.putInt(0, 0x037f | random.nextInt(8) << 27);
    }
  }

  /** Tags of a stack that holds at least ST(0) and ST(1) mostly, as abridged tags by physical register. */
  private static int tags(int status, int depth) {
    int top = status >> 11 & 7;
    int tags = 0;
    for (int i = 0; i <= depth; i++) {
      tags |= 1 << (top + i & 7);
    }
    return tags;
  }

  private void operand(ByteBuffer memory) {
    switch (random.nextInt(6)) {
      case 0 -> memory.putLong(0, significand()).putShort(8, (short) signExponent());
      case 1 -> memory.putFloat(0, random.nextInt(64) - 32);
      case 2 -> memory.putDouble(0, random.nextInt(64) - 32);
      case 3 ->
          memory.putInt(
              0, new int[] {0, 1, 0x7f800000, 0xff800000, 0x7f800001, 0x7fc00000, 0x007fffff, 0x80000000}[below(8)]);
      case 4 ->
          memory.putLong(
              0,
              new long[] {0, 1, 0x7ffL << 52, 0x7ffL << 52 | 1, 0xfffL << 51, 1L << 63, (1L << 52) - 1, 5}[below(8)]);
      default -> decimal(memory);
    }
  }

  private void decimal(ByteBuffer memory) {
    for (int i = 0; i < 9; i++) {
      memory.put(i, (byte) (random.nextInt(10) << 4 | random.nextInt(10)));
    }
    memory.put(9, (byte) (random.nextInt(2) << 7));
  }
}
