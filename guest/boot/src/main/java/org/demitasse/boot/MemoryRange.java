package org.demitasse.boot;

/** Guest-physical [start, end) that belongs to something, named for messages. */
public record MemoryRange(String what, long start, long end) {
  /** Says whether two ranges have an address in common. */
  public boolean overlaps(long otherStart, long otherEnd) {
    return Long.compareUnsigned(start, otherEnd) < 0 && Long.compareUnsigned(otherStart, end) < 0;
  }

  /** Bytes in the range. */
  public long bytes() {
    return end - start;
  }
}
