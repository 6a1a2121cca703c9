package org.demitasse.core.random;

import java.util.random.RandomGenerator;

/**
 * The SplitMix64 generator (Steele, Lea and Flood 2014): the same numbers from the same state, and the state can be
 * kept.
 */
public final class SeededRandom implements RandomGenerator {
  private static final long GAMMA = 0x9e37_79b9_7f4a_7c15L;

  private long state;

  /** Starts with a seed. */
  public SeededRandom(long seed) {
    state = seed;
  }

  @Override
  public long nextLong() {
    state += GAMMA;
    long mixed = (state ^ state >>> 30) * 0xbf58_476d_1ce4_e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d0_49bb_1331_11ebL;
    return mixed ^ mixed >>> 31;
  }

  /** What the next numbers follow from. */
  public long save() {
    return state;
  }

  /** Goes on from a saved state. */
  public void restore(long saved) {
    state = saved;
  }
}
