package org.demitasse.devices.serial;

/** Where the bytes go that the guest sends. Called under the machine's lock, once a byte; must not block. */
@FunctionalInterface
public interface SerialOutput {
  /** An output that drops everything. */
  SerialOutput NONE = value -> {};

  /** Takes one byte, 0-255. */
  void send(int value);
}
