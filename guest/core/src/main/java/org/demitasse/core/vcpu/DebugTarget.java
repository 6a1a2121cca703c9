package org.demitasse.core.vcpu;

/** Debugging one vCPU of a stopped engine: breakpoints, watchpoints, steps and memory by linear address. */
public interface DebugTarget {
  /** What {@link #watchHit()} gives when no watchpoint was hit. */
  long NO_HIT = -1;

  /** Kinds of stops. */
  enum Kind {
    /** Before the instruction at an address executes. */
    EXECUTE,
    /** After a write to a range. */
    WRITE,
    /** After a read or write of a range. */
    ACCESS
  }

  /**
   * Stops at a linear address. Setting one twice is one.
   *
   * @param length 1, 2, 4 or 8 bytes; 1 for EXECUTE
   * @return false if the engine has no more of this kind
   */
  boolean addBreakpoint(Kind kind, long linear, int length);

  /** Removes a breakpoint; false if there is none such. */
  boolean removeBreakpoint(Kind kind, long linear, int length);

  /** Makes the next run stop with BREAKPOINT after one instruction of this vCPU. */
  void setSingleStep(boolean on);

  /**
   * Holds off external interrupts and NMIs while single-stepping, so that steps stay in the code that is looked at.
   * Engines that cannot do it go on delivering them.
   */
  default void setInterruptsHeld(boolean on) {}

  /** Keeps this vCPU from running while others do. Engines that cannot do it let it run. */
  default void setHeld(boolean on) {}

  /**
   * Translates a linear address with the current paging, as a supervisor read without side effects.
   *
   * @return the gpa, or -1 if it is not mapped
   */
  long translate(long linear);

  /** Address of the watchpoint that stopped the last run, or -1. */
  long watchHit();
}
