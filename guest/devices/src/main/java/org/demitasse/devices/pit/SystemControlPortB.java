package org.demitasse.devices.pit;

import org.demitasse.core.clock.GuestClock;
import org.demitasse.devices.port.BytePorts;

/**
 * Port 0x61: the gate of counter 2, its output, and the refresh toggle that old delay loops count (IBM PC/AT Technical
 * Reference, "System Control Port B").
 */
public final class SystemControlPortB implements BytePorts {
  /** Its port. */
  public static final int PORT = 0x61;

  private static final int GATE_2 = 0x01;
  private static final int WRITABLE = 0x0f; // gate, speaker, parity and channel check enables
  private static final int REFRESH_TOGGLE = 0x10;
  private static final int OUTPUT_2 = 0x20;
  private static final long REFRESH_NANOS = 15_085;

  private final IntervalTimer timer;
  private final GuestClock clock;
  private int control;

  /** Makes the port beside the timer that it gates. */
  public SystemControlPortB(IntervalTimer timer, GuestClock clock) {
    this.timer = timer;
    this.clock = clock;
  }

  @Override
  public int readByte(int offset) {
    return control
        | ((clock.nanos() / REFRESH_NANOS & 1) != 0 ? REFRESH_TOGGLE : 0)
        | (timer.speakerOutput() ? OUTPUT_2 : 0);
  }

  @Override
  public void writeByte(int offset, int value) {
    control = value & WRITABLE;
    timer.setSpeakerGate((value & GATE_2) != 0);
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(control);
  }

  /** Sets the state; the gate itself is part of the timer's. */
  public void restore(State state) {
    control = state.control & WRITABLE;
  }

  /**
   * The port's own bits.
   *
   * @param control bits 3:0
   */
  public record State(int control) {}
}
