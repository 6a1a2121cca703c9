package org.demitasse.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with a sentence and an exit status. */
final class FailedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  FailedException(int status, String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
    this.status = status;
  }

  int status() {
    return status;
  }
}
