package org.demitasse.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A disk: {@link #sectors()} sectors of 512 bytes. Transfers go straight between the host's storage and the segment,
 * with no copy when the segment is native memory.
 *
 * <p>Sector ranges must lie inside the disk and segments must hold whole sectors: the caller has checked, and a wrong
 * range is an {@link IllegalArgumentException}. An {@link IOException} says which disk, what was tried and where. One
 * thread at a time.
 */
public interface Disk extends AutoCloseable {
  /** Bytes in a sector. */
  int SECTOR_BYTES = 512;

  /** What the disk is called in messages: a file's path, or what it is made of. */
  String name();

  /** How many sectors there are. */
  long sectors();

  /** Says whether {@link #write}, {@link #discard} and {@link #writeZeroes} are refused. */
  boolean readOnly();

  /**
   * Reads sectors.
   *
   * @param sector the first one
   * @param into filled wholly; a multiple of 512 bytes
   */
  void read(long sector, MemorySegment into) throws IOException;

  /**
   * Writes sectors. They are safe on storage after the next {@link #flush()}.
   *
   * @param sector the first one
   * @param from written wholly; a multiple of 512 bytes
   */
  void write(long sector, MemorySegment from) throws IOException;

  /**
   * Reads consecutive sectors into several segments, one after the other.
   *
   * @param sector the first one
   * @param into each filled wholly; each a multiple of 512 bytes
   */
  default void read(long sector, List<MemorySegment> into) throws IOException {
    long next = sector;
    for (MemorySegment piece : into) {
      read(next, piece);
      next += piece.byteSize() / SECTOR_BYTES;
    }
  }

  /**
   * Writes several segments, one after the other, to consecutive sectors; as {@link #write(long, MemorySegment)}.
   *
   * @param sector the first one
   * @param from each written wholly; each a multiple of 512 bytes
   */
  default void write(long sector, List<MemorySegment> from) throws IOException {
    long next = sector;
    for (MemorySegment piece : from) {
      write(next, piece);
      next += piece.byteSize() / SECTOR_BYTES;
    }
  }

  /** Makes every completed write survive a crash of the host. */
  void flush() throws IOException;

  /** Says that the contents of some sectors are no longer needed: a hint, after which they read as anything. */
  void discard(long sector, long sectors) throws IOException;

  /** Makes some sectors read as zeroes. */
  void writeZeroes(long sector, long sectors) throws IOException;

  /** Gives the storage back. Does not flush. */
  @Override
  void close() throws IOException;
}
