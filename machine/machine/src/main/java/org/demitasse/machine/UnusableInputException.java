package org.demitasse.machine;

import org.jspecify.annotations.Nullable;

/** A file or word that a machine was to be made of cannot be used. The message is one sentence for the user. */
public sealed class UnusableInputException extends Exception permits UnusableEngineException {
  private static final long serialVersionUID = 1L;

  /** Says which input, and why. */
  public UnusableInputException(@Nullable String sentence, Throwable cause) {
    super(sentence, cause);
  }

  /** Says which input, and why. */
  public UnusableInputException(String sentence) {
    super(sentence);
  }
}
