package org.demitasse.devices.power;

import org.demitasse.core.bus.BusDevice;

/**
 * The PCI configuration ports 0xcf8-0xcff of a machine without PCI, which read as all ones, and among them the reset
 * control register 0xcf9 (Intel ICH9 data sheet, 13.7.5).
 */
public final class ResetControl implements BusDevice {
  /** First port. */
  public static final int PORT = 0xcf8;

  /** How many ports it takes. */
  public static final int PORTS = 8;

  private static final int REGISTER = 1;
  private static final int RESET_CPU = 0x04;

  private final PowerControl power;
  private int control;

  /** Makes the ports. */
  public ResetControl(PowerControl power) {
    this.power = power;
  }

  @Override
  public long read(long offset, int size) {
    return offset == REGISTER && size == 1 ? control : -1L;
  }

  @Override
  public void write(long offset, int size, long value) {
    if (offset != REGISTER || size != 1) {
      return; // it addresses a PCI device, of which there is none
    }
    boolean rising = (value & ~control & RESET_CPU) != 0;
    control = (int) value & 0x0e;
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
   * The register.
   *
   * @param control the reset control register
   */
  public record State(int control) {}
}
