package org.demitasse.core.vcpu;

/** The inputs of an engine's own interrupt controllers: 8259s, an I/O APIC of 24 pins and local APICs behind them. */
@FunctionalInterface
public interface InterruptInputs {
  /**
   * Drives an input. Called under the machine's lock, on changes only.
   *
   * @param gsi pin n of the I/O APIC and, below 16, of the 8259s; 0 is the interval timer, whose I/O APIC pin is 2
   * @param level true asserts it
   */
  void set(int gsi, boolean level);
}
