package org.demitasse.cpu.core;

/** Is asked before an instruction at a place where a debugger may have a breakpoint. */
@FunctionalInterface
public interface ExecuteWatch {
  /** Watches nothing. */
  ExecuteWatch NONE = linear -> {};

  /**
   * The instruction at a linear address is about to execute.
   *
   * @throws org.demitasse.cpu.fault.DebugStop if it must not
   */
  void beforeInstruction(long linear);
}
