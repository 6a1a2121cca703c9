package org.demitasse.cpu.mmu;

import java.util.Arrays;

/**
 * The pages that instructions were fetched from since the last flush. Nothing is forgotten in between, so that a page
 * is walked for once, whether its code is then interpreted block by block or runs translated: when the accessed bit of
 * a page of code is set must not depend on when the translator was ready.
 */
final class FetchTranslations {
  /** No translation. */
  static final long NONE = -1;

  private static final int FIRST_SIZE = 1024;

  /** So many aliases of pages are beyond any real guest: all are forgotten then. */
  private static final int MOST = 1 << 20;

  private static final long USED = 2;
  private static final long USER = 1;
  private static final long PAGE_MASK = -4096L;

  private long[] keys = new long[FIRST_SIZE];
  private long[] frames = new long[FIRST_SIZE];
  private int[] epochs = new int[FIRST_SIZE];
  private int epoch = 1;
  private int count;

  private static long key(long linear, boolean user) {
    return linear & PAGE_MASK | USED | (user ? USER : 0);
  }

  /** Where a key is, or would go. */
  private int place(long key) {
    int mask = keys.length - 1;
    int place = (int) ((key >>> 12) * 0x9e37_79b9_7f4a_7c15L >>> 40) & mask;
    while (epochs[place] == epoch && keys[place] != key) {
      place = place + 1 & mask;
    }
    return place;
  }

  /** The gpa of a linear address, or {@link #NONE}. */
  long find(long linear, boolean user) {
    int place = place(key(linear, user));
    return epochs[place] == epoch && frames[place] != NONE ? frames[place] | linear & ~PAGE_MASK : NONE;
  }

  /** Remembers the gpa of a linear address for its page. */
  void add(long linear, boolean user, long gpa) {
    if (count > keys.length / 2) {
      makeRoom();
    }
    long key = key(linear, user);
    int place = place(key);
    if (epochs[place] != epoch) {
      count++;
      epochs[place] = epoch;
      keys[place] = key;
    }
    frames[place] = gpa & PAGE_MASK;
  }

  private void makeRoom() {
    if (count > MOST) {
      clear();
      return;
    }
    long[] oldKeys = keys;
    long[] oldFrames = frames;
    int[] oldEpochs = epochs;
    keys = new long[oldKeys.length * 2];
    frames = new long[oldKeys.length * 2];
    epochs = new int[oldKeys.length * 2];
    count = 0;
    for (int n = 0; n < oldKeys.length; n++) {
      if (oldEpochs[n] == epoch && oldFrames[n] != NONE) {
        add(oldKeys[n], (oldKeys[n] & USER) != 0, oldFrames[n]);
      }
    }
  }

  /** Forgets one page. */
  void remove(long linear) {
    forget(key(linear, false));
    forget(key(linear, true));
  }

  private void forget(long key) {
    int place = place(key);
    if (epochs[place] == epoch) {
      frames[place] = NONE; // the place stays taken: others may lie behind it
    }
  }

  /** Forgets all. */
  void clear() {
    count = 0;
    if (++epoch == 0) {
      Arrays.fill(epochs, 0);
      epoch = 1;
    }
  }
}
