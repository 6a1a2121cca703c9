package org.demitasse.machine;

/** The engine that was asked for cannot run a machine on this host. The message is one sentence for the user. */
public final class UnusableEngineException extends UnusableInputException {
  private static final long serialVersionUID = 1L;

  /** Says which engine, and why. */
  public UnusableEngineException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
