package org.demitasse.storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** A disk whose sectors are the bytes of a file (or block device), locked against other users while it is open. */
public final class RawDisk implements Disk {
  private static final long ZEROES_BYTES = 1 << 20;

  private final DiskFile file;
  private final long sectors;
  private final int trailingBytes;
  private MemorySegment zeroes = MemorySegment.NULL; // allocated when first needed

  private RawDisk(DiskFile file, long bytes) {
    this.file = file;
    sectors = bytes / SECTOR_BYTES;
    trailingBytes = (int) (bytes % SECTOR_BYTES);
  }

  /**
   * Opens an image file.
   *
   * @param readOnly asks for a shared lock and no write access; else the lock is exclusive
   * @throws UnusableDiskException if it is missing, unreadable, no file, smaller than a sector, or in use
   */
  public static RawDisk open(Path path, boolean readOnly) throws IOException {
    DiskFile file = DiskFile.open(path, !readOnly);
    try {
      long bytes = file.bytes();
      if (bytes < SECTOR_BYTES) {
        throw new UnusableDiskException(
            "disk %s has %d bytes: at least one sector of 512 is needed".formatted(path, bytes), null);
      }
      return new RawDisk(file, bytes);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Makes a sparse scratch disk of zeroes that vanishes when closed.
   *
   * @param directory where its file lives meanwhile
   * @param sectors its size, positive
   */
  public static RawDisk temporary(Path directory, long sectors) throws IOException {
    if (sectors <= 0 || sectors > Long.MAX_VALUE / SECTOR_BYTES) {
      throw new IllegalArgumentException("a disk of %d sectors cannot be made".formatted(sectors));
    }
    long bytes = sectors * SECTOR_BYTES;
    return new RawDisk(DiskFile.temporary(directory, bytes), bytes);
  }

  /**
   * How many bytes at the end of the file are no whole sector and so not part of the disk: 0-511. Images signed by
   * smolBSD end in 56 such bytes. Who opens the disk tells the user.
   */
  public int trailingBytes() {
    return trailingBytes;
  }

  @Override
  public String name() {
    return file.path().toString();
  }

  @Override
  public long sectors() {
    return sectors;
  }

  @Override
  public boolean readOnly() {
    return !file.writable();
  }

  @Override
  public void read(long sector, MemorySegment into) throws IOException {
    SectorRange.of(this, sector, into);
    file.read(sector * SECTOR_BYTES, into);
  }

  @Override
  public void write(long sector, MemorySegment from) throws IOException {
    requireWritable();
    SectorRange.of(this, sector, from);
    file.write(sector * SECTOR_BYTES, from);
  }

  @Override
  public void read(long sector, List<MemorySegment> into) throws IOException {
    SectorRange.of(this, sector, into);
    file.read(sector * SECTOR_BYTES, into);
  }

  @Override
  public void write(long sector, List<MemorySegment> from) throws IOException {
    requireWritable();
    SectorRange.of(this, sector, from);
    file.write(sector * SECTOR_BYTES, from);
  }

  @Override
  public void flush() throws IOException {
    if (file.writable()) {
      file.flush();
    }
  }

  /** Changes nothing: Java cannot punch holes, and a discard is only a hint. */
  @Override
  public void discard(long sector, long sectors) throws IOException {
    requireWritable();
    SectorRange.check(this, sector, sectors);
  }

  @Override
  public void writeZeroes(long sector, long sectors) throws IOException {
    requireWritable();
    SectorRange.check(this, sector, sectors);
    if (zeroes.byteSize() == 0) {
      zeroes = Arena.ofAuto().allocate(ZEROES_BYTES);
    }
    long end = (sector + sectors) * SECTOR_BYTES;
    for (long position = sector * SECTOR_BYTES; position < end; position += ZEROES_BYTES) {
      file.write(position, zeroes.asSlice(0, Math.min(ZEROES_BYTES, end - position)));
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void requireWritable() throws IOException {
    if (!file.writable()) {
      throw new IOException("disk %s is read-only".formatted(name()));
    }
  }
}
