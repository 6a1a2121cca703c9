package org.demitasse.core.clock;

/**
 * Guest time that is a function of instructions retired: one nanosecond an instruction, plus the idle time that was
 * skipped. Two runs of one input see the same times. Used by the machine's own thread only.
 */
public final class VirtualClock implements GuestClock {
  private final long wallOriginNanos;
  private final TimerQueue timers = new TimerQueue();
  private long instructions;
  private long skippedNanos;

  /**
   * Makes a clock that starts at zero.
   *
   * @param wallOriginNanos wall-clock time at power-on, nanoseconds since 1970 UTC; a fixed value makes runs repeatable
   */
  public VirtualClock(long wallOriginNanos) {
    this.wallOriginNanos = wallOriginNanos;
  }

  /** Tells how many instructions all vCPUs have retired since power-on; the engine calls it before time is read. */
  public void setInstructions(long instructions) {
    assert instructions >= this.instructions : "instructions retired went backwards";
    this.instructions = instructions;
  }

  /** Skips idle time up to a moment; does nothing if that is past. */
  public void skipTo(long nanos) {
    skippedNanos += Math.max(0, nanos - nanos());
  }

  @Override
  public long nanos() {
    return instructions + skippedNanos;
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
