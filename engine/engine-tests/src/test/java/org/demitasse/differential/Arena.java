package org.demitasse.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The linear addresses that a case may use, the same on both sides, and what they hold (hostcpu.c has the same map).
 */
final class Arena {
  static final int PAGE = 4096;

  /** One page, readable and executable, filled with INT3; the next page is not mapped. */
  static final long CODE = 0x1000_0000L;

  /** Two pages read-write, then one read-only, then nothing. */
  static final long DATA = 0x2000_0000L;

  static final long READ_ONLY = DATA + 2 * PAGE;

  /** One page read-write that 16-bit addresses reach. */
  static final long LOW = 0x8000L;

  /** Writable bytes: the data pages, then the low page. */
  static final int WRITABLE_BYTES = 3 * PAGE;

  /** All bytes of {@link #contents}: the writable ones, then the read-only page. */
  static final int BYTES = 4 * PAGE;

  /** A well-formed XSAVE image, for XRSTOR and FXRSTOR. */
  static final long XSAVE_IMAGE = DATA + 0x400;

  /** Interrupt return frames: RIP, CS, RFLAGS, RSP, SS in 64-bit slots, 64 bytes apart. */
  static final long RETURN_FRAMES = DATA + PAGE + 0x100;

  /** Far pointers with a 32-bit offset, eight bytes apart. */
  static final long FAR_POINTERS = DATA + PAGE + 0x200;

  /** Far pointers with a 16-bit offset, four bytes apart. */
  static final long FAR_POINTERS_16 = DATA + PAGE + 0x300;

  /** Selectors in 64-bit slots. */
  static final long SELECTORS = DATA + PAGE + 0x380;

  static final int ZONE_BYTES = 0x100;

  private static final int[] SELECTOR_CHOICES = {
    0, 1, 3, 0x2b, 0x2b, 0x2b, 0x28, 0x2a, 0x23, 0x33, 0x10, 0x18, 0x63, 0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f,
    0x04, 0xfff8, 0x40, 0x50, 0x83
  };

  private Arena() {}

  /** A selector that does something: user, kernel, LDT, null, not present or outside the tables. */
  static int selector(Random random) {
    return SELECTOR_CHOICES[random.below(SELECTOR_CHOICES.length)];
  }

  /** Linear address of a byte of the writable contents. */
  static long addressOf(int offset) {
    return offset < 2 * PAGE ? DATA + offset : LOW + offset - 2 * PAGE;
  }

  /** What the data pages hold: operands of every kind, and the zones above. */
  static byte[] contents(long seed) {
    Random random = new Random(seed);
    ByteBuffer pages = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (pages.hasRemaining()) {
      Values.putOperand(random, pages);
    }
    byte[] bytes = pages.array();
    XsaveImage.put(random, pages, (int) (XSAVE_IMAGE - DATA));
    putReturnFrames(random, pages, (int) (RETURN_FRAMES - DATA));
    for (int i = 0; i < ZONE_BYTES; i += 8) {
      pages
          .putInt((int) (FAR_POINTERS - DATA) + i, codeTarget(random))
          .putInt((int) (FAR_POINTERS - DATA) + i + 4, selector(random));
    }
    for (int i = 0; i < 0x80; i += 4) {
      pages.putShort((int) (FAR_POINTERS_16 - DATA) + i, (short) codeTarget(random));
      pages.putShort((int) (FAR_POINTERS_16 - DATA) + i + 2, (short) selector(random));
      pages
          .putShort((int) (SELECTORS - DATA) + i, (short) selector(random))
          .putShort((int) (SELECTORS - DATA) + i + 2, (short) 0);
    }
    return bytes;
  }

  private static int codeTarget(Random random) {
    return random.oneIn(8) ? random.nextInt() : (int) CODE + random.below(PAGE + 16);
  }

  private static void putReturnFrames(Random random, ByteBuffer pages, int offset) {
    for (int i = 0; i < ZONE_BYTES; i += 64) {
      pages.putLong(offset + i, Integer.toUnsignedLong(codeTarget(random)));
      pages.putLong(offset + i + 8, random.oneIn(3) ? selector(random) : random.oneIn(2) ? 0x33 : 0x23);
      pages.putLong(offset + i + 16, random.nextInt() & (random.oneIn(4) ? 0xffff_ffffL : 0xcd5L) & ~0x20000L | 2);
      pages.putLong(offset + i + 24, random.oneIn(4) ? random.nextLong() : DATA + random.below(2 * PAGE));
      pages.putLong(offset + i + 32, random.oneIn(3) ? selector(random) : 0x2b);
    }
  }
}
