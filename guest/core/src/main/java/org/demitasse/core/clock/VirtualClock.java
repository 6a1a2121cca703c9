package org.demitasse.core.clock;

import java.util.function.LongSupplier;

/**
 * Guest time that is a function of instructions retired: one nanosecond an instruction, plus the idle time that was
 * skipped. Two runs of one input see the same times. Used by the machine's own thread only.
 */
public final class VirtualClock implements GuestClock {
  private final long wallOriginNanos;
  private final TimerQueue timers = new TimerQueue();
  private LongSupplier instructions = () -> 0;
  private long skippedNanos;

  /**
   * Makes a clock that starts at zero.
   *
   * @param wallOriginNanos wall-clock time at power-on, nanoseconds since 1970 UTC; a fixed value makes runs repeatable
   */
  public VirtualClock(long wallOriginNanos) {
    this.wallOriginNanos = wallOriginNanos;
  }

  /** Sets where the count of instructions retired by all vCPUs since power-on comes from; it never goes back. */
  public void countInstructions(LongSupplier source) {
    instructions = source;
  }

  /** Skips idle time up to a moment; does nothing if that is past. */
  public void skipTo(long nanos) {
    skippedNanos += Math.max(0, nanos - nanos());
  }

  /** Idle nanoseconds that were skipped: with the count of instructions, all of this clock's state. */
  public long skippedNanos() {
    return skippedNanos;
  }

  /** Goes back, or on, to a moment; the source of the count does the same. The timers are their owners' affair. */
  public void restore(long skipped) {
    skippedNanos = skipped;
  }

  @Override
  public long nanos() {
    return instructions.getAsLong() + skippedNanos;
  }

  @Override
  public long wallNanos() {
    return wallOriginNanos + nanos();
  }

  @Override
  public TimerQueue timers() {
    return timers;
  }
}
