package org.demitasse.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Another disk that may only be read. */
public final class ReadOnlyDisk implements Disk {
  private final Disk base;

  /** Guards a disk, and closes it when closed. */
  public ReadOnlyDisk(Disk base) {
    this.base = base;
  }

  @Override
  public String name() {
    return base.name();
  }

  @Override
  public long sectors() {
    return base.sectors();
  }

  @Override
  public boolean readOnly() {
    return true;
  }

  @Override
  public void read(long sector, MemorySegment into) throws IOException {
    base.read(sector, into);
  }

  @Override
  public void read(long sector, List<MemorySegment> into) throws IOException {
    base.read(sector, into);
  }

  @Override
  public void write(long sector, MemorySegment from) throws IOException {
    throw refusal("write", sector);
  }

  @Override
  public void flush() {}

  @Override
  public void discard(long sector, long sectors) throws IOException {
    throw refusal("discard", sector);
  }

  @Override
  public void writeZeroes(long sector, long sectors) throws IOException {
    throw refusal("write zeroes to", sector);
  }

  @Override
  public void close() throws IOException {
    base.close();
  }

  private IOException refusal(String what, long sector) {
    return new IOException("disk %s is read-only: will not %s sector %d".formatted(name(), what, sector));
  }
}
