package org.demitasse.cpu.interpret;

/** Translated code did something else than the interpreter: our mistake, found by {@link RegionCheck}. */
public final class TwinMismatch extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TwinMismatch(String report) {
    super(report);
  }
}
