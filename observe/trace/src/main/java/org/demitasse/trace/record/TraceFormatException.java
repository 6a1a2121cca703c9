package org.demitasse.trace.record;

import java.io.IOException;

/** A file is not the trace that it should be. */
public final class TraceFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says which file and what is wrong, in one sentence. */
  public TraceFormatException(String sentence) {
    super(sentence);
  }
}
