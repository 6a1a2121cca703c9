package org.demitasse.boot.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.demitasse.boot.Initrd;
import org.demitasse.boot.Layout;
import org.demitasse.boot.TestFiles;
import org.demitasse.boot.VirtioDiscovery;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.boot.loader.KernelImage;
import org.demitasse.boot.loader.KernelLoader;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootTest {
  @TempDir Path folder;

  private static Boot.Request request(KernelImage kernel, Optional<Initrd> initrd, VirtioDiscovery... discovery) {
    return new Boot.Request(
        kernel, initrd, "words", Optional.empty(), List.of(discovery).stream().findFirst(), 1, List.of(0, 1));
  }

  @Test
  void pvhHandsOverStartInfoThatNetbsdCanCopyIntoOnePage() throws Exception {
    Path file = Files.write(folder.resolve("initrd"), new byte[5000]);
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      Boot.Prepared prepared = Boot.prepare(request(OwnGuest.HELLO.image(), Optional.of(Initrd.open(file))), memory);
      long info = prepared.state().gpr()[3];
      assertThat(memory.readInt(info)).isEqualTo(0x336ec578);
      assertThat(memory.readInt(info + 4)).isEqualTo(1);
      assertThat(memory.readInt(info + 12)).isEqualTo(1);
      long module = memory.readLong(info + 16);
      assertThat(memory.readLong(module)).isEqualTo((16 << 20) - 8192);
      assertThat(memory.readLong(module + 8)).isEqualTo(5000);
      assertThat(memory.readLong(info + 32)).isEqualTo(Layout.RSDP);
      int entries = memory.readInt(info + 48);
      assertThat(56 + 24 * entries + 2048).isLessThan(4096);
      assertThat(info).isLessThan(prepared.kernel().start());
      assertThat(prepared.state().cr0()).isEqualTo(0x11);
      assertThat(prepared.state().rflags()).isEqualTo(2);
    }
  }

  @Test
  void ourStructuresMakeRoomForAKernelInLowMemory() throws Exception {
    byte[] tiny = OwnGuest.TINY.bytes();
    ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN).putInt(52 + 12, 0).putInt(52 + 20, 0x30000);
    ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN).putInt(0xe0 + 16, 0); // the note's entry
    KernelImage kernel = KernelLoader.open("low", ByteBuffer.wrap(tiny));
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      Boot.Prepared prepared = Boot.prepare(request(kernel, Optional.empty()), memory);
      assertThat(prepared.state().gpr()[3]).isGreaterThanOrEqualTo(0x30000);
      assertThat(prepared.state().gdtr().base()).isGreaterThanOrEqualTo(0x30000);
      assertThat(memory.readShort(0x40e)).isNotEqualTo((int) (Layout.EBDA >> 4)); // that is the kernel's
    }
  }

  /** As GNU ld makes it of {@code -Ttext=0x100000}: the first page loaded is that of the file's headers. */
  @Test
  void aKernelAtOneMebibyteMayHaveThePageBelow() throws Exception {
    byte[] tiny = OwnGuest.TINY.bytes();
    ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN).putInt(52 + 12, 0xff000).putInt(52 + 20, 0x2000);
    ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN).putInt(0xe0 + 16, 0xff100); // the note's entry
    KernelImage kernel = KernelLoader.open("low", ByteBuffer.wrap(tiny));
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      assertThat(Boot.prepare(request(kernel, Optional.empty()), memory).state().rip()).isEqualTo(0xff100);
      ByteBuffer bytes = ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(memory.readInt(0xff000)).isEqualTo(bytes.getInt(bytes.getInt(52 + 4)));
      assertThat(memory.readInt(Layout.RESET_VECTOR)).as("the kernel's, not a jump of ours").isZero();
    }
  }

  @Test
  void theInitrdIsBelowAKernelAtTheEndOfMemory() throws Exception {
    byte[] tiny = OwnGuest.TINY.bytes();
    int top = (16 << 20) - 0x2000;
    ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN).putInt(52 + 12, top).putInt(52 + 20, 0x2000);
    ByteBuffer.wrap(tiny).order(ByteOrder.LITTLE_ENDIAN).putInt(0xe0 + 16, top); // the note's entry
    KernelImage kernel = KernelLoader.open("high", ByteBuffer.wrap(tiny));
    Path file = Files.write(folder.resolve("initrd"), new byte[5000]);
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      long info = Boot.prepare(request(kernel, Optional.of(Initrd.open(file))), memory).state().gpr()[3];
      assertThat(memory.readLong(memory.readLong(info + 16))).isEqualTo(top - 0x2000);
    }
  }

  @Test
  void anElfFileGoesWhereItsMultibootHeaderSays() throws Exception {
    int flags = 0x1_0000;
    byte[] tiny = OwnGuest.TINY.bytes();
    ByteBuffer file = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN).put(tiny);
    file.putInt(52 + 12, 0xc010_0000).putInt(0xe0 + 8, 99); // linked high, and no note that says more
    file.position(900).putInt(0x1bad_b002).putInt(flags).putInt(-(0x1bad_b002 + flags));
    file.putInt(0x20_0000 + 900).putInt(0x20_0000).putInt(0).putInt(0x20_1000).putInt(0x20_0010);
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      Boot.Prepared prepared = Boot.prepare(request(KernelLoader.open("high", file.clear()), Optional.empty()), memory);
      assertThat(prepared.state().rip()).isEqualTo(0x20_0010);
      assertThat(prepared.kernel().end()).isEqualTo(0x20_1000);
      assertThat(memory.readInt(0x20_0000)).isEqualTo(0x464c457f);
    }
  }

  @Test
  void aGuestNeverSeesADeviceTwice() throws Exception {
    KernelImage linux = KernelLoader.open(TestFiles.of("linux-cloud/vmlinuz"));
    assertDiscovery(request(linux, Optional.empty()), VirtioDiscovery.ACPI, 2, false);
    assertDiscovery(request(OwnGuest.HELLO.image(), Optional.empty()), VirtioDiscovery.CMDLINE, 0, true);
    assertDiscovery(request(linux, Optional.empty(), VirtioDiscovery.CMDLINE), VirtioDiscovery.CMDLINE, 0, true);
    assertDiscovery(
        request(OwnGuest.HELLO.image(), Optional.empty(), VirtioDiscovery.ACPI), VirtioDiscovery.ACPI, 2, false);
  }

  @Test
  void aMultibootProgramGetsTheWordsOfTheUserAndNoOthers() throws Exception {
    int flags = 0x1_0003;
    ByteBuffer image = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putInt(0x1bad_b002).putInt(flags);
    image
        .putInt(-(0x1bad_b002 + flags))
        .putInt(0x20_0000)
        .putInt(0x20_0000)
        .putInt(0x20_0040)
        .putInt(0x20_0040)
        .putInt(0x20_0020);
    Boot.Request request = request(KernelLoader.open("folder/program", image.clear()), Optional.empty());
    assertDiscovery(request, VirtioDiscovery.ACPI, 2, false);
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      assertThat(Boot.prepare(request, memory).cmdline()).isEqualTo("program words");
    }
  }

  private static void assertDiscovery(Boot.Request request, VirtioDiscovery expected, int inAcpi, boolean inCmdline)
      throws Exception {
    try (GuestMemory memory = new GuestMemory(256 << 20)) {
      Boot.Prepared prepared = Boot.prepare(request, memory);
      assertThat(prepared.discovery()).isEqualTo(expected);
      assertThat(prepared.cmdline().contains("virtio_mmio.device=")).isEqualTo(inCmdline);
      String tables =
          new String(memory.readBytes(Layout.ACPI_TABLES, 0x1000), java.nio.charset.StandardCharsets.ISO_8859_1);
      assertThat(tables.split("LNRO0005", -1)).hasSize(inAcpi + 1);
    }
  }

  @Test
  void longModeEntryMapsFourGibibytesOneToOne() throws Exception {
    KernelImage linux = KernelLoader.open(TestFiles.of("linux-cloud/vmlinuz"));
    Boot.Request request =
        new Boot.Request(
            linux,
            Optional.empty(),
            "",
            Optional.of(org.demitasse.boot.BootProtocol.LINUX64),
            Optional.empty(),
            1,
            List.of());
    try (GuestMemory memory = new GuestMemory(256 << 20)) {
      VcpuState state = Boot.prepare(request, memory).state();
      for (long address : new long[] {0, 0x1234_5678, 0xfee0_0000L, 0xffff_ffffL}) {
        long pdpt = memory.readLong(state.cr3()) & -4096;
        long directory = memory.readLong(pdpt + (address >> 30) * 8) & -4096;
        long entry = memory.readLong(directory + (address >> 21 & 511) * 8);
        assertThat(entry & 0x83).isEqualTo(0x83);
        assertThat((entry & -(1L << 21)) + (address & (1 << 21) - 1)).isEqualTo(address);
      }
      assertThat(state.msrs().get(0xc000_0080)).isEqualTo(0x500L);
    }
  }
}
