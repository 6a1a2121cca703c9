package org.demitasse.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.storage.Disk;

/**
 * A disk that remembers what was there before each write, so that writes can be undone. What is undone must come back,
 * so nothing that is discarded is given up, as on any {@link SteadyDisk}.
 */
final class JournaledDisk extends SteadyDisk {
  private static final long MAX_BYTES = 512L << 20;

  private record Before(long sector, byte[] contents) {}

  private final List<Before> journal = new ArrayList<>();
  private long bytes;

  JournaledDisk(Disk disk) {
    super(disk);
  }

  /** Takes a copy of its state, as a task that puts it back. */
  Runnable keep() {
    int length = journal.size();
    return () -> undo(length);
  }

  private void undo(int length) {
    try {
      while (journal.size() > length) {
        Before before = journal.removeLast();
        bytes -= before.contents.length;
        super.write(before.sector, MemorySegment.ofArray(before.contents));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot undo a write to disk " + name(), failure);
    }
  }

  private void note(long sector, long count) throws IOException {
    long size = count * SECTOR_BYTES;
    if (bytes + size > MAX_BYTES) {
      throw new IOException("disk %s: more than %d bytes written, too much to be undone".formatted(name(), MAX_BYTES));
    }
    byte[] contents = new byte[Math.toIntExact(size)];
    read(sector, MemorySegment.ofArray(contents));
    journal.add(new Before(sector, contents));
    bytes += size;
  }

  @Override
  public void write(long sector, MemorySegment from) throws IOException {
    note(sector, from.byteSize() / SECTOR_BYTES);
    super.write(sector, from);
  }

  @Override
  public void writeZeroes(long sector, long sectors) throws IOException {
    note(sector, sectors);
    super.writeZeroes(sector, sectors);
  }
}
