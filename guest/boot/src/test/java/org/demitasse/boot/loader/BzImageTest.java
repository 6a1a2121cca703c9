package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.boot.protocol.Boot;
import org.demitasse.core.memory.GuestMemory;
import org.junit.jupiter.api.Test;

class BzImageTest {
  private static final int NOTE = 0xe0; // of the tiny guest: PVH's

  @Test
  void aKernelOf32BitsWithoutPvhIsUnpackedOnTheHost() throws Exception {
    byte[] vmlinux = tiny("Linux");
    KernelImage kernel = KernelLoader.open("vmlinuz", image(vmlinux));
    assertThat(kernel.protocols()).containsExactly(BootProtocol.LINUX32);
    assertThat(kernel.unpacksItself(BootProtocol.LINUX32)).isFalse();
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      Boot.Prepared prepared = Boot.prepare(request(kernel), memory);
      ByteBuffer elf = ByteBuffer.wrap(vmlinux).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(prepared.state().rip()).as("the ELF file's entry").isEqualTo(elf.getInt(24));
      assertThat(memory.readInt(elf.getInt(52 + 12))).as("its segment").isEqualTo(elf.getInt(elf.getInt(52 + 4)));
      long zeroPage = prepared.state().gpr()[6];
      assertThat(memory.readInt(zeroPage + 0x260)).as("the image's setup header").isEqualTo(0x10_0000);
    }
  }

  @Test
  void whatIsNotLinuxAndHasNoPvhRunsItsOwnUnpacker() throws Exception {
    KernelImage kernel = KernelLoader.open("other", image(tiny("Other")));
    assertThat(kernel.protocols()).containsExactly(BootProtocol.LINUX32);
    assertThat(kernel.unpacksItself(BootProtocol.LINUX32)).isTrue();
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      assertThat(Boot.prepare(request(kernel), memory).state().rip()).as("the image's code").isEqualTo(0x10_0000);
    }
  }

  /** A program of 32 bits whose only note is this system's, and not PVH's. */
  private static byte[] tiny(String system) throws IOException {
    byte[] tiny = OwnGuest.TINY.bytes();
    ByteBuffer note = ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN).position(NOTE);
    note.putInt(system.length() + 1).putInt(0).putInt(0x100);
    note.put(system.getBytes(StandardCharsets.US_ASCII)).put(new byte[8 - system.length()]);
    return tiny;
  }

  /** A bzImage without a 64-bit entry. */
  private static ByteBuffer image(byte[] vmlinux) throws IOException {
    return ByteBuffer.wrap(bzImage(vmlinux)).order(ByteOrder.LITTLE_ENDIAN).putShort(0x236, (short) 0);
  }

  private static Boot.Request request(KernelImage kernel) {
    return new Boot.Request(kernel, Optional.empty(), "", Optional.empty(), Optional.empty(), 1, List.of());
  }

  static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  /** A bzImage whose payload is a kernel, as Linux's build makes it. */
  static byte[] bzImage(byte[] kernel) throws IOException {
    byte[] payload = gzip(kernel);
    int code = 0x400 + payload.length + 15 & -16;
    ByteBuffer image = ByteBuffer.allocate(1024 + code).order(ByteOrder.LITTLE_ENDIAN);
    image.put(0x1f1, (byte) 1).putInt(0x1f4, code / 16).putShort(0x1fe, (short) 0xaa55);
    image.put(0x200, (byte) 0xeb).put(0x201, (byte) 0x66).putInt(0x202, 0x53726448).putShort(0x206, (short) 0x20f);
    image.put(0x211, (byte) 1).putInt(0x214, 0x10_0000).putInt(0x22c, 0x7fff_ffff).putShort(0x236, (short) 1);
    image.putInt(0x238, 2047).putInt(0x248, 0x400).putInt(0x24c, payload.length).putInt(0x260, 0x10_0000);
    image.put(1024 + 0x400, payload);
    return image.array();
  }
}
