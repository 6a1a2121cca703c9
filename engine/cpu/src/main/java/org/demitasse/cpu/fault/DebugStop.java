package org.demitasse.cpu.fault;

/** Leaves the run loop before an instruction had any effect: a debugger has a breakpoint on it. */
public final class DebugStop extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DebugStop() {
    super(null, null, false, false);
  }
}
