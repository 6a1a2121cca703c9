package org.demitasse.storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/**
 * A copy-on-write disk: reads come from a base disk that is never written, writes go to a scratch disk of the same
 * size, and both vanish from the guest's view when it is closed. Two bits for each cluster of 4 KiB say where its
 * contents are.
 */
public final class OverlayDisk implements Disk {
  /** Sectors in a cluster, the unit of copying. */
  static final int CLUSTER_SECTORS = 8;

  private static final long MAX_SECTORS = (long) Integer.MAX_VALUE * CLUSTER_SECTORS; // a BitSet counts in int

  private final Disk base;
  private final Disk scratch;
  private final long sectors;

  /** Clusters that no longer come from the base. */
  private final BitSet own = new BitSet();

  /** Those of them that are all zeroes and not in the scratch disk either. */
  private final BitSet zero = new BitSet();

  private final MemorySegment copy = Arena.ofAuto().allocate(CLUSTER_SECTORS * SECTOR_BYTES);

  /**
   * Lays an overlay over a disk. Closing it closes both.
   *
   * @param base where reads come from; opened for reading is enough
   * @param scratch takes what is written; at least as large
   */
  public OverlayDisk(Disk base, Disk scratch) {
    if (scratch.sectors() < base.sectors() || scratch.readOnly()) {
      throw new IllegalArgumentException(
          "%s with %d sectors cannot be the overlay of %s with %d"
              .formatted(scratch.name(), scratch.sectors(), base.name(), base.sectors()));
    }
    if (base.sectors() > MAX_SECTORS) {
      throw new IllegalArgumentException(
          "disk %s has %d sectors: an overlay has at most %d".formatted(base.name(), base.sectors(), MAX_SECTORS));
    }
    this.base = base;
    this.scratch = scratch;
    sectors = base.sectors();
  }

  /**
   * Lays an overlay in a sparse temporary file over a disk, which is closed if that cannot be.
   *
   * @param directory where the temporary file lives
   */
  public static OverlayDisk over(Disk base, Path directory) throws IOException {
    try {
      return new OverlayDisk(base, RawDisk.temporary(directory, base.sectors()));
    } catch (IOException | IllegalArgumentException e) {
      base.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return base.name() + " (overlay)";
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
  public void read(long sector, MemorySegment into) throws IOException {
    long end = sector + SectorRange.of(this, sector, into);
    long from = sector;
    while (from < end) {
      int cluster = clusterOf(from);
      long to = Math.min(end, runEnd(cluster));
      MemorySegment target = into.asSlice((from - sector) * SECTOR_BYTES, (to - from) * SECTOR_BYTES);
      if (!own.get(cluster)) {
        base.read(from, target);
      } else if (zero.get(cluster)) {
        target.fill((byte) 0);
      } else {
        scratch.read(from, target);
      }
      from = to;
    }
  }

  @Override
  public void read(long sector, List<MemorySegment> into) throws IOException {
    long end = sector + SectorRange.of(this, sector, into);
    int cluster = clusterOf(sector);
    if (sector < end && end <= runEnd(cluster) && !zero.get(cluster)) { // all from one place, at once
      Disk place = own.get(cluster) ? scratch : base;
      place.read(sector, into);
    } else {
      Disk.super.read(sector, into);
    }
  }

  @Override
  public void write(long sector, MemorySegment from) throws IOException {
    write(sector, List.of(from));
  }

  @Override
  public void write(long sector, List<MemorySegment> from) throws IOException {
    long end = sector + SectorRange.of(this, sector, from);
    if (end == sector) {
      return;
    }
    if (sector % CLUSTER_SECTORS != 0) {
      bring(clusterOf(sector));
    }
    if (end % CLUSTER_SECTORS != 0 && end != sectors) {
      bring(clusterOf(end - 1));
    }
    scratch.write(sector, from);
    int first = clusterOf(sector);
    int after = clusterOf(end - 1) + 1;
    own.set(first, after);
    zero.clear(first, after);
  }

  /** Does nothing: an overlay does not outlive its process, so there is nothing to keep safe. */
  @Override
  public void flush() {}

  @Override
  public void discard(long sector, long sectors) {
    SectorRange.check(this, sector, sectors);
    makeZero(firstWholeCluster(sector), endOfWholeClusters(sector + sectors));
  }

  @Override
  public void writeZeroes(long sector, long sectors) throws IOException {
    SectorRange.check(this, sector, sectors);
    long end = sector + sectors;
    int first = firstWholeCluster(sector);
    int after = endOfWholeClusters(end);
    if (first > after || (long) first * CLUSTER_SECTORS > end) { // inside one cluster
      writeZeroesInPart(sector, end);
      return;
    }
    writeZeroesInPart(sector, Math.min(end, (long) first * CLUSTER_SECTORS));
    makeZero(first, after);
    writeZeroesInPart(Math.min(end, (long) after * CLUSTER_SECTORS), end);
  }

  /** How many clusters no longer come from the base. */
  public int clustersChanged() {
    return own.cardinality();
  }

  @Override
  public void close() throws IOException {
    try (base) {
      scratch.close();
    }
  }

  private static int clusterOf(long sector) {
    return (int) (sector / CLUSTER_SECTORS);
  }

  private static int firstWholeCluster(long sector) {
    return (int) Math.ceilDiv(sector, CLUSTER_SECTORS);
  }

  /** The last cluster counts as whole when the disk ends inside it. */
  private int endOfWholeClusters(long end) {
    return end == sectors ? firstWholeCluster(end) : clusterOf(end);
  }

  /** First sector after the run of clusters, from this one on, that are kept in the same place. */
  private long runEnd(int cluster) {
    int end;
    if (!own.get(cluster)) {
      end = own.nextSetBit(cluster);
    } else if (zero.get(cluster)) {
      end = zero.nextClearBit(cluster);
    } else {
      int nextZero = zero.nextSetBit(cluster);
      end = own.nextClearBit(cluster);
      end = nextZero < 0 ? end : Math.min(end, nextZero);
    }
    return end < 0 ? sectors : Math.min(sectors, (long) end * CLUSTER_SECTORS);
  }

  private void makeZero(int first, int after) {
    if (first < after) {
      own.set(first, after);
      zero.set(first, after);
    }
  }

  private void writeZeroesInPart(long sector, long end) throws IOException {
    if (sector < end) {
      bring(clusterOf(sector));
      scratch.write(sector, MemorySegment.ofArray(new byte[(int) (end - sector) * SECTOR_BYTES]));
    }
  }

  /** Makes the scratch disk hold the current contents of a cluster. */
  private void bring(int cluster) throws IOException {
    if (own.get(cluster) && !zero.get(cluster)) {
      return;
    }
    long start = (long) cluster * CLUSTER_SECTORS;
    MemorySegment contents = copy.asSlice(0, Math.min(CLUSTER_SECTORS, sectors - start) * SECTOR_BYTES);
    read(start, contents);
    scratch.write(start, contents);
    own.set(cluster);
    zero.clear(cluster);
  }
}
