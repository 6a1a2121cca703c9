package org.demitasse.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayDiskTest {
  private static final int SECTOR = Disk.SECTOR_BYTES;

  @TempDir Path directory;

  @Test
  void anOverlayOverAFileLeavesTheFileAsItWas() throws IOException {
    byte[] contents = new byte[100 * SECTOR + 56];
    new Random(1).nextBytes(contents);
    Path image = Files.write(directory.resolve("base.img"), contents);
    try (OverlayDisk overlay = OverlayDisk.over(RawDisk.open(image, true), directory)) {
      assertThat(overlay.sectors()).isEqualTo(100);
      byte[] sector = new byte[SECTOR];
      overlay.write(99, MemorySegment.ofArray(sector));
      overlay.writeZeroes(3, 20);
      overlay.discard(40, 16);
      overlay.flush();
      byte[] read = new byte[100 * SECTOR];
      overlay.read(0, MemorySegment.ofArray(read));
      byte[] expected = Arrays.copyOf(contents, 100 * SECTOR);
      Arrays.fill(expected, 99 * SECTOR, 100 * SECTOR, (byte) 0);
      Arrays.fill(expected, 3 * SECTOR, 23 * SECTOR, (byte) 0);
      Arrays.fill(expected, 40 * SECTOR, 56 * SECTOR, (byte) 0);
      assertThat(read).isEqualTo(expected);
      assertThat(overlay.clustersChanged()).isEqualTo(6);
      try (OverlayDisk second = OverlayDisk.over(RawDisk.open(image, true), directory)) {
        second.read(0, MemorySegment.ofArray(read));
        assertThat(read).as("another overlay of the same base").isEqualTo(Arrays.copyOf(contents, 100 * SECTOR));
      }
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(contents);
    assertThat(directory).isDirectoryNotContaining(path -> !path.equals(image));
  }

  @Test
  void aReadOnlyDiskRefusesEveryChange() throws IOException {
    try (ReadOnlyDisk disk = new ReadOnlyDisk(new MemoryDisk("memory", 8))) {
      assertThat(disk.readOnly()).isTrue();
      byte[] sector = new byte[SECTOR];
      disk.read(7, MemorySegment.ofArray(sector));
      disk.flush();
      assertThatThrownBy(() -> disk.write(0, MemorySegment.ofArray(sector)))
          .isInstanceOf(IOException.class)
          .hasMessage("disk memory is read-only: will not write sector 0");
      assertThatThrownBy(() -> disk.discard(1, 1)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> disk.writeZeroes(1, 1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void rangesOutsideADiskAreTheCallersMistake() {
    MemoryDisk disk = new MemoryDisk("memory", 8);
    for (long[] range : new long[][] {{-1, 1}, {8, 1}, {7, 2}, {Long.MAX_VALUE, 1}, {0, -1}, {1, Long.MAX_VALUE}}) {
      assertThatThrownBy(() -> disk.writeZeroes(range[0], range[1])).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> disk.read(0, MemorySegment.ofArray(new byte[100])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not whole sectors");
    assertThatThrownBy(() -> new OverlayDisk(disk, new MemoryDisk("small", 7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("small");
    assertThatThrownBy(() -> new MemoryDisk("none", 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
