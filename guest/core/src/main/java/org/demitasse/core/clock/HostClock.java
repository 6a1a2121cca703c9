package org.demitasse.core.clock;

/** Guest time that follows the host's monotonic clock. */
public final class HostClock implements GuestClock {
  private final long origin = System.nanoTime();
  private final long wallOriginNanos = Math.multiplyExact(System.currentTimeMillis(), 1_000_000L);
  private final TimerQueue timers = new TimerQueue();

  @Override
  public long nanos() {
    return System.nanoTime() - origin;
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
