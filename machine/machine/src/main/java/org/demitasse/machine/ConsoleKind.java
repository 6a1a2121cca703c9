package org.demitasse.machine;

/** Which device of the guest is connected to the console. */
public enum ConsoleKind {
  /** The first serial port: COM1, {@code ttyS0}, {@code com0}. */
  COM,
  /** The first port of a virtio console: {@code hvc0}, {@code ttyVI00}. */
  VIRTIO
}
