package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Whole machines on a real KVM. {@link LabTest} runs them in the lab. */
@Tag("lab")
@TestMethodOrder(MethodOrderer.MethodName.class)
class KvmMachineTest {
  private static final int LIMIT_SECONDS = 300;

  /** A folder for each machine that the kernel has (Linux, virt/kvm/kvm_main.c). */
  private static final Path MACHINES = Path.of("/sys/kernel/debug/kvm");

  /** Property that names what {@link #writeInitramfs} has written before: the lab is slow. */
  static final String INITRAMFS = "demitasse.lab.initramfs";

  /** From {@link PvhKernel}'s entry at 0x100088 to 64-bit mode, and CLI, HLT. */
  private static final String LONG_MODE =
      "c7 05 00 00 20 00 03 10 20 00" // mov dword [0x200000], 0x201003
          + "c7 05 00 10 20 00 03 20 20 00" // mov dword [0x201000], 0x202003
          + "c7 05 00 20 20 00 83 00 00 00" // mov dword [0x202000], 0x83: the first 2 MiB
          + "b8 00 00 20 00 0f 22 d8" // mov eax, 0x200000; mov cr3, eax
          + "0f 20 e0 83 c8 20 0f 22 e0" // mov eax, cr4; or eax, 0x20; mov cr4, eax
          + "b9 80 00 00 c0 0f 32" // mov ecx, 0xc0000080; rdmsr
          + "0d 00 01 00 00 0f 30" // or eax, 0x100; wrmsr
          + "0f 20 c0 0d 00 00 00 80 0f 22 c0" // mov eax, cr0; or eax, 0x80000000; mov cr0, eax, at 0x1000cd
          + "0f 01 15 e8 00 10 00" // lgdt [0x1000e8]
          + "ea de 00 10 00 08 00" // ljmp 8, 0x1000de
          + "48 c7 c0 34 12 00 00 fa f4 90" // mov rax, 0x1234; cli; hlt
          + "17 00 f0 00 10 00 00 00" // the table's limit and address
          + "00 00 00 00 00 00 00 00 00 00 00 00 00 9b 20 00 00 00 00 00 00 93 00 00";

  /** Exit status of a guest that halted for good. */
  private static final int HALTED = 0;

  /** The same for what {@link ModuleNames#initramfs} has written. */
  static final String MODULE_INITRAMFS = "demitasse.lab.module-initramfs";

  private static final LinuxKernel KERNEL = new LinuxKernel(Flavour.CLOUD);

  @TempDir private Path folder;

  /** What the kernels here are booted with. */
  static Path writeInitramfs(Path folder) {
    return new Initramfs().modules(KERNEL.modules("virtio_mmio", "virtio_blk")).write(folder);
  }

  private Demi demi() {
    return new Demi(folder).on("kvm").within(LIMIT_SECONDS);
  }

  private Demi cloud() {
    String initramfs = System.getProperty(INITRAMFS);
    return demi()
        .with("--kernel", KERNEL.image(), "-m", 192, "--hang", 90)
        .with("--initrd", initramfs == null ? writeInitramfs(folder) : initramfs);
  }

  @Test
  void helloTellsWhatItWasGivenAndPowersOff() {
    Demi.Result result = demi().with("hello", "-m", 64, "--append", "one two").run().poweredOff();
    assertThat(result.console())
        .contains("cmdline   one two virtio_mmio.device=")
        .contains("0x000100000 to 0x004000000 usable")
        .contains("under KVMKVMKVM, leaves to 0x40000010")
        .contains("wrote and read back 4096 bytes")
        .contains("All is well.");
    assertThat(result.errors()).isEmpty();
    assertThat(result.stats()).contains("\"kvm_exits\": {", "\"io\": ", "\"mmio\": ");
  }

  @Test
  void linuxGivesAShellWithADiskAndTwoVcpus() throws IOException {
    Path disk = Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
    Demi.Result result =
        cloud()
            .with("-c", 2, "--disk", disk, "--append", "quiet") // each character costs two exits
            .typing(
                """
                nproc
                dmesg | grep -E 'Run /init|smp: Brought|kvm-clock: Using|BUG:|Oops'
                echo written by the guest > /dev/vda; sync
                (taskset 1 seq 1 2000 | md5sum) & (taskset 2 seq 1 2000 | md5sum) & wait
                poweroff -f
                """)
            .run()
            .poweredOff();
    assertThat(result.console())
        .contains("Run /init", "smp: Brought up 1 node, 2 CPUs", "\n2\n", "reboot: Power down")
        .contains("kvm-clock: Using msrs")
        .doesNotContain("BUG: ", "Oops: ", "Kernel panic"); // of XSAVE, which the lab's CPU hides from KVM, Linux warns
    assertThat(result.console().split("[0-9a-f]{32}  -", -1)).as(result.console()).hasSize(3);
    assertThat(Files.readString(disk).substring(0, 21)).isEqualTo("written by the guest\n");
    assertThat(result.errors()).isEmpty();
  }

  @Test
  @Tag("slow")
  void linuxGivesAShellWithOneVcpu() {
    Demi.Result result = cloud().typing("nproc; uname -m; poweroff -f\n").run().poweredOff();
    assertThat(result.console()).contains("Run /init", "\n1\nx86_64\n", "reboot: Power down");
  }

  @Test
  void netBsdFindsItsRoot() {
    netBsd(1);
  }

  @Test
  void netBsdFindsItsRootWithTwoVcpus() {
    netBsd(2);
  }

  private void netBsd(int vcpus) {
    NetBsdTest.needsFiles();
    Demi.Result result =
        NetBsdTest.machine(folder).on("kvm").within(LIMIT_SECONDS).with("-c", vcpus).run().poweredOff();
    assertThat(result.console())
        .contains("ioapic0 at mainbus0 apid " + vcpus, "pvclock0 at pv0", "root on ld0a", NetBsdTest.ROOT_FOUND)
        .containsOnlyOnce("ld0 at virtio")
        .contains("cpu%d at mainbus0".formatted(vcpus - 1))
        .doesNotContain("failed to start");
  }

  @Test
  void aKilledProcessLeavesNoMachineBehind() throws IOException, InterruptedException {
    assertThat(machines()).isEmpty();
    Process process = cloud().with("--append", "earlyprintk=serial,ttyS0").builder().redirectErrorStream(true).start();
    try (InputStream console = process.getInputStream()) {
      assertThat(console.read()).as("the guest's first byte").isGreaterThan(0);
      assertThat(machines()).hasSize(1);
      process.destroyForcibly(); // SIGKILL
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!machines().isEmpty() && System.nanoTime() < end) {
      Thread.sleep(100);
    }
    assertThat(machines()).isEmpty();
  }

  @Test
  void aJumpToWhereNoMemoryIsEndsWithTheCrashReport() throws IOException {
    Path kernel = PvhKernel.write(folder.resolve("jump.elf"), "b8 00 00 00 e0 ff e0"); // mov eax, 0xe0000000; jmp eax
    Demi.Result result = demi().with("--kernel", kernel, "-m", 64).run();
    assertThat(result.errors())
        .contains("usually the guest has jumped to where there is no memory")
        .contains("32-bit protected mode", "rip 00000000e0000000", "rax 00000000e0000000", "code ");
    assertThat(result.status()).isEqualTo(70);
  }

  /** Steps from the PVH entry, each of which is a stop of the real gdb, into long mode, and on to the end. */
  @Test
  void gdbStepsFromThePvhEntryIntoLongMode() throws IOException, InterruptedException {
    try (DebuggedGuest guest = longMode()) {
      String said =
          guest.gdb(
              Path.of(""),
              "printf \"entry %lx cr0 %lx cs %x\\n\", $pc, $cr0, $cs",
              "stepi 14",
              "printf \"before %lx cr0 %lx efer %lx\\n\", $pc, $cr0, $efer",
              "stepi",
              "printf \"after %lx cr0 %lx efer %lx\\n\", $pc, $cr0, $efer",
              "stepi 2",
              "printf \"long %lx cs %x\\n\", $pc, $cs",
              "set $rax = 5",
              "stepi",
              "printf \"rax %lx\\n\", $rax",
              "monitor info mem",
              "x/2i $pc",
              "c");
      assertThat(said).contains("entry 100088 cr0 11 cs 10", "before 1000cd cr0 11 efer 100");
      assertThat(said).contains("after 1000d0 cr0 80000011 efer 500", "long 1000de cs 8", "rax 1234");
      assertThat(said).contains("0000000000000000-0000000000200000", "cli", "hlt", "exited normally");
      assertThat(guest.ended()).as(guest.errors()).isEqualTo(HALTED);
    }
  }

  @Test
  void breakpointsStopAGuestAtAPhysicalAddress() throws IOException, InterruptedException {
    Assumptions.assumeFalse(
        LabRun.isHere(),
        "the lab's CPU, emulated by QEMU, neither arms the debug registers of a guest's guest nor leaves it for INT3;"
            + " GdbTest has the test on this computer's KVM");
    try (DebuggedGuest guest = longMode()) {
      assertThat(guest.gdb(Path.of(""), "b *0x1000cd", "c", "printf \"at %lx\\n\", $pc", "delete", "c"))
          .contains("at 1000cd", "exited normally");
    }
  }

  private DebuggedGuest longMode() throws IOException {
    Path kernel = PvhKernel.write(folder.resolve("long.elf"), LONG_MODE);
    return new DebuggedGuest(folder, demi().with("--kernel", kernel, "-m", 64, "-S"), LIMIT_SECONDS);
  }

  @Test
  void aKernelsOwnBootLogIsFoundInItsMemory() throws IOException {
    Path log = new TslogGuest(folder).run(demi());
    assertThat(Files.readString(log)).contains(" ENTER main\n", " EXIT config_attach com0\n", " THREAD lwp0 swapper\n");
  }

  @Test
  @Tag("slow")
  void samplesAndGdbNameTheFunctionsOfModules() throws IOException, InterruptedException {
    String initramfs = System.getProperty(MODULE_INITRAMFS);
    Demi linux =
        demi()
            .with("--samples", 20, "--kernel", KERNEL.image(), "-m", 192, "--append", "quiet")
            .with("--initrd", initramfs == null ? ModuleNames.initramfs(folder) : initramfs);
    ModuleNames.check(folder, linux, LIMIT_SECONDS);
  }

  /** An idle vCPU sleeps with interrupts on: that is no sign of life of the other one. */
  @Test
  void aLoopOfOneVcpuIsAHangWhileTheOtherSleeps() throws IOException {
    String code =
        "c7 05 00 80 00 00 fb f4 eb fc" // mov dword [0x8000], sti; hlt; jmp
            + "c7 05 f0 00 e0 fe ff 01 00 00" // mov dword [0xfee000f0], 0x1ff: the local APIC is on
            + "c7 05 00 03 e0 fe 00 45 0c 00" // INIT to all others
            + "c7 05 00 03 e0 fe 08 46 0c 00" // start-up at 0x8000
            + "fa 40 eb fd"; // cli; inc eax; jmp
    Demi.Result result = hanging(code, 2);
    assertThat(result.errors())
        .contains("the guest hangs: on vCPU 0, for ", "interrupts were off")
        .containsPattern("vcpu 1 +halted +interrupts on");
  }

  @Test
  void aLoopWithInterruptsOnIsAHang() throws IOException {
    Demi.Result result = hanging("fb 40 eb fd", 1); // sti; inc eax; jmp
    assertThat(result.errors()).contains("the guest hangs: for ", "in the same few pages of code");
  }

  private Demi.Result hanging(String code, int vcpus) throws IOException {
    Path kernel = PvhKernel.write(folder.resolve("hang.elf"), code);
    Demi.Result result = demi().with("--kernel", kernel, "-m", 64, "-c", vcpus, "--hang", 4).run();
    assertThat(result.status()).as(result.errors()).isEqualTo(80);
    return result;
  }

  private static List<String> machines() throws IOException {
    try (Stream<Path> entries = Files.list(MACHINES)) {
      return entries.filter(Files::isDirectory).map(Path::toString).toList();
    }
  }
}
