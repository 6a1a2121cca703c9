package org.demitasse.devices.lapic;

import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;

/**
 * The timer of a local APIC (Intel SDM volume 3, 11.5.4). Its bus clock ticks once a guest nanosecond, as CPUID 0x15
 * and 0x40000010 say, and the divide configuration slows it down.
 */
final class ApicTimer {
  static final int ONE_SHOT = 0;
  static final int PERIODIC = 1;
  static final int TSC_DEADLINE = 2;

  /**
   * A period below this is interrupted no more often: the guest could not serve it, and the host would do nothing else.
   */
  private static final long LEAST_PERIOD_NANOS = 1_000;

  private final GuestClock clock;
  private final TimerQueue.Timer timer;
  private final Runnable fire;

  private int mode;
  private int divideConfiguration;
  private long initialCount;
  private long startNanos; // when the count was, or would have been, the initial count
  private long tscDeadline;

  ApicTimer(GuestClock clock, Runnable fire) {
    this.clock = clock;
    this.fire = fire;
    timer = clock.timers().newTimer(this::expire);
  }

  void reset() {
    mode = ONE_SHOT;
    divideConfiguration = 0;
    initialCount = 0;
    tscDeadline = 0;
    timer.cancel();
  }

  int mode() {
    return mode;
  }

  /**
   * Changes the mode; into and out of TSC-deadline mode the timer is disarmed. Between the other two a running count
   * goes on from where it is, and one that has reached 0 stays there until the initial count is written.
   */
  void setMode(int newMode) {
    if (newMode == mode) {
      return;
    }
    boolean disarm = newMode == TSC_DEADLINE || mode == TSC_DEADLINE;
    long remaining = currentCount();
    mode = newMode;
    if (disarm) {
      initialCount = 0;
      tscDeadline = 0;
      timer.cancel();
    } else if (remaining != 0) {
      goOnFrom(remaining);
    } else if (isArmed()) { // at 0 this very moment
      timer.cancel();
      fire.run();
    }
  }

  private void goOnFrom(long remaining) {
    startNanos = clock.nanos() - ((initialCount - remaining) << shift());
    arm();
  }

  private boolean isArmed() {
    return timer.deadline() != TimerQueue.NEVER;
  }

  long initialCount() {
    return initialCount;
  }

  void setInitialCount(long count) {
    if (mode == TSC_DEADLINE) {
      return; // ignored in that mode
    }
    initialCount = count;
    startNanos = clock.nanos();
    arm();
  }

  long currentCount() {
    if (initialCount == 0 || !isArmed()) {
      return 0;
    }
    long elapsed = elapsed();
    return mode == PERIODIC ? initialCount - elapsed % initialCount : Math.max(0, initialCount - elapsed);
  }

  private long elapsed() {
    return Math.max(0, clock.nanos() - startNanos) >>> shift();
  }

  int divideConfiguration() {
    return divideConfiguration;
  }

  /** Changes the divider; a running count goes on from where it is. */
  void setDivideConfiguration(int value) {
    long remaining = currentCount();
    divideConfiguration = value & 0xb;
    if (remaining != 0) {
      goOnFrom(remaining);
    }
  }

  /** Bits 3, 1 and 0: divide by 2, 4, ... 128, and 1 for all ones. */
  private int shift() {
    int code = (divideConfiguration >>> 1 & 4) | (divideConfiguration & 3);
    return code + 1 & 7;
  }

  long tscDeadline() {
    return tscDeadline;
  }

  void setTscDeadline(long ticks) {
    if (mode != TSC_DEADLINE) {
      return; // ignored in the other modes
    }
    tscDeadline = ticks;
    armDeadline();
  }

  private void armDeadline() {
    if (tscDeadline > 0 && tscDeadline < TimerQueue.NEVER) {
      timer.arm(tscDeadline);
    } else {
      timer.cancel(); // 0 disarms; a deadline of 292 years or more never comes
    }
  }

  private void arm() {
    if (initialCount == 0) {
      timer.cancel();
      return;
    }
    long period = initialCount << shift();
    if (mode == PERIODIC) {
      long spaced = Math.max(period, LEAST_PERIOD_NANOS);
      long passed = Math.max(0, clock.nanos() - startNanos);
      timer.arm(startNanos + (passed / spaced + 1) * spaced);
    } else {
      timer.arm(startNanos + period); // a short count may have ended on the way to here: it is due at once
    }
  }

  private void expire() {
    if (mode == PERIODIC) {
      arm(); // from the deadline's own phase; ticks that were missed are one tick
    } else if (mode == TSC_DEADLINE) {
      tscDeadline = 0;
    }
    fire.run();
  }

  ApicTimerState save() {
    return new ApicTimerState(mode, divideConfiguration, initialCount, startNanos, tscDeadline, timer.deadline());
  }

  void restore(ApicTimerState state) {
    mode = state.mode();
    divideConfiguration = state.divideConfiguration();
    initialCount = state.initialCount();
    startNanos = state.startNanos();
    tscDeadline = state.tscDeadline();
    if (state.deadlineNanos() == TimerQueue.NEVER) {
      timer.cancel();
    } else {
      timer.arm(state.deadlineNanos());
    }
  }
}
