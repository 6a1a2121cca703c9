package org.demitasse.machine;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a machine did.
 *
 * @param instructions retired by all vCPUs since power-on
 * @param milestones when it reached what
 * @param devices how often the guest touched each, in the order of the addresses, ports first
 * @param engineExits how often the vCPUs left the guest, by the engine's name of the reason
 */
public record Statistics(
    long instructions, Milestones milestones, List<DeviceCount> devices, Map<String, Long> engineExits) {
  /** Takes copies of the list and the map, which keeps its order. */
  public Statistics {
    devices = List.copyOf(devices);
    engineExits = Collections.unmodifiableMap(new LinkedHashMap<>(engineExits));
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
