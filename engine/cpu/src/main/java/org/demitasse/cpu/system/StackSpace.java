package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;

/** Which offsets of a stack segment may be used, and where they are (Intel SDM vol. 3, 5.3). */
record StackSpace(Segment segment, boolean wide) {
  /** The stack of 64-bit mode: no base, no limit. */
  static final Segment FLAT_64 = new Segment(0, 0, -1, 0x493);

  /** Mask of the stack pointer. */
  long mask() {
    return wide ? -1L : (segment.attributes() & 0x400) != 0 ? 0xffff_ffffL : 0xffffL;
  }

  /** Says whether {@code size} bytes at an offset are inside the segment. */
  boolean holds(long offset, int size) {
    if (wide) {
      return true;
    }
    long last = offset + size - 1;
    boolean expandDown = (segment.attributes() & 0xc) == 4;
    return (segment.attributes() & Segment.UNUSABLE) == 0
        && (expandDown ? offset > segment.limit() && last <= mask() : last <= segment.limit());
  }

  /** Linear address of an offset. */
  long linear(long offset) {
    return wide ? offset : segment.base() + offset & 0xffff_ffffL;
  }
}
