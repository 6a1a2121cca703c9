package org.demitasse.boot;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.MemoryRegion;

/** The memory map that every boot protocol hands over, in address order (ACPI 6.5, 15.1: address range types). */
public final class MemoryMap {
  /** Usable memory. */
  public static final int RAM = 1;

  /** Not for the guest's use. */
  public static final int RESERVED = 2;

  private MemoryMap() {}

  /** The map of a machine: conventional memory, the BIOS areas, then RAM from 1 MiB up and from 4 GiB up. */
  public static List<Entry> of(GuestMemory memory) {
    List<Entry> map = new ArrayList<>();
    long low = memory.regions().getFirst().end();
    map.add(new Entry(0, Math.min(low, Layout.EBDA), RAM));
    map.add(new Entry(Layout.EBDA, Layout.CONVENTIONAL_END - Layout.EBDA, RESERVED));
    map.add(new Entry(Layout.RSDP, Layout.HIGH_MEMORY - Layout.RSDP, RESERVED));
    if (low > Layout.HIGH_MEMORY) {
      map.add(new Entry(Layout.HIGH_MEMORY, low - Layout.HIGH_MEMORY, RAM));
    }
    for (MemoryRegion region : memory.regions()) {
      if (region.start() > 0) {
        map.add(new Entry(region.start(), region.bytes(), RAM));
      }
    }
    return List.copyOf(map);
  }

  /** Guest-physical [start, start + bytes) and its type. */
  public record Entry(long start, long bytes, int type) {}
}
