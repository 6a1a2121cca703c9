package org.demitasse.trace.record;

/**
 * Takes a stream of trace records, in the order in which they were made. Times are ticks of the trace's {@link
 * TraceInfo}, never negative; within one track they should not go back, and whoever reads a stream must bear it if they
 * do.
 *
 * <p>Strings and tracks are introduced by number before they are used.
 */
public interface TraceSink {
  /** An exit that does not say from what: from whatever is open. */
  int UNKNOWN = -1;

  /** Frame of a vCPU that has nothing to do; its time is waiting, not work. */
  String IDLE = "(idle)";

  /** Frame of a thread that does not run because another does; its time is waiting, not work. */
  String OFF_CPU = "(off cpu)";

  /** Frame of everything that happens outside the kernel. */
  String USER = "(user)";

  /** Introduces a string: numbers go up from 0 without a gap. */
  void string(int number, String text);

  /** Introduces a track, that is a thread or a vCPU, or gives it a better name: numbers go up from 0. */
  void track(int number, String name);

  /** A function begins. */
  void enter(int track, long time, int function);

  /** A function ends; {@code function} may be {@link #UNKNOWN}. */
  void exit(int track, long time, int function);

  /** Something happened. */
  void event(int track, long time, EventKind kind, int text);

  /**
   * Something has happened that took time; by itself it is told as any event is.
   *
   * @param time when it was over
   * @param ticks how long it took
   */
  default void cost(int track, long time, EventKind kind, int text, long ticks) {
    event(track, time, kind, text);
  }

  /** The trace ends: nothing follows. */
  void end(long time);
}
