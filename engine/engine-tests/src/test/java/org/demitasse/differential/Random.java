package org.demitasse.differential;

/** SplitMix64: fast, seeded by any number, the same on every JDK. */
final class Random {
  private long state;

  Random(long seed) {
    state = seed;
  }

  /** A generator for the case of an index, independent of its neighbours. */
  static Random of(long seed, long index) {
    return new Random(mix(mix(seed) + index * 0x9e3779b97f4a7c15L));
  }

  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  long nextLong() {
    state += 0x9e3779b97f4a7c15L;
    return mix(state);
  }

  int nextInt() {
    return (int) (nextLong() >>> 32);
  }

  /** Uniform in [0, bound). */
  int below(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  boolean oneIn(int n) {
    return below(n) == 0;
  }

  /** True with a probability in percent. */
  boolean percent(int percent) {
    return below(100) < percent;
  }
}
