package org.demitasse.core.memory;

/** One region of RAM: gpa [start, start + bytes) at host address {@code hostAddress}. Both starts are page-aligned. */
public record MemoryRegion(long start, long bytes, long hostAddress) {
  /** First gpa after the region. */
  public long end() {
    return start + bytes;
  }
}
