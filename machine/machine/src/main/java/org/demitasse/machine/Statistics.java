package org.demitasse.machine;

import java.util.List;

/**
 * What a machine did.
 *
 * @param instructions retired by all vCPUs since power-on
 * @param milestones when it reached what
 * @param devices how often the guest touched each, in the order of the addresses, ports first
 */
public record Statistics(long instructions, Milestones milestones, List<DeviceCount> devices) {
  /** Takes a copy of the list. */
  public Statistics {
    devices = List.copyOf(devices);
  }

  /**
   * Accesses to one device.
   *
   * @param name unique within a machine
   */
  public record DeviceCount(String name, long reads, long writes) {
    /** The accesses to this device and to another part of it. */
    DeviceCount plus(DeviceCount part) {
      return new DeviceCount(name, reads + part.reads, writes + part.writes);
    }
  }
}
