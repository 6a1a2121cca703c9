package org.demitasse.storage;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** A scratch disk in the Java heap: zeroes at first, gone when closed. Takes memory only for what was written. */
public final class MemoryDisk implements Disk {
  private static final int CHUNK_SECTORS = 128;
  private static final int CHUNK_BYTES = CHUNK_SECTORS * SECTOR_BYTES;

  private final String name;
  private final long sectors;
  private final Map<Long, byte[]> chunks = new HashMap<>();

  /**
   * Makes a disk of zeroes.
   *
   * @param name for messages
   * @param sectors its size, positive
   */
  public MemoryDisk(String name, long sectors) {
    if (sectors <= 0) {
      throw new IllegalArgumentException("disk %s of %d sectors: at least 1 is needed".formatted(name, sectors));
    }
    this.name = name;
    this.sectors = sectors;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long sectors() {
    return sectors;
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public void read(long sector, MemorySegment into) {
    SectorRange.of(this, sector, into);
    long done = 0;
    while (done < into.byteSize()) {
      long position = sector * SECTOR_BYTES + done;
      long piece = pieceAt(position, into.byteSize() - done);
      byte[] chunk = chunks.get(position / CHUNK_BYTES);
      MemorySegment target = into.asSlice(done, piece);
      if (chunk == null) {
        target.fill((byte) 0);
      } else {
        target.copyFrom(MemorySegment.ofArray(chunk).asSlice(position % CHUNK_BYTES, piece));
      }
      done += piece;
    }
  }

  @Override
  public void write(long sector, MemorySegment from) {
    SectorRange.of(this, sector, from);
    long done = 0;
    while (done < from.byteSize()) {
      long position = sector * SECTOR_BYTES + done;
      long piece = pieceAt(position, from.byteSize() - done);
      byte[] chunk = chunks.computeIfAbsent(position / CHUNK_BYTES, absent -> new byte[CHUNK_BYTES]);
      MemorySegment.ofArray(chunk).asSlice(position % CHUNK_BYTES, piece).copyFrom(from.asSlice(done, piece));
      done += piece;
    }
  }

  @Override
  public void flush() {}

  @Override
  public void discard(long sector, long sectors) {
    writeZeroes(sector, sectors);
  }

  @Override
  public void writeZeroes(long sector, long sectors) {
    SectorRange.check(this, sector, sectors);
    long first = Math.ceilDiv(sector, CHUNK_SECTORS);
    long end = (sector + sectors) / CHUNK_SECTORS;
    if (first >= end) {
      clear(sector, sector + sectors);
      return;
    }
    clear(sector, first * CHUNK_SECTORS);
    chunks.keySet().removeIf(chunk -> chunk >= first && chunk < end);
    clear(end * CHUNK_SECTORS, sector + sectors);
  }

  @Override
  public void close() {
    chunks.clear();
  }

  /** Clears [start, end) sectors, which are at most part of two chunks. */
  private void clear(long start, long end) {
    long done = start * SECTOR_BYTES;
    while (done < end * SECTOR_BYTES) {
      long piece = pieceAt(done, end * SECTOR_BYTES - done);
      byte[] chunk = chunks.get(done / CHUNK_BYTES);
      if (chunk != null) {
        MemorySegment.ofArray(chunk).asSlice(done % CHUNK_BYTES, piece).fill((byte) 0);
      }
      done += piece;
    }
  }

  private static long pieceAt(long position, long left) {
    return Math.min(left, CHUNK_BYTES - position % CHUNK_BYTES);
  }
}
