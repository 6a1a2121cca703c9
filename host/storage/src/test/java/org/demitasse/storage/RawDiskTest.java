package org.demitasse.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawDiskTest {
  @TempDir Path directory;

  private Path image(int bytes) throws IOException {
    byte[] contents = new byte[bytes];
    new Random(bytes).nextBytes(contents);
    return Files.write(directory.resolve("disk.img"), contents);
  }

  private static MemorySegment segment(byte[] bytes) {
    return Arena.ofAuto().allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
  }

  private static byte[] read(Disk disk, long sector, int bytes) throws IOException {
    MemorySegment into = Arena.ofAuto().allocate(bytes);
    disk.read(sector, into);
    return into.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void readsAndWritesTheBytesOfTheFile() throws IOException {
    Path image = image(4096);
    byte[] expected = Files.readAllBytes(image);
    byte[] sector = new byte[512];
    Arrays.fill(sector, (byte) 7);
    try (RawDisk disk = RawDisk.open(image, false)) {
      assertThat(disk.sectors()).isEqualTo(8);
      assertThat(disk.readOnly()).isFalse();
      assertThat(read(disk, 0, 4096)).isEqualTo(expected);
      disk.write(3, segment(sector));
      disk.flush();
    }
    System.arraycopy(sector, 0, expected, 3 * 512, 512);
    assertThat(Files.readAllBytes(image)).isEqualTo(expected);
  }

  /** In pages, from the last one of memory to the first. */
  private static byte[] readScattered(Disk disk, int bytes) throws IOException {
    MemorySegment memory = Arena.ofAuto().allocate(bytes);
    List<MemorySegment> pages = new ArrayList<>();
    for (int at = bytes - 4096; at >= 0; at -= 4096) {
      pages.add(memory.asSlice(at, 4096));
    }
    disk.read(0, pages);
    byte[] read = new byte[bytes];
    for (int page = 0; page < pages.size(); page++) {
      MemorySegment.copy(pages.get(page), 0, MemorySegment.ofArray(read), page * 4096L, 4096);
    }
    return read;
  }

  @Test
  void readsIntoMorePiecesThanTheSystemTakesAtOnce() throws IOException {
    Path image = image(2000 * 4096);
    try (RawDisk disk = RawDisk.open(image, true)) {
      assertThat(readScattered(disk, 2000 * 4096)).isEqualTo(Files.readAllBytes(image));
    }
  }

  @Test
  void acceptsHeapSegmentsToo() throws IOException {
    try (RawDisk disk = RawDisk.open(image(1024), false)) {
      byte[] sector = {1, 2, 3};
      disk.write(1, MemorySegment.ofArray(Arrays.copyOf(sector, 512)));
      byte[] back = new byte[512];
      disk.read(1, MemorySegment.ofArray(back));
      assertThat(back).startsWith(1, 2, 3, 0);
    }
  }

  @Test
  void ignoresTrailingBytesAndTellsHowMany() throws IOException {
    Path image = image(1024 + 56);
    byte[] before = Files.readAllBytes(image);
    try (RawDisk disk = RawDisk.open(image, false)) {
      assertThat(disk.sectors()).isEqualTo(2);
      assertThat(disk.trailingBytes()).isEqualTo(56);
      assertThatThrownBy(() -> read(disk, 2, 512))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2");
      disk.writeZeroes(0, 2);
    }
    byte[] after = Files.readAllBytes(image);
    assertThat(after).hasSameSizeAs(before).endsWith(Arrays.copyOfRange(before, 1024, 1080));
    assertThat(Arrays.copyOf(after, 1024)).containsOnly(0);
  }

  @Test
  void writesZeroesOfAnyLength() throws IOException {
    try (RawDisk disk = RawDisk.open(image(3 << 20), false)) {
      disk.writeZeroes(1, 5000);
      assertThat(read(disk, 1, 5000 * 512)).containsOnly(0);
      assertThat(read(disk, 0, 512)).isNotEqualTo(new byte[512]);
      assertThat(read(disk, 5001, 512)).isNotEqualTo(new byte[512]);
    }
  }

  @Test
  void saysWhatIsWrongWithAnUnusableDisk() throws IOException {
    Path missing = directory.resolve("missing.img");
    assertThatThrownBy(() -> RawDisk.open(missing, false))
        .isInstanceOf(UnusableDiskException.class)
        .hasMessage("disk %s does not exist", missing);
    assertThatThrownBy(() -> RawDisk.open(directory, true))
        .isInstanceOf(UnusableDiskException.class)
        .hasMessage("disk %s is a directory, not an image file", directory);
    Path small = image(511);
    assertThatThrownBy(() -> RawDisk.open(small, true))
        .isInstanceOf(UnusableDiskException.class)
        .hasMessage("disk %s has 511 bytes: at least one sector of 512 is needed", small);
    Path tooLong = directory.resolve("x".repeat(300));
    assertThatThrownBy(() -> RawDisk.open(tooLong, true))
        .isInstanceOf(UnusableDiskException.class)
        .hasMessage("disk %s cannot be looked at: File name too long", tooLong);
  }

  @Test
  void saysPermissionDeniedInPlainWords() {
    assertThat(DiskFile.reason(new AccessDeniedException("/some/disk.img"))).isEqualTo("permission denied");
  }

  @Test
  void refusesAPipeWithoutWaitingForItsOtherEnd() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> RawDisk.open(pipe, true)).hasMessage("disk %s is neither a file nor a block device", pipe);
  }

  @Test
  void opensAFileThatMayOnlyBeRead() throws IOException {
    Path image = image(1024);
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("r--r--r--"));
    try (RawDisk disk = RawDisk.open(image, true)) {
      assertThat(disk.readOnly()).isTrue();
      assertThat(read(disk, 0, 1024)).isEqualTo(Files.readAllBytes(image));
      assertThatThrownBy(() -> disk.write(0, segment(new byte[512])))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("read-only");
      assertThatThrownBy(() -> disk.writeZeroes(0, 1)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> disk.discard(0, 1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aWriterExcludesEverybodyInThisProcess() throws IOException {
    Path image = image(1024);
    try (RawDisk writer = RawDisk.open(image, false)) {
      assertThatThrownBy(() -> RawDisk.open(image, false))
          .hasMessage("disk %s is in use by another machine of this demi", image);
      assertThatThrownBy(() -> RawDisk.open(image, true)).isInstanceOf(UnusableDiskException.class);
      assertThat(writer.sectors()).isEqualTo(2);
    }
    RawDisk.open(image, false).close();
  }

  @Test
  void readersShareADiskAndExcludeWriters() throws IOException {
    Path image = image(1024);
    try (RawDisk first = RawDisk.open(image, true);
        RawDisk second = RawDisk.open(image, true)) {
      assertThat(read(first, 0, 1024)).isEqualTo(read(second, 0, 1024));
      assertThatThrownBy(() -> RawDisk.open(image, false)).isInstanceOf(UnusableDiskException.class);
    }
  }

  @Test
  void aWriterExcludesOtherProcesses() throws Exception {
    Path image = image(1024);
    try (RawDisk writer = RawDisk.open(image, false)) {
      assertThat(openElsewhere(image, "rw")).isEqualTo("disk %s is in use by another demi".formatted(image));
      assertThat(openElsewhere(image, "ro"))
          .isEqualTo("disk %s is in use by another demi that may write to it".formatted(image));
      assertThat(writer.sectors()).isEqualTo(2);
    }
    assertThat(openElsewhere(image, "rw")).isEqualTo("opened");
  }

  @Test
  void readersInSeveralProcessesShareADisk() throws Exception {
    Path image = image(1024);
    try (RawDisk reader = RawDisk.open(image, true)) {
      assertThat(openElsewhere(image, "ro")).isEqualTo("opened");
      assertThat(openElsewhere(image, "rw")).isEqualTo("disk %s is in use by another demi".formatted(image));
      assertThat(reader.sectors()).isEqualTo(2);
    }
  }

  /** What another process says when it opens the disk. */
  private static String openElsewhere(Path image, String mode) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                List.of(
                    java,
                    "-cp",
                    System.getProperty("java.class.path"),
                    OpenElsewhere.class.getName(),
                    image.toString(),
                    mode))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return said;
  }

  @Test
  void anInterruptOfTheThreadDoesNotCostTheDisk() throws Exception {
    Path image = image(4 << 20);
    byte[] expected = Files.readAllBytes(image);
    try (RawDisk disk = RawDisk.open(image, false)) {
      Thread.currentThread().interrupt();
      assertThat(read(disk, 0, 4 << 20)).isEqualTo(expected);
      assertThat(Thread.interrupted()).as("kept for later").isTrue();
      interruptOften(disk, expected);
      assertThat(openElsewhere(image, "rw")).as("still locked").contains("in use");
    }
  }

  private static void interruptOften(Disk disk, byte[] expected) throws Exception {
    Thread victim = Thread.currentThread();
    AtomicBoolean stop = new AtomicBoolean();
    Thread pest =
        new Thread(() -> {
          while (!stop.get()) {
            victim.interrupt();
            Thread.onSpinWait();
          }
        });
    pest.setDaemon(true);
    pest.start();
    try {
      for (int i = 0; i < 20; i++) {
        assertThat(read(disk, 0, expected.length)).isEqualTo(expected);
        assertThat(readScattered(disk, expected.length)).isEqualTo(expected);
      }
    } finally {
      stop.set(true);
      while (pest.isAlive()) {
        Thread.interrupted();
        Thread.yield();
      }
      Thread.interrupted();
    }
  }

  @Test
  void saysWhereAFileThatBecameShorterFails() throws IOException {
    Path image = image(8192);
    try (RawDisk disk = RawDisk.open(image, false)) {
      Files.write(image, new byte[1024]);
      assertThatThrownBy(() -> read(disk, 4, 512))
          .isInstanceOf(IOException.class)
          .hasMessage("disk %s: cannot read 512 bytes at byte 2048: the file has become shorter", image)
          .hasCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> disk.read(1, List.of(segment(new byte[512]), segment(new byte[512]))))
          .isInstanceOf(IOException.class)
          .hasMessage("disk %s: cannot read 1024 bytes at byte 512: the file has become shorter", image);
    }
  }

  @Test
  void aTemporaryDiskIsZeroesAndLeavesNothingBehind() throws IOException {
    try (RawDisk disk = RawDisk.temporary(directory, 1 << 21)) {
      assertThat(disk.sectors()).isEqualTo(1 << 21);
      assertThat(read(disk, 12345, 1024)).containsOnly(0);
      disk.write(12345, segment(Arrays.copyOf(new byte[] {1}, 512)));
      assertThat(read(disk, 12345, 512)).startsWith(1);
    }
    assertThat(directory).isEmptyDirectory();
  }

  /** The main class of the other process. */
  static final class OpenElsewhere {
    private OpenElsewhere() {}

    public static void main(String[] arguments) {
      try (RawDisk disk = RawDisk.open(Path.of(arguments[0]), arguments[1].equals("ro"))) {
        System.out.println(disk.sectors() > 0 ? "opened" : "empty");
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
