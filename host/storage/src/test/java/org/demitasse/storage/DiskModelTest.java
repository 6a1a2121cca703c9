package org.demitasse.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Every kind of disk behaves like an array of bytes. */
class DiskModelTest {
  private static final int SECTOR = Disk.SECTOR_BYTES;

  @Property(tries = 200)
  void aMemoryDiskIsAnArray(@ForAll long seed, @ForAll @IntRange(min = 1, max = 700) int sectors) throws IOException {
    try (MemoryDisk disk = new MemoryDisk("memory", sectors)) {
      compare(disk, new byte[sectors * SECTOR], new Random(seed), true);
    }
  }

  @Property(tries = 200)
  void anOverlayIsAnArrayAndItsBaseStaysAsItWas(@ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int sectors)
      throws IOException {
    byte[] contents = new byte[sectors * SECTOR];
    new Random(~seed).nextBytes(contents);
    MemoryDisk base = new MemoryDisk("base", sectors);
    base.write(0, MemorySegment.ofArray(contents));
    OverlayDisk overlay = new OverlayDisk(new ReadOnlyDisk(base), new MemoryDisk("scratch", sectors));
    compare(overlay, contents.clone(), new Random(seed), false);
    byte[] after = new byte[contents.length];
    base.read(0, MemorySegment.ofArray(after));
    assertThat(after).isEqualTo(contents);
  }

  @Property(tries = 50)
  void aRawDiskIsAnArray(@ForAll long seed, @ForAll @IntRange(min = 1, max = 700) int sectors) throws IOException {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try (RawDisk disk = RawDisk.temporary(folder, sectors)) {
      compare(disk, new byte[sectors * SECTOR], new Random(seed), false);
    }
  }

  /** Bytes in a few segments of whole sectors, some of them native. */
  private static List<MemorySegment> scattered(byte[] bytes, Random random) {
    List<MemorySegment> pieces = new ArrayList<>();
    for (int from = 0; from < bytes.length; ) {
      int length = Math.min(bytes.length - from, (1 + random.nextInt(9)) * SECTOR);
      MemorySegment piece = MemorySegment.ofArray(Arrays.copyOfRange(bytes, from, from + length));
      pieces.add(random.nextBoolean() ? piece : Arena.ofAuto().allocate(length).copyFrom(piece));
      from += length;
    }
    return pieces;
  }

  private static byte[] gathered(List<MemorySegment> pieces) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    pieces.forEach(piece -> bytes.writeBytes(piece.toArray(ValueLayout.JAVA_BYTE)));
    return bytes.toByteArray();
  }

  private static void compare(Disk disk, byte[] model, Random random, boolean discardZeroes) throws IOException {
    for (int step = 0; step < 60; step++) {
      int sector = random.nextInt(model.length / SECTOR + 1);
      int sectors = random.nextInt(Math.min(40, model.length / SECTOR - sector) + 1);
      int from = sector * SECTOR;
      int to = from + sectors * SECTOR;
      switch (random.nextInt(6)) {
        case 0 -> {
          byte[] bytes = new byte[to - from];
          random.nextBytes(bytes);
          disk.write(sector, MemorySegment.ofArray(bytes));
          System.arraycopy(bytes, 0, model, from, bytes.length);
        }
        case 1 -> {
          disk.writeZeroes(sector, sectors);
          Arrays.fill(model, from, to, (byte) 0);
        }
        case 2 -> {
          if (discardZeroes) {
            disk.discard(sector, sectors);
            Arrays.fill(model, from, to, (byte) 0);
          }
        }
        case 3 -> {
          byte[] bytes = new byte[to - from];
          random.nextBytes(bytes);
          disk.write(sector, scattered(bytes, random));
          System.arraycopy(bytes, 0, model, from, bytes.length);
        }
        case 4 -> {
          List<MemorySegment> pieces = scattered(new byte[to - from], random);
          disk.read(sector, pieces);
          assertThat(gathered(pieces)).isEqualTo(Arrays.copyOfRange(model, from, to));
        }
        default -> {
          byte[] bytes = new byte[to - from];
          disk.read(sector, MemorySegment.ofArray(bytes));
          assertThat(bytes).isEqualTo(Arrays.copyOfRange(model, from, to));
        }
      }
    }
    byte[] all = new byte[model.length];
    disk.read(0, MemorySegment.ofArray(all));
    assertThat(all).isEqualTo(model);
  }
}
