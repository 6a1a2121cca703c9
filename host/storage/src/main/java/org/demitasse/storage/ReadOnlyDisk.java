package org.demitasse.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Another disk that may only be read. */
public final class ReadOnlyDisk extends ForwardingDisk {
  /** Guards a disk, and closes it when closed. */
  public ReadOnlyDisk(Disk base) {
    super(base);
  }

  @Override
  public boolean readOnly() {
    return true;
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

  private IOException refusal(String what, long sector) {
    return new IOException("disk %s is read-only: will not %s sector %d".formatted(name(), what, sector));
  }
}
