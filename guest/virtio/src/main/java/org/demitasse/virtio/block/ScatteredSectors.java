package org.demitasse.virtio.block;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.storage.Disk;

/**
 * Consecutive sectors scattered over pieces of guest memory. Pieces of whole sectors go to the disk as they are; only a
 * sector that is split between pieces, which drivers may do (VirtIO 1.2 2.6.4), is copied.
 */
final class ScatteredSectors {
  private final List<MemorySegment> pieces;
  private int piece;
  private long offset;

  ScatteredSectors(List<MemorySegment> pieces) {
    this.pieces = pieces;
  }

  /** Fills the pieces from the disk. */
  void readFrom(Disk disk, long sector) throws IOException {
    long next = sector;
    while (piece < pieces.size()) {
      List<MemorySegment> whole = takeWhole();
      if (!whole.isEmpty()) {
        disk.read(next, whole);
        next += sectors(whole);
      } else {
        MemorySegment split = MemorySegment.ofArray(new byte[Disk.SECTOR_BYTES]);
        disk.read(next++, split);
        forEachPart((part, position) -> part.copyFrom(split.asSlice(position, part.byteSize())));
      }
    }
  }

  /** Writes the pieces to the disk. */
  void writeTo(Disk disk, long sector) throws IOException {
    long next = sector;
    while (piece < pieces.size()) {
      List<MemorySegment> whole = takeWhole();
      if (!whole.isEmpty()) {
        disk.write(next, whole);
        next += sectors(whole);
      } else {
        MemorySegment split = MemorySegment.ofArray(new byte[Disk.SECTOR_BYTES]);
        forEachPart((part, position) -> split.asSlice(position, part.byteSize()).copyFrom(part));
        disk.write(next++, split);
      }
    }
  }

  private long leftInPiece() {
    return pieces.get(piece).byteSize() - offset;
  }

  private long wholeSectors() {
    return leftInPiece() / Disk.SECTOR_BYTES;
  }

  /** All up to the next sector that is split between pieces. */
  private List<MemorySegment> takeWhole() {
    List<MemorySegment> whole = new ArrayList<>();
    while (piece < pieces.size() && wholeSectors() > 0) {
      whole.add(take(wholeSectors() * Disk.SECTOR_BYTES));
    }
    return whole;
  }

  private static long sectors(List<MemorySegment> whole) {
    long bytes = 0;
    for (MemorySegment segment : whole) {
      bytes += segment.byteSize();
    }
    return bytes / Disk.SECTOR_BYTES;
  }

  private MemorySegment take(long bytes) {
    MemorySegment taken = pieces.get(piece).asSlice(offset, bytes);
    offset += bytes;
    if (leftInPiece() == 0) {
      piece++;
      offset = 0;
    }
    return taken;
  }

  private interface PartConsumer {
    void accept(MemorySegment part, long position);
  }

  private void forEachPart(PartConsumer consumer) {
    long position = 0;
    while (position < Disk.SECTOR_BYTES) {
      MemorySegment part = take(Math.min(leftInPiece(), Disk.SECTOR_BYTES - position));
      consumer.accept(part, position);
      position += part.byteSize();
    }
  }
}
