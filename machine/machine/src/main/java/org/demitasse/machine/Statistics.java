package org.demitasse.machine;

import java.util.List;

/**
 * What a machine did.
 *
 * @param instructions retired by all vCPUs since power-on
 * @param milestones when it reached what
 * @param devices how often the guest touched each range of a bus, in the order of the addresses, ports first
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
  public record DeviceCount(String name, long reads, long writes) {}
}
