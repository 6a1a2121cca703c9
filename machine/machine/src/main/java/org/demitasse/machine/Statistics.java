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
 * @param memory how much of its memory it uses
 * @param engine what the engine counted, by the names of docs/stats.md
 * @param engineExits how often the vCPUs left the guest, by the engine's name of the reason
 */
public record Statistics(
    long instructions,
    Milestones milestones,
    List<DeviceCount> devices,
    MemoryCount memory,
    Map<String, Long> engine,
    Map<String, Long> engineExits) {
  /** Takes copies; those of maps keep their order. */
  public Statistics {
    devices = List.copyOf(devices);
    engine = Collections.unmodifiableMap(new LinkedHashMap<>(engine));
    engineExits = Collections.unmodifiableMap(new LinkedHashMap<>(engineExits));
  }

  /**
   * RAM.
   *
   * @param bytes that the guest was given
   * @param writtenBytes in pages of 4 KiB that have been written since power-on, or since the last state that a machine
   *     with a past kept; under KVM only those that devices wrote
   */
  public record MemoryCount(long bytes, long writtenBytes) {}

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
