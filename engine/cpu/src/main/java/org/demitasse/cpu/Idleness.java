package org.demitasse.cpu;

/**
 * Says when a machine has been idle for so long that what was decoded for it is not worth its memory: decoding all that
 * a Linux kernel needs to boot takes a tenth of a second, and takes up 20 MiB.
 */
final class Idleness {
  /** Host nanoseconds that are looked at as a whole. */
  static final long SPAN_NANOS = 2_000_000_000L;

  /** A machine that retires fewer instructions in a span is idle: it ticks, but works for less than 3 % of the time. */
  static final long FEW_INSTRUCTIONS = 5_000_000;

  /** Fewer blocks are not worth the trouble: what an idle kernel's tick needs is a tenth of it. */
  static final long MANY_BLOCKS = 8_000;

  private long since;
  private long instructionsBefore = Long.MIN_VALUE;
  private long builtBefore;

  /**
   * To be asked when nothing can run.
   *
   * @param nanos guest time
   * @param instructions retired so far
   * @param built blocks decoded so far
   */
  boolean isTimeToForget(long nanos, long instructions, long built) {
    if (nanos - since < SPAN_NANOS && instructionsBefore != Long.MIN_VALUE) {
      return false;
    }
    boolean idle = instructionsBefore != Long.MIN_VALUE && instructions - instructionsBefore < FEW_INSTRUCTIONS;
    since = nanos;
    instructionsBefore = instructions;
    if (!idle || !hasMuch(built)) {
      return false;
    }
    builtBefore = built;
    return true;
  }

  /** Longest sleep, in nanoseconds: there is something to forget, if it stays like this. */
  long longestSleep(long built) {
    return hasMuch(built) ? SPAN_NANOS : Long.MAX_VALUE;
  }

  private boolean hasMuch(long built) {
    return built - builtBefore >= MANY_BLOCKS;
  }
}
