package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.boot.TestFiles;
import org.demitasse.core.memory.GuestMemory;
import org.junit.jupiter.api.Test;

/** What is unpacked block by block is in memory as what was unpacked as a whole first. */
class PackedVmlinuxTest {
  private static final int MIB = 1 << 20;
  private static final int FILE_BYTES = 30 * MIB + 12345;
  private static final int NOTE = 17 * MIB - 10; // in two blocks

  /** Offset in the file, bytes there, physical address, bytes in memory. */
  private static final int[][] SEGMENTS = {
    {0x1000, 3 * MIB, MIB * 2, 3 * MIB}, // in the first block
    {5 * MIB, 20 * MIB, 16 * MIB, 20 * MIB}, // two whole blocks, and parts of two
    {25 * MIB + 1, 1001, 40 * MIB, 2 * MIB},
    {26 * MIB, FILE_BYTES - 26 * MIB, 44 * MIB, 6 * MIB}, // to the end
  };

  /** A kernel of bytes that nobody can guess, but with runs that can be packed. */
  private static byte[] elf() {
    byte[] file = new byte[FILE_BYTES];
    Random random = new Random(1);
    for (int at = 0; at < file.length; at += 64) {
      Arrays.fill(file, at, Math.min(file.length, at + 40), (byte) random.nextInt());
    }
    ByteBuffer out = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1);
    out.putShort(16, (short) 2).putShort(18, (short) 62).putLong(24, 16 * MIB).putLong(32, 64).putLong(40, 0);
    out.putShort(54, (short) 56).putShort(56, (short) (SEGMENTS.length + 1)).putShort(60, (short) 0);
    for (int i = 0; i < SEGMENTS.length; i++) {
      int[] s = SEGMENTS[i];
      header(out, i, 1, s[0], s[2], s[1], s[3]);
    }
    header(out, SEGMENTS.length, 4, NOTE, 0, 20, 20);
    out.putInt(NOTE, 4).putInt(NOTE + 4, 4).putInt(NOTE + 8, 18).putInt(NOTE + 16, 16 * MIB);
    out.put(NOTE + 12, "Xen\0".getBytes(StandardCharsets.US_ASCII));
    return file;
  }

  private static void header(ByteBuffer out, int index, int type, long offset, long address, long bytes, long memory) {
    int at = 64 + 56 * index;
    out.putInt(at, type).putInt(at + 4, 7).putLong(at + 8, offset).putLong(at + 16, address);
    out.putLong(at + 24, address).putLong(at + 32, bytes).putLong(at + 40, memory).putLong(at + 48, 4);
  }

  private static ByteBuffer frame(byte[] file) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(new byte[] {0x02, 0x21, 0x4c, 0x18});
    Lz4JavaCompressor compressor = new Lz4JavaCompressor();
    for (int at = 0; at < file.length; at += Lz4Legacy.BLOCK) {
      int bytes = Math.min(Lz4Legacy.BLOCK, file.length - at);
      byte[] packed = new byte[compressor.maxCompressedLength(bytes)];
      int length = compressor.compress(file, at, bytes, packed, 0, packed.length);
      frame.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
      frame.write(packed, 0, length);
    }
    return ByteBuffer.wrap(frame.toByteArray());
  }

  private static PackedVmlinux found(ByteBuffer frame, long expected) {
    return Objects.requireNonNull(PackedVmlinux.find(frame, expected));
  }

  @Test
  void allBytesOfAllSegmentsAreWhereTheyShouldBe() throws BootException {
    byte[] file = elf();
    ByteBuffer frame = frame(file);
    KernelImage plain = KernelLoader.open("plain", ByteBuffer.wrap(file));
    try (GuestMemory expected = new GuestMemory(64 * MIB);
        GuestMemory memory = new GuestMemory(64 * MIB)) {
      LoadedKernel whole = plain.load(BootProtocol.PVH, new Placement(expected));
      LoadedKernel packed = found(frame, file.length).load(plain, frame, new Placement(memory));
      assertThat(packed.entry()).isEqualTo(whole.entry()).isEqualTo(16 * MIB);
      assertThat(packed.start()).isEqualTo(whole.start());
      assertThat(packed.end()).isEqualTo(whole.end());
      assertSame(memory, expected);
    }
  }

  private static void assertSame(GuestMemory memory, GuestMemory expected) {
    assertThat(memory.slice(0, memory.bytes()).mismatch(expected.slice(0, memory.bytes()))).isEqualTo(-1);
  }

  @Test
  void debiansKernelIsAsItsUnpackedFile() throws Exception {
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(TestFiles.of("linux-cloud/vmlinuz")));
    SetupHeader header = SetupHeader.of(file);
    int start = header.protectedModeOffset() + (int) header.payloadOffset();
    KernelImage whole = KernelLoader.open("payload", file.slice(start, (int) header.payloadBytes()));
    try (GuestMemory expected = new GuestMemory(128 * MIB);
        GuestMemory memory = new GuestMemory(128 * MIB)) {
      whole.load(BootProtocol.PVH, new Placement(expected));
      KernelLoader.open("bzImage", file).load(BootProtocol.PVH, new Placement(memory));
      assertSame(memory, expected);
    }
  }

  @Test
  void whatCannotBeUsedIsLeftToOthers() {
    byte[] file = elf();
    ByteBuffer frame = frame(file);
    assertThat(PackedVmlinux.find(frame, file.length + 8L * MIB)).as("too short").isNull();
    assertThat(PackedVmlinux.find(frame.slice(0, 100), file.length)).as("cut off").isNull();
    assertThat(PackedVmlinux.find(frame, 600L * MIB)).as("too large").isNull();
    file[NOTE + 8] = 17;
    assertThat(PackedVmlinux.find(frame(file), file.length)).as("another note").isNull();
    file[56] = 100;
    assertThat(PackedVmlinux.find(frame(file), file.length)).as("headers beyond its start").isNull();
    assertThat(PackedVmlinux.find(frame(new byte[5000]), 5000)).as("no ELF").isNull();
  }

  @Test
  void damageThatWasNotSeenBeforeIsToldWhenTheKernelIsLoaded() throws BootException {
    byte[] file = elf();
    byte[] frame = frame(file).array();
    PackedVmlinux kernel = found(ByteBuffer.wrap(frame), file.length);
    Arrays.fill(frame, frame.length - 5000, frame.length - 4000, (byte) 0);
    KernelImage plain = KernelLoader.open("plain", ByteBuffer.wrap(file));
    try (GuestMemory memory = new GuestMemory(64 * MIB)) {
      assertThatThrownBy(() -> kernel.load(plain, ByteBuffer.wrap(frame), new Placement(memory)))
          .isInstanceOf(BootException.class)
          .hasMessageContaining("the lz4-compressed kernel plain is damaged");
    }
  }

  @Test
  void aMachineThatIsTooSmallIsTold() throws BootException {
    byte[] file = elf();
    ByteBuffer frame = frame(file);
    KernelImage plain = KernelLoader.open("plain", ByteBuffer.wrap(file));
    try (GuestMemory memory = new GuestMemory(32 * MIB)) {
      assertThatThrownBy(() -> found(frame, file.length).load(plain, frame, new Placement(memory)))
          .isInstanceOf(BootException.class)
          .hasMessageContaining("does not fit in 32 MiB of memory");
    }
  }
}
