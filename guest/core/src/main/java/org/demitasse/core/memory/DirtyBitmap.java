package org.demitasse.core.memory;

import java.util.Arrays;

/**
 * One bit for each 4 KiB page of RAM, in gpa order without holes: set when the page was written since the last clear.
 */
public final class DirtyBitmap {
  /** log2 of the page size. */
  public static final int PAGE_SHIFT = 12;

  private final long[] words;
  private final long pages;

  DirtyBitmap(long pages) {
    this.pages = pages;
    this.words = new long[Math.toIntExact((pages + 63) / 64)];
  }

  /** Marks one page. */
  public void mark(long page) {
    words[(int) (page >>> 6)] |= 1L << page;
  }

  /** Says whether a page was written. */
  public boolean isDirty(long page) {
    return (words[(int) (page >>> 6)] >>> page & 1) != 0;
  }

  /** How many pages were written. */
  public long count() {
    long count = 0;
    for (long word : words) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /** How many pages there are. */
  public long pages() {
    return pages;
  }

  /** Forgets all. An engine that caches write permission must be told to flush first. */
  public void clear() {
    Arrays.fill(words, 0);
  }
}
