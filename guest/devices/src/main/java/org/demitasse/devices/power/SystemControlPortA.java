package org.demitasse.devices.power;

import org.demitasse.devices.port.BytePorts;

/**
 * Port 0x92: fast reset and the A20 gate, which is always open here (IBM PS/2 Technical Reference, "System Control Port
 * A").
 */
public final class SystemControlPortA implements BytePorts {
  /** Its port. */
  public static final int PORT = 0x92;

  private static final int FAST_RESET = 0x01;
  private static final int A20 = 0x02;

  private final PowerControl power;
  private int control = A20;

  /** Makes the port. */
  public SystemControlPortA(PowerControl power) {
    this.power = power;
  }

  @Override
  public int readByte(int offset) {
    return control;
  }

  @Override
  public void writeByte(int offset, int value) {
    boolean rising = (value & ~control & FAST_RESET) != 0;
    control = value;
    if (rising) {
      power.reset();
    }
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(control);
  }

  /** Sets the state. */
  public void restore(State state) {
    control = state.control;
  }

  /**
   * The port's bits.
   *
   * @param control as last written
   */
  public record State(int control) {}
}
