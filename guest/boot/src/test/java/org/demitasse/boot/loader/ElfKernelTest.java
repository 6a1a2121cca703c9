package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.SymbolFile;
import org.demitasse.elf.Symbols;
import org.junit.jupiter.api.Test;

class ElfKernelTest {
  private static final int EHDR_SIZE = 64;
  private static final int PHDR_SIZE = 56;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int NOTES_AT = EHDR_SIZE + 2 * PHDR_SIZE;
  private static final int XEN_ELFNOTE_GUEST_OS = 6;
  private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;

  @Test
  void tellsNetBsdByXensNote() throws BootException {
    ElfKernel kernel = pvhKernel("NetBSD");
    assertThat(kernel.system()).isEqualTo(GuestSystem.NETBSD);
    assertThat(kernel.isLinux()).isFalse();
    assertThat(kernel.protocols()).containsExactly(BootProtocol.PVH);
  }

  @Test
  void givesNetBsdNoMoreCommandLineThanItKeeps() throws BootException {
    assertThat(pvhKernel("NetBSD").cmdlineLimit(BootProtocol.PVH)).isEqualTo(1023);
  }

  @Test
  void tellsLinuxByXensNote() throws BootException {
    ElfKernel kernel = pvhKernel("linux");
    assertThat(kernel.system()).isEqualTo(GuestSystem.LINUX);
    assertThat(kernel.cmdlineLimit(BootProtocol.PVH)).isEqualTo(2047);
  }

  @Test
  void knowsNothingOfOtherSystems() throws BootException {
    ElfKernel kernel = pvhKernel("Plan 9");
    assertThat(kernel.system()).isEqualTo(GuestSystem.OTHER);
    assertThat(kernel.system().serialConsole()).isEmpty();
  }

  @Test
  void aStrippedKernelsSymbolsAreThoseThatItCarriesInItsData() throws BootException {
    byte[] carried = SymbolFile.of(new Symbols(List.of(new Symbol("main", 0x10_0100, 0x20))));
    ByteBuffer kernel = pvhKernelBytes("NetBSD");
    kernel.put(NOTES_AT + 0x58, carried);
    assertThat(ElfKernel.parse("kernel", KernelFile.inMemory(kernel)).symbols().nearest(0x10_0104).orElseThrow())
        .hasToString("main+0x4");
  }

  /** An ELF executable of one page with the two notes that matter (gABI chapters 4 and 5). */
  private static ElfKernel pvhKernel(String guestSystem) throws BootException {
    return ElfKernel.parse("kernel", KernelFile.inMemory(pvhKernelBytes(guestSystem)));
  }

  private static ByteBuffer pvhKernelBytes(String guestSystem) {
    ByteBuffer elf = ByteBuffer.allocate(0x1000).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    elf.putShort((short) 2).putShort((short) 62).putInt(1).putLong(0x10_0000).putLong(EHDR_SIZE).putLong(0);
    elf.putInt(0).putShort((short) EHDR_SIZE).putShort((short) PHDR_SIZE).putShort((short) 2);
    elf.position(NOTES_AT);
    note(elf, XEN_ELFNOTE_GUEST_OS, guestSystem.getBytes(StandardCharsets.US_ASCII));
    note(elf, XEN_ELFNOTE_PHYS32_ENTRY, new byte[] {0, 0, 0x10, 0});
    int notesLength = elf.position() - NOTES_AT;
    elf.position(EHDR_SIZE);
    programHeader(elf, PT_LOAD, 0, 0x1000);
    programHeader(elf, PT_NOTE, NOTES_AT, notesLength);
    return elf.rewind();
  }

  private static void programHeader(ByteBuffer elf, int type, int offset, int length) {
    int fileLength = Math.min(length, elf.capacity());
    elf.putInt(type).putInt(5).putLong(offset).putLong(0x10_0000 + offset).putLong(0x10_0000 + offset);
    elf.putLong(fileLength).putLong(length).putLong(4);
  }

  private static void note(ByteBuffer elf, int type, byte[] descriptor) {
    elf.putInt(4).putInt(descriptor.length).putInt(type).put(new byte[] {'X', 'e', 'n', 0}).put(descriptor);
    elf.position((elf.position() + 3) & ~3);
  }
}
