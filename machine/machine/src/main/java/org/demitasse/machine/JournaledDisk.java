package org.demitasse.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import org.demitasse.storage.Disk;
import org.jspecify.annotations.Nullable;

/**
 * A disk that remembers what was there before each write, so that writes can be undone, the last ones that is: when
 * there is no more room, what was there before the first ones is forgotten, and no write ever fails for it. What is
 * undone must come back, so nothing that is discarded is given up, as on any {@link SteadyDisk}.
 *
 * <p>A moment is a number of writes.
 */
final class JournaledDisk extends SteadyDisk {
  /** How much may come between two moments to go back to, as a part of what can be undone at all. */
  private static final int MOMENTS = 8;

  private record Before(long sector, byte[] contents) {}

  private final Deque<Before> journal = new ArrayDeque<>();
  private final long maxBytes;
  private long earliest;
  private long bytes;
  private long bytesSinceKept;
  private Runnable onGrowth = () -> {};

  /**
   * Begins with nothing to be undone.
   *
   * @param maxBytes how much is remembered at most
   */
  JournaledDisk(Disk disk, long maxBytes) {
    super(disk);
    this.maxBytes = maxBytes;
  }

  /** Has somebody told whenever {@link #wantsKeeping} becomes true: during a write. */
  void onGrowth(Runnable told) {
    onGrowth = told;
  }

  /** Takes a copy of its state, as a task that puts it back, for as long as {@link #earliest} is not later. */
  Runnable keep() {
    long moment = moment();
    bytesSinceKept = 0;
    return () -> undo(moment);
  }

  /** The present. */
  long moment() {
    return earliest + journal.size();
  }

  /** The first moment that it can go back to. */
  long earliest() {
    return earliest;
  }

  /** Says whether so much was written since the last moment that was kept that this one should be, too. */
  boolean wantsKeeping() {
    return bytesSinceKept > maxBytes / MOMENTS;
  }

  private void undo(long moment) {
    if (moment < earliest) {
      throw new IllegalStateException(
          "disk %s cannot go back to write %d, only to %d".formatted(name(), moment, earliest));
    }
    try {
      while (moment() > moment) {
        Before before = journal.removeLast();
        bytes -= before.contents.length;
        super.write(before.sector, MemorySegment.ofArray(before.contents));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot undo a write to disk " + name(), failure);
    }
    bytesSinceKept = 0;
  }

  private void note(long sector, long count) {
    long size = count * SECTOR_BYTES;
    while (!journal.isEmpty() && bytes + size > maxBytes) {
      bytes -= journal.removeFirst().contents.length;
      earliest++;
    }
    byte[] contents = size > maxBytes ? null : contents(sector, size);
    if (contents == null) {
      earliest += journal.size() + 1;
      journal.clear();
      bytes = 0;
    } else {
      journal.addLast(new Before(sector, contents));
      bytes += size;
    }
    boolean wanted = wantsKeeping();
    bytesSinceKept += size;
    if (!wanted && wantsKeeping()) {
      onGrowth.run();
    }
  }

  /** Null if they cannot be read, which is no reason why they cannot be written. */
  private byte @Nullable [] contents(long sector, long size) {
    byte[] contents = new byte[Math.toIntExact(size)];
    try {
      read(sector, MemorySegment.ofArray(contents));
      return contents;
    } catch (IOException unreadable) {
      return null;
    }
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
