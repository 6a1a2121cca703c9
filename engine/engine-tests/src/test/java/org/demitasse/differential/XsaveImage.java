package org.demitasse.differential;

import java.nio.ByteBuffer;

/** Random x87 and SSE state in the FXSAVE64 layout (Intel SDM volume 1, 10.5.1) and in an XSAVE area (13.4). */
final class XsaveImage {
  static final int FCW = 0;
  static final int FSW = 2;
  static final int FTW = 4;
  static final int MXCSR = 24;
  static final int MXCSR_MASK = 28;
  static final int ST = 32;
  static final int XMM = 160;
  static final int BYTES = 512;

  private static final int MXCSR_DEFAULT = 0x1f80;
  private static final int FCW_DEFAULT = 0x37f;

  private XsaveImage() {}

  /** Puts an FXSAVE image that no unit refuses to load. */
  static void putState(Random random, ByteBuffer to, int at) {
    int control = random.oneIn(2) ? FCW_DEFAULT : random.nextInt() & 0xf3f | 0x40;
    if (control != FCW_DEFAULT && random.oneIn(2)) {
      control |= 0x3f;
    }
    int status = (random.nextInt() & 7) << 11;
    if (random.oneIn(3)) {
      status |= random.nextInt() & 0x4700;
    }
    if (random.oneIn(4)) {
      status |= random.nextInt() & 0x7f & (random.oneIn(3) ? 0x7f : control | 0x40);
    }
    if ((status & ~control & 0x3f) != 0) {
      status |= 0x8080;
    }
    int tags = random.nextInt();
    to.putShort(at + FCW, (short) control).putShort(at + FSW, (short) status);
    to.put(at + FTW, (byte) (random.percent(60) ? -1 : random.oneIn(3) ? 0 : tags));
    to.putInt(at + MXCSR, mxcsr(random)).putInt(at + MXCSR_MASK, 0xffff);
    for (int i = 0; i < 8; i++) {
      Values.putExtended(random, to, at + ST + 16 * i);
    }
    for (int i = 0; i < 16; i++) {
      to.position(at + XMM + 16 * i);
      Values.putOperand(random, to);
    }
  }

  private static int mxcsr(Random random) {
    int raw = random.nextInt();
    return switch (random.below(4)) {
      case 0, 1 -> MXCSR_DEFAULT;
      case 2 -> MXCSR_DEFAULT | raw & 0xe07f;
      default -> raw & 0xffff;
    };
  }

  /** Puts an XSAVE area in the standard format, 576 bytes, whose header XRSTOR accepts. */
  static void put(Random random, ByteBuffer to, int at) {
    int position = to.position();
    to.position(0);
    to.limit(to.capacity());
    putState(random, to, at);
    for (int i = 0; i < 64; i += 8) {
      to.putLong(at + 512 + i, 0);
    }
    to.putLong(at + 512, random.nextInt() & 3);
    to.position(position);
  }
}
