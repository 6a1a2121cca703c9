package org.demitasse.devices;

import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;

/** Guest time that moves only when a test says so, and stops at every timer on the way. */
public final class HandClock implements GuestClock {
  private final long wallOriginNanos;
  private final TimerQueue timers = new TimerQueue();
  private long nanos;
  private long perRead;

  public HandClock(long wallOriginNanos) {
    this.wallOriginNanos = wallOriginNanos;
  }

  public HandClock() {
    this(0);
  }

  /** Moves on, expiring each timer at its own moment. */
  public void advance(long byNanos) {
    long end = nanos + byNanos;
    while (timers.nextDeadline() <= end) {
      nanos = Math.max(nanos, timers.nextDeadline());
      timers.runDue(nanos);
    }
    nanos = end;
  }

  /** Moves on without looking at the timers, as a host that was busy elsewhere does. */
  public void oversleep(long byNanos) {
    nanos += byNanos;
    timers.runDue(nanos);
  }

  /** From now on the host is so slow, or so busy, that this much time passes whenever somebody looks at the clock. */
  public void slowHost(long nanosPerRead) {
    perRead = nanosPerRead;
  }

  @Override
  public long nanos() {
    nanos += perRead;
    return nanos;
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
