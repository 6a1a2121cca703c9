package org.demitasse.boot;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.memory.GuestMemory;

/**
 * Who owns which part of RAM at boot. Firmware tables have fixed places, then the kernel takes what its file says, then
 * the structures of the boot protocol get what is left: their preferred place, or another.
 */
public final class Placement {
  private static final long PAGE = 4096;

  private final GuestMemory memory;
  private final List<MemoryRange> taken = new ArrayList<>();

  /** Starts with the extended BIOS data area and the firmware's tables taken. */
  public Placement(GuestMemory memory) {
    this.memory = memory;
    taken.add(new MemoryRange("the extended BIOS data area", Layout.EBDA, Layout.CONVENTIONAL_END));
    taken.add(new MemoryRange("the firmware tables", Layout.RSDP, Layout.FIRMWARE_TABLES_END));
  }

  /** The memory that is divided up. */
  public GuestMemory memory() {
    return memory;
  }

  /**
   * Takes a place that the input file demands.
   *
   * @throws BootException if it is not RAM, or something else has it
   */
  public void claim(String what, long start, long bytes) throws BootException {
    if (!memory.contains(start, bytes)) {
      throw new BootException(
          "%s needs guest memory 0x%x to 0x%x, but the machine has %s"
              .formatted(what, start, start + bytes, describeMemory()));
    }
    for (MemoryRange other : taken) {
      if (bytes != 0 && other.overlaps(start, start + bytes)) {
        throw new BootException(
            "%s wants guest memory 0x%x to 0x%x, which belongs to %s (0x%x to 0x%x)"
                .formatted(what, start, start + bytes, other.what(), other.start(), other.end()));
      }
    }
    taken.add(new MemoryRange(what, start, start + bytes));
  }

  /** Says whether [start, start + bytes) is RAM that nobody owns. */
  public boolean isFree(long start, long bytes) {
    return memory.contains(start, bytes) && taken.stream().noneMatch(range -> range.overlaps(start, start + bytes));
  }

  /**
   * Finds and takes a place for something of ours: where it would like to be; else the lowest free page in [0x3000, 640
   * KiB), which leaves out what real-mode code and NetBSD's processor start-up use; else above the kernel.
   *
   * @param what for messages
   * @param preferred the address to try first
   * @param bytes how much, more than 0
   * @return the address, page-aligned unless it is the preferred one
   */
  public long place(String what, long preferred, long bytes) throws BootException {
    long address = preferred;
    if (!isFree(address, bytes)) {
      address = firstFree(0x3000, Layout.EBDA, bytes);
    }
    if (address < 0) {
      address = firstFree(endOfClaims(), lowEnd(), bytes);
    }
    if (address < 0) {
      throw new BootException("there is no room for %s in %s".formatted(what, describeMemory()));
    }
    claim(what, address, bytes);
    return address;
  }

  /**
   * Takes a page-aligned place as high as possible: above the kernel, which may use what is right behind it; only if
   * there is no room, below.
   *
   * @param what for messages
   * @param bytes how much
   * @param highest no byte of it may be above this address
   * @throws BootException if what is already there leaves no room
   */
  public long placeHigh(String what, long bytes, long highest) throws BootException {
    long end = Math.min(lowEnd(), highest + 1) & -PAGE;
    long address = (end - bytes) & -PAGE;
    if (bytes > end || address < endOfClaims()) {
      address = lastFree(end, bytes);
    }
    if (address < 0) {
      throw new BootException(
          "%s (%s) does not fit beside the kernel (up to %s) in %s"
              .formatted(what, size(bytes), size(endOfKernel()), describeMemory()));
    }
    claim(what, address, bytes);
    return address;
  }

  /** The highest place that ends where something in high memory begins, or -1. */
  private long lastFree(long end, long bytes) {
    long best = -1;
    for (MemoryRange range : taken) {
      long address = (Math.min(range.start(), end) - bytes) & -PAGE;
      if (address >= Layout.HIGH_MEMORY && isFree(address, bytes)) {
        best = Math.max(best, address);
      }
    }
    return best;
  }

  private long firstFree(long from, long to, long bytes) {
    for (long address = (from + PAGE - 1) & -PAGE; address + bytes <= to; address += PAGE) {
      if (isFree(address, bytes)) {
        return address;
      }
    }
    return -1;
  }

  /** The end of the highest range in low memory, with 64 KiB on top for what kernels put right behind themselves. */
  private long endOfClaims() {
    return endOfKernel() + 0x10000;
  }

  private long endOfKernel() {
    long end = Layout.HIGH_MEMORY;
    for (MemoryRange range : taken) {
      if (range.end() <= lowEnd() && !range.what().equals("the initrd")) {
        end = Math.max(end, range.end());
      }
    }
    return end;
  }

  private long lowEnd() {
    return memory.regions().getFirst().end();
  }

  private String describeMemory() {
    return size(memory.bytes()) + " of memory";
  }

  /** A size for people: in MiB, rounded up, or bytes if it is small. */
  public static String size(long bytes) {
    return bytes < 1 << 20 ? bytes + " bytes" : ((bytes + (1 << 20) - 1) >>> 20) + " MiB";
  }
}
