package org.demitasse.core.bus;

/**
 * One interrupt line of a device: a level that an interrupt controller watches. Raising a raised line changes nothing.
 */
public interface IrqLine {
  /** A line that goes nowhere. */
  IrqLine NONE = level -> {};

  /** Drives the line: true asserts it, false deasserts it. */
  void set(boolean level);

  /** Asserts the line. */
  default void raise() {
    set(true);
  }

  /** Deasserts the line. */
  default void lower() {
    set(false);
  }

  /** Asserts and deasserts the line: one edge. */
  default void pulse() {
    set(true);
    set(false);
  }
}
