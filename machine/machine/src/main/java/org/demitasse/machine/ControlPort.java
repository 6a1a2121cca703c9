package org.demitasse.machine;

import org.demitasse.devices.power.PowerControl;
import org.demitasse.virtio.console.ConsolePort;
import org.demitasse.virtio.console.LineOutput;

/**
 * Port 1 of the console device, where a guest that cannot switch its machine off asks for it by a line: what smolBSD's
 * shutdown script does once its file systems are read-only.
 */
final class ControlPort {
  /** How the line begins that means: everything is on disk, end the machine. */
  static final String POWER_OFF = "JEMATA!";

  private static final String NAME = "org.demitasse.control";

  private ControlPort() {}

  /** The port whose line ends a machine. */
  static ConsolePort of(PowerControl power) {
    return new ConsolePort(
        NAME,
        new LineOutput(line -> {
          if (line.startsWith(POWER_OFF)) {
            power.powerOff();
          }
        }));
  }
}
