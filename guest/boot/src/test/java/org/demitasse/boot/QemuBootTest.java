package org.demitasse.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.boot.loader.KernelLoader;
import org.demitasse.boot.protocol.Boot;
import org.demitasse.core.memory.GuestMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What we hand over to a kernel, judged by real kernels on QEMU's CPU and devices, with nothing of QEMU's firmware. */
class QemuBootTest {
  private static final long MIB = 1 << 20;
  // QEMU's own time is what its calibration can hang on, and is not what is tested here.
  private static final String LINUX = "console=ttyS0 tsc_early_khz=1000000 lpj=1000000 no_timer_check panic=-1";

  @TempDir Path folder;

  private String run(Boot.Request request, long mib, String until, String... more) throws Exception {
    try (GuestMemory memory = new GuestMemory(mib * MIB)) {
      Boot.Prepared prepared = Boot.prepare(request, memory);
      return new QemuMachine(folder).run(memory, prepared.state(), until, 90, more).replace("\r", "");
    }
  }

  @Test
  void tinyPrintsItsLine() throws Exception {
    assertThat(run(Guests.request(OwnGuest.TINY.image(), ""), 32, "light\n")).contains("first light");
  }

  @Test
  void helloFindsMemoryCommandLineAndDisk() throws Exception {
    Path disk = folder.resolve("disk");
    Files.write(disk, new byte[1 << 20]);
    String console =
        run(
            Guests.request(OwnGuest.HELLO.image(), "some words", 7, 6),
            48,
            "Goodbye",
            "-drive",
            "if=none,id=d,format=raw,file=" + disk,
            "-device",
            "virtio-blk-device,drive=d",
            "-device",
            "virtio-rng-device");
    assertThat(console)
        .contains("start_info version 1", "ACPI tables at 0xe0000", "some words virtio_mmio.device=512@0xfeb00e00:12")
        .contains("0x000100000 to 0x003000000 usable")
        .contains("0xfeb00e00 irq 12: disk (2), version 2, 1024 KiB, wrote and read back 4096 bytes, visit 1")
        .contains("0xfeb00c00 irq 11: entropy (4)", "All is well");
    assertThat(new String(Files.readAllBytes(disk), 0, 22, java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo("DEMITASSE SCRATCH DISK");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void multibootKernelReadsItsInformation(boolean flat) throws Exception {
    Path module = Files.writeString(folder.resolve("module"), "I am a module\0");
    Boot.Request request = Guests.request(KernelLoader.open(Guests.multiboot(folder, flat)), "--verbose");
    String console = run(Guests.withInitrd(request, module), 16, "module\n");
    assertThat(console).contains((flat ? "multiboot.bin" : "multiboot.elf") + " --verbose\n15360\nI am a module\n");
  }

  @ParameterizedTest
  @EnumSource(
      value = BootProtocol.class,
      names = {"PVH", "LINUX64", "LINUX32"})
  void debiansCloudKernelBootsByEachProtocol(BootProtocol protocol) throws Exception {
    Boot.Request request =
        Guests.request(KernelLoader.open(TestFiles.of("linux-cloud/vmlinuz")), LINUX + " earlyprintk=ttyS0", 7);
    String until = "Using ACPI (MADT)";
    assertThat(run(Guests.withProtocol(request, protocol), 256, until)).contains(until);
  }

  @Test
  void debiansCloudKernelFindsItsDevicesThroughOurAcpiTables() throws Exception {
    Boot.Request request =
        Guests.withVcpus(Guests.request(KernelLoader.open(TestFiles.of("linux-cloud/vmlinuz")), LINUX, 7), 2);
    String console = run(request, 256, "registered as rtc0", "-smp", "2");
    assertThat(console)
        .contains("IOAPIC[0]: apic_id 2", "Brought up 1 node, 2 CPUs", "1 ACPI AML tables successfully acquired")
        .contains("ttyS0 at I/O 0x3f8", "No PS/2 controller found", "registered as rtc0")
        .doesNotContain("ACPI Error", "ACPI Warning", "ACPI BIOS");
  }
}
