package org.demitasse.devices.power;

import org.demitasse.core.bus.BusDevice;

/** The port that ends the whole program, for guests that are tests: the exit status is {@code (value << 1) | 1}. */
public final class DebugExit implements BusDevice {
  /** First port. */
  public static final int PORT = 0xf4;

  /** How many ports it takes. */
  public static final int PORTS = 4;

  private final PowerControl power;

  /** Makes the port. */
  public DebugExit(PowerControl power) {
    this.power = power;
  }

  @Override
  public long read(long offset, int size) {
    return 0;
  }

  @Override
  public void write(long offset, int size, long value) {
    power.debugExit((int) value << 1 | 1);
  }
}
