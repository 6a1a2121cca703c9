package org.demitasse.core.bus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An address space of devices: the 64 KiB of x86 ports, or guest-physical addresses outside RAM.
 *
 * <p>A read that no device answers gives all ones and a write is dropped, as on a PC; both are counted. An access that
 * runs over the end of a device's range goes to the device where it starts.
 */
public final class Bus {
  private final String name;
  private Mapping[] mappings = new Mapping[0];
  private @Nullable Mapping last;
  private long unclaimedReads;
  private long unclaimedWrites;
  private @Nullable AccessListener listener;

  /** Is told of every access that a device answers. */
  @FunctionalInterface
  public interface AccessListener {
    /** Before the device sees it. */
    void accessed(Mapping mapping, boolean write, long offset);
  }

  /**
   * Makes an empty bus.
   *
   * @param name "port" or "memory", for messages
   */
  public Bus(String name) {
    this.name = name;
  }

  /**
   * Puts a device at [start, start + length).
   *
   * @throws IllegalArgumentException if the range is empty or overlaps another device
   */
  public void map(String device, long start, long length, BusDevice target) {
    if (length <= 0 || start < 0 || start + length < start) {
      throw new IllegalArgumentException(
          "%s bus: %s has the unusable range 0x%x + 0x%x".formatted(name, device, start, length));
    }
    for (Mapping other : mappings) {
      if (start < other.end && other.start < start + length) {
        throw new IllegalArgumentException(
            "%s bus: %s at 0x%x overlaps %s at 0x%x".formatted(name, device, start, other.device, other.start));
      }
    }
    List<Mapping> sorted = new ArrayList<>(List.of(mappings));
    sorted.add(new Mapping(device, start, start + length, target));
    sorted.sort(Comparator.comparingLong(Mapping::start));
    mappings = sorted.toArray(Mapping[]::new);
    last = null;
  }

  /** Reads {@code size} (1, 2, 4, 8) bytes at an address; all ones where there is no device. */
  public long read(long address, int size) {
    Mapping mapping = find(address);
    if (mapping == null) {
      unclaimedReads++;
      return size == 8 ? -1L : (1L << (size * 8)) - 1;
    }
    mapping.reads++;
    if (listener != null) {
      listener.accessed(mapping, false, address - mapping.start);
    }
    return mapping.target.read(address - mapping.start, size);
  }

  /** Writes {@code size} (1, 2, 4, 8) bytes at an address; dropped where there is no device. */
  public void write(long address, int size, long value) {
    Mapping mapping = find(address);
    if (mapping == null) {
      unclaimedWrites++;
      return;
    }
    mapping.writes++;
    if (listener != null) {
      listener.accessed(mapping, true, address - mapping.start);
    }
    mapping.target.write(address - mapping.start, size, value);
  }

  /** Tells a listener of every access from now on; null for nobody. */
  public void onAccess(@Nullable AccessListener to) {
    listener = to;
  }

  /** The device range that holds an address, or null. */
  public @Nullable Mapping find(long address) {
    Mapping hit = last;
    if (hit != null && address >= hit.start && address < hit.end) {
      return hit;
    }
    int low = 0;
    int high = mappings.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Mapping mapping = mappings[middle];
      if (address < mapping.start) {
        high = middle - 1;
      } else if (address >= mapping.end) {
        low = middle + 1;
      } else {
        last = mapping;
        return mapping;
      }
    }
    return null;
  }

  /** All mapped ranges in address order, with their access counts. */
  public List<Mapping> mappings() {
    return Collections.unmodifiableList(List.of(mappings));
  }

  /** Reads that no device answered. */
  public long unclaimedReads() {
    return unclaimedReads;
  }

  /** Writes that no device took. */
  public long unclaimedWrites() {
    return unclaimedWrites;
  }

  /** One device's range [start, end) on a bus, and how often the guest touched it. */
  public static final class Mapping {
    private final String device;
    private final long start;
    private final long end;
    private final BusDevice target;
    private long reads;
    private long writes;

    Mapping(String device, long start, long end, BusDevice target) {
      this.device = device;
      this.start = start;
      this.end = end;
      this.target = target;
    }

    /** The device's name. */
    public String device() {
      return device;
    }

    /** First address. */
    public long start() {
      return start;
    }

    /** First address after the range. */
    public long end() {
      return end;
    }

    /** How many reads the guest made. */
    public long reads() {
      return reads;
    }

    /** How many writes the guest made. */
    public long writes() {
      return writes;
    }
  }
}
