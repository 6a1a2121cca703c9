package org.demitasse.trace.span;

import org.demitasse.trace.record.EventKind;

/**
 * Takes spans, as {@link SpanBuilder} finds them: inner ones are closed before outer ones. All but close may be
 * ignored.
 */
public interface SpanSink {
  /** Introduces a string. */
  default void string(int number, String text) {}

  /** Introduces or renames a track. */
  default void track(int number, String name) {}

  /** A span begins. */
  default void open(int track, int depth, int function, long start) {}

  /** A span has ended. The object is used again for the next one: copy what is needed later. */
  void close(Span span);

  /** Something happened. */
  default void event(int track, long time, EventKind kind, int text) {}

  /** Something has happened that took time. */
  default void cost(int track, long time, EventKind kind, int text, long ticks) {
    event(track, time, kind, text);
  }

  /** The trace ends. */
  default void end(long time) {}

  /** One span that has ended. */
  final class Span {
    /** Its track. */
    public int track;

    /** How many spans it lies in. */
    public int depth;

    /** Its function, a string number. */
    public int function;

    /** When it began. */
    public long start;

    /** When it ended. */
    public long end;

    /** Ticks of work in it: without those in which its thread or vCPU waited. */
    public long busy;

    /** Ticks of work in it and in no span inside it. */
    public long self;

    /** No span around it is of the same function: totals of recursive functions count only these. */
    public boolean outermost;

    /** Its frame means that nothing is done: see {@link org.demitasse.trace.record.TraceSink#IDLE}. */
    public boolean waiting;

    /** Makes an empty one. */
    public Span() {}

    /** Ticks from start to end. */
    public long length() {
      return end - start;
    }
  }
}
