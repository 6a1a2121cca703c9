package org.demitasse.devices.power;

/** What a guest can ask of the machine it runs on. Called under the machine's lock; must not block. */
public interface PowerControl {
  /** The guest switched itself off. */
  void powerOff();

  /** The guest asked for a reset. */
  void reset();

  /**
   * The guest wrote the debug-exit port.
   *
   * @param status the process exit status it asked for: {@code (value << 1) | 1}
   */
  void debugExit(int status);
}
