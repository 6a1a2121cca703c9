package org.demitasse.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Another disk, and closed with it: subclasses change what is different about theirs. A write of several segments comes
 * to {@link #write(long, MemorySegment)} once for each, so that nothing gets past a subclass that watches writes.
 */
public abstract class ForwardingDisk implements Disk {
  private final Disk base;

  /** Stands for a disk. */
  protected ForwardingDisk(Disk base) {
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
    return base.readOnly();
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
    base.write(sector, from);
  }

  @Override
  public void flush() throws IOException {
    base.flush();
  }

  @Override
  public void discard(long sector, long sectors) throws IOException {
    base.discard(sector, sectors);
  }

  @Override
  public void writeZeroes(long sector, long sectors) throws IOException {
    base.writeZeroes(sector, sectors);
  }

  @Override
  public void close() throws IOException {
    base.close();
  }
}
