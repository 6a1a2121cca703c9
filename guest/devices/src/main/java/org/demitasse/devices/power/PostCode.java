package org.demitasse.devices.power;

import org.demitasse.devices.port.BytePorts;

/**
 * Port 0x80: progress codes for a display that nobody has. Guests also write it for a short pause, which costs no time
 * here.
 */
public final class PostCode implements BytePorts {
  /** Its port. */
  public static final int PORT = 0x80;

  private int code;

  /** Makes the port. */
  public PostCode() {}

  @Override
  public int readByte(int offset) {
    return code;
  }

  @Override
  public void writeByte(int offset, int value) {
    code = value;
  }

  /** The last code, 0-255. */
  public int code() {
    return code;
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(code);
  }

  /** Sets the state. */
  public void restore(State state) {
    code = state.code;
  }

  /**
   * The port.
   *
   * @param code the last code
   */
  public record State(int code) {}
}
