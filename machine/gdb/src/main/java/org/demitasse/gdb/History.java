package org.demitasse.gdb;

/**
 * The past of a machine whose execution can be repeated exactly. Called on the machine's thread while it does not run.
 */
public interface History {
  /**
   * Goes back by one instruction.
   *
   * @return false if there is nothing before; then nothing has changed
   */
  boolean stepBack();

  /**
   * Goes back to the last stop at a breakpoint or watchpoint that the engine has set, or to the beginning.
   *
   * <p>A watched access is stopped at before it happens, a breakpoint before its instruction.
   */
  Stop continueBack();

  /**
   * Where going back ended.
   *
   * @param found false if the beginning was reached
   * @param watched the watchpoint that was hit, or {@link org.demitasse.core.vcpu.DebugTarget#NO_HIT}
   */
  record Stop(boolean found, long watched) {}
}
