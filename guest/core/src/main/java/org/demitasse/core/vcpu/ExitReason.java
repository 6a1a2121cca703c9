package org.demitasse.core.vcpu;

/**
 * Why the vCPUs of a machine stopped running. Port and memory-mapped accesses are not exits: the engine calls the bus.
 */
public enum ExitReason {
  /** Every vCPU has executed HLT with interrupts off, so nothing can wake the machine. */
  HALTED,
  /** The guest powered the machine off. */
  SHUTDOWN,
  /** The guest asked for a reset. */
  RESET,
  /** A fault while delivering a double fault (Intel SDM volume 3, 6.15, interrupt 8). */
  TRIPLE_FAULT,
  /** A breakpoint, watchpoint or single step of the debugger. */
  BREAKPOINT,
  /** {@link Engine.Running#kick()} was called. */
  KICKED,
  /** The engine cannot go on: its own message says why. */
  INTERNAL_ERROR
}
