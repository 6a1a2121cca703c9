package org.demitasse.differential;

import java.nio.ByteBuffer;

/** Results for which the architecture promises an error bound instead of every bit. */
final class Approximate {
  private static final double RECIPROCAL_BOUND = 2 * 1.5 / 4096;

  private static final int MOST_UNITS = 2;
  private static final int ROUNDED_UP = 0x200;

  private final Shape shape = new Shape();

  /** Transcendental x87 results: at most one unit in the last place apart (Intel SDM volume 1, 8.3.10). */
  boolean acceptsX87(TestCase test, Outcome host, Outcome ours, int at) {
    if (test.sequence || !isTranscendental(test)) {
      return false;
    }
    int exponents = host.fx.getShort(at + 8) - ours.fx.getShort(at + 8);
    if (exponents == 0) {
      return Math.abs(host.fx.getLong(at) - ours.fx.getLong(at)) <= MOST_UNITS;
    }
    // Beside a power of two: the larger is just above it, the smaller just below.
    ByteBuffer larger = exponents > 0 ? host.fx : ours.fx;
    ByteBuffer smaller = exponents > 0 ? ours.fx : host.fx;
    long distance = larger.getLong(at) - Long.MIN_VALUE - smaller.getLong(at);
    return Math.abs(exponents) == 1 && distance >= 0 && distance <= MOST_UNITS;
  }

  /** C1 of an inexact result says which way it was rounded: that goes with the last place. */
  int openStatus(TestCase test) {
    return !test.sequence && isTranscendental(test) ? ROUNDED_UP : 0;
  }

  private boolean isTranscendental(TestCase test) {
    shape.parse(test.code, test.mode);
    if (shape.map != 0 || shape.opcode != 0xd9) {
      return false;
    }
    return switch (shape.modRm) {
      case 0xf0, 0xf1, 0xf2, 0xf3, 0xf9, 0xfb, 0xfe, 0xff -> true;
      default -> false;
    };
  }

  /** RCPPS, RCPSS, RSQRTPS, RSQRTSS: relative error at most 1.5 * 2^-12 each (Intel SDM volume 2). */
  boolean acceptsXmm(TestCase test, Outcome host, Outcome ours, int at) {
    if (test.sequence) {
      return false;
    }
    shape.parse(test.code, test.mode);
    if (shape.map != 1 || shape.opcode != 0x52 && shape.opcode != 0x53) {
      return false;
    }
    for (int i = 0; i < 16; i += 4) {
      int theirs = host.fx.getInt(at + i);
      int mine = ours.fx.getInt(at + i);
      float expected = Float.intBitsToFloat(theirs);
      float actual = Float.intBitsToFloat(mine);
      boolean close = Math.abs((double) actual - expected) <= RECIPROCAL_BOUND * Math.abs((double) expected);
      if (theirs != mine && !(close && Float.isFinite(expected) && Float.isFinite(actual))) {
        return false;
      }
    }
    return true;
  }

  /** MXCSR_MASK in stored images: the host has bit 17, our CPU has not. */
  boolean acceptsMemory(TestCase test, long host, long ours) {
    shape.parse(test.code, test.mode);
    return !test.sequence && shape.map == 1 && shape.opcode == 0xae && (host ^ ours) == 0x2_0000_0000_0000L;
  }
}
