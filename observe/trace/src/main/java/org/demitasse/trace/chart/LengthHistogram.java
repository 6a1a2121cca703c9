package org.demitasse.trace.chart;

/** How many spans there are of each length, to a sixteenth: enough to say from which length on there are few enough. */
final class LengthHistogram {
  private static final int STEPS = 16;
  private final long[] counts = new long[64 * STEPS];

  void add(long length) {
    counts[bucket(length)]++;
  }

  private static int bucket(long length) {
    if (length < STEPS) {
      return (int) Math.max(0, length);
    }
    int exponent = 63 - Long.numberOfLeadingZeros(length);
    return (exponent - 3) * STEPS + (int) (length >>> exponent - 4 & STEPS - 1);
  }

  private static long least(int bucket) {
    if (bucket < STEPS) {
      return bucket;
    }
    int exponent = bucket / STEPS + 3;
    return (1L << exponent) + ((long) (bucket % STEPS) << exponent - 4);
  }

  /** The least length of which and above which there are at most so many spans. */
  long lengthForAtMost(long spans) {
    long sum = 0;
    for (int bucket = counts.length - 1; bucket >= 0; bucket--) {
      sum += counts[bucket];
      if (sum > spans) {
        return least(bucket + 1);
      }
    }
    return 0;
  }
}
