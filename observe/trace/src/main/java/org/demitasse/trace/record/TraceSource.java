package org.demitasse.trace.record;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A trace that can be read from its start as often as one likes. */
public interface TraceSource {
  /** What it is of. */
  TraceInfo info();

  /**
   * Reads it all into a sink, {@link TraceSink#end} included, also where the trace was cut off.
   *
   * @throws IOException if it cannot be read or is no trace
   */
  void read(TraceSink sink) throws IOException;

  /** What the last reading found wrong with it, in words; empty if nothing. */
  default List<String> troubles() {
    return List.of();
  }

  /** Where the last reading found that its end is missing, in one sentence; nothing if it is whole. */
  default Optional<String> breakOff() {
    return Optional.empty();
  }
}
