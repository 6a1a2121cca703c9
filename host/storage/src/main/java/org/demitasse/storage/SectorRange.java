package org.demitasse.storage;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** The check that every disk makes of its caller's sector range. */
final class SectorRange {
  private SectorRange() {}

  /** Number of whole sectors in a segment that starts at a sector of the disk. */
  static long of(Disk disk, long sector, MemorySegment segment) {
    long bytes = segment.byteSize();
    if (bytes % Disk.SECTOR_BYTES != 0) {
      throw new IllegalArgumentException("%s: 0x%x bytes are not whole sectors".formatted(disk.name(), bytes));
    }
    check(disk, sector, bytes / Disk.SECTOR_BYTES);
    return bytes / Disk.SECTOR_BYTES;
  }

  /** The same for segments that follow each other. */
  static long of(Disk disk, long sector, List<MemorySegment> segments) {
    long end = sector;
    for (MemorySegment segment : segments) {
      end += of(disk, end, segment);
    }
    return end - sector;
  }

  static void check(Disk disk, long sector, long sectors) {
    if (sector < 0 || sectors < 0 || sector > disk.sectors() || sectors > disk.sectors() - sector) {
      throw new IllegalArgumentException(
          "%s: %d sectors at %d are outside its %d sectors".formatted(disk.name(), sectors, sector, disk.sectors()));
    }
  }
}
