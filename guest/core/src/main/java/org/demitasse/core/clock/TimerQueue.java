package org.demitasse.core.clock;

import java.util.PriorityQueue;

/**
 * The armed timers of a machine, soonest first; timers of one deadline expire in the order they were armed.
 *
 * <p>Under the machine's lock, like all devices. The engine asks {@link #nextDeadline()} how long it may run and calls
 * {@link #runDue(long)} between instructions.
 */
public final class TimerQueue {
  /** The deadline of a queue without an armed timer. */
  public static final long NEVER = Long.MAX_VALUE;

  private final PriorityQueue<Armed> armed = new PriorityQueue<>();
  private long sequence;
  private Runnable onSooner = () -> {};

  /** Makes a disarmed timer that runs {@code expiry} when its deadline has come. */
  public Timer newTimer(Runnable expiry) {
    return new Timer(this, expiry);
  }

  /** The soonest deadline in guest nanoseconds, or {@link #NEVER}. */
  public long nextDeadline() {
    dropStale();
    Armed first = armed.peek();
    return first == null ? NEVER : first.deadline;
  }

  /** Expires every timer whose deadline is at or before {@code nanos}. Each is disarmed before its action runs. */
  public void runDue(long nanos) {
    while (nextDeadline() <= nanos) {
      Armed due = armed.remove();
      due.timer.deadline = NEVER;
      due.timer.expiry.run();
    }
  }

  /** Sets what runs whenever the soonest deadline has moved nearer, so that a sleeping engine can be woken. */
  public void onSooner(Runnable action) {
    onSooner = action;
  }

  private void dropStale() {
    Armed first = armed.peek();
    while (first != null && first.generation != first.timer.generation) {
      armed.remove();
      first = armed.peek();
    }
  }

  /** One timer: armed with a deadline, or disarmed. */
  public static final class Timer {
    private final TimerQueue queue;
    private final Runnable expiry;
    private long deadline = NEVER;
    private long generation;

    Timer(TimerQueue queue, Runnable expiry) {
      this.queue = queue;
      this.expiry = expiry;
    }

    /**
     * Arms the timer for a moment in guest nanoseconds, instead of any earlier arming; a past moment is due at once.
     */
    public void arm(long deadlineNanos) {
      generation++;
      deadline = deadlineNanos;
      long before = queue.nextDeadline();
      queue.armed.add(new Armed(this, deadlineNanos, generation, queue.sequence++));
      if (deadlineNanos < before) {
        queue.onSooner.run();
      }
    }

    /** Disarms the timer. */
    public void cancel() {
      generation++;
      deadline = NEVER;
    }

    /** The deadline in guest nanoseconds, or {@link TimerQueue#NEVER} when disarmed. */
    public long deadline() {
      return deadline;
    }
  }

  private record Armed(Timer timer, long deadline, long generation, long sequence) implements Comparable<Armed> {
    @Override
    public int compareTo(Armed other) {
      int byDeadline = Long.compare(deadline, other.deadline);
      return byDeadline != 0 ? byDeadline : Long.compare(sequence, other.sequence);
    }
  }
}
