package org.demitasse.machine;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.demitasse.storage.Disk;

/**
 * A disk of a machine that is recorded or replayed: what the guest has discarded reads as before, whatever kind of disk
 * is behind. An image that was written to and an overlay over a copy of it are then the same to the guest.
 */
record SteadyDisk(Disk disk) implements Disk {
  @Override
  public String name() {
    return disk.name();
  }

  @Override
  public long sectors() {
    return disk.sectors();
  }

  @Override
  public boolean readOnly() {
    return disk.readOnly();
  }

  @Override
  public void read(long sector, MemorySegment into) throws IOException {
    disk.read(sector, into);
  }

  @Override
  public void read(long sector, List<MemorySegment> into) throws IOException {
    disk.read(sector, into);
  }

  @Override
  public void write(long sector, MemorySegment from) throws IOException {
    disk.write(sector, from);
  }

  @Override
  public void write(long sector, List<MemorySegment> from) throws IOException {
    disk.write(sector, from);
  }

  @Override
  public void flush() throws IOException {
    disk.flush();
  }

  @Override
  public void discard(long sector, long sectors) {}

  @Override
  public void writeZeroes(long sector, long sectors) throws IOException {
    disk.writeZeroes(sector, sectors);
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
