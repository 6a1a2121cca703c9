package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Linux sees of the machine: its memory, its vCPUs, its clock. */
class LinuxMachineTest {
  private static final Pattern TOTAL = Pattern.compile("MemTotal: +(\\d+) kB");
  private static final Pattern FILLED = Pattern.compile("filled (\\d+)");

  @TempDir private Path folder;

  private Demi cloud() {
    return new Demi(folder)
        .with("--kernel", new LinuxKernel(Flavour.CLOUD).image(), "--initrd", new Initramfs().write(folder));
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 5120})
  void memoryIsAllThere(int memoryMib) {
    memory(memoryMib);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {2048, 3072, 3073})
  void memoryAroundTheHoleIsAllThere(int memoryMib) {
    memory(memoryMib);
  }

  private void memory(int memoryMib) {
    int fillMib = Math.min(memoryMib / 3, 64);
    Demi.Result result =
        cloud()
            .with("-m", memoryMib)
            .typing(
                """
                grep MemTotal /proc/meminfo
                cat /proc/iomem
                mount -t tmpfs -o size=90%% none /tmp
                dd if=/dev/zero of=/tmp/zeroes bs=1M count=%d 2>/dev/null
                echo filled $(wc -c < /tmp/zeroes)
                poweroff -f
                """
                    .formatted(fillMib))
            .run()
            .poweredOff();
    Matcher total = TOTAL.matcher(result.console());
    assertThat(total.find()).as(result.console()).isTrue();
    long seenMib = Long.parseLong(total.group(1)) >> 10;
    assertThat(seenMib)
        .as("the kernel keeps less than 64 MiB and 4%")
        .isBetween(memoryMib * 96L / 100 - 64, (long) memoryMib);
    Matcher filled = FILLED.matcher(result.console());
    assertThat(filled.results().map(match -> match.group(1)).toList())
        .as(result.console())
        .contains(Long.toString((long) fillMib << 20));
    if (memoryMib > 3072) {
      assertThat(result.console()).contains("100000000-%x : System RAM".formatted((memoryMib + 1024L << 20) - 1));
    }
  }

  @Test
  void twoVcpusShareTheWork() {
    Demi.Result result =
        cloud()
            .with("-c", 2)
            .typing(
                """
                nproc
                (taskset -c 0 sh -c 'seq 1 20000 | md5sum') & (taskset -c 1 sh -c 'seq 1 20000 | md5sum') & wait
                grep -e LOC -e RES -e CAL /proc/interrupts
                poweroff -f
                """)
            .run()
            .poweredOff();
    assertThat(result.console()).contains("smp: Brought up 1 node, 2 CPUs").contains("\n2\n");
    assertThat(result.console().split("[0-9a-f]{32}  -", -1)).as(result.console()).hasSize(3);
    assertThat(result.console())
        .doesNotContain("Call Trace", "clocksource: timekeeping watchdog", "TSC synchronization");
  }

  /** The bzImage's own code unpacks it and puts it at random; the kernel itself tells where when it panics. */
  @Test
  void aKernelThatMovedItselfHasItsNamesInACrashReport() {
    Demi.Result result =
        new Demi(folder)
            .with("--kernel", new LinuxKernel(Flavour.CLOUD).image(), "--boot-protocol", "linux64")
            .with("--clock", "virtual", "--append", "console=ttyS0 panic=-1 cryptomgr.notests quiet")
            .run();
    assertThat(result.status()).as(result.errors()).isEqualTo(80);
    assertThat(result.console()).containsPattern("Kernel Offset: 0x(?!0 )").contains("mount_block_root");
    assertThat(result.errors()).contains("io_serial_out", "vprintk_emit", "mount_block_root");
  }

  /** A panic before the kernel has handlers of its own: where it is then shows by its banner only. */
  @Test
  void aKernelThatMovedItselfHasItsNamesFromItsFirstLineOn() {
    Demi.Result result =
        new Demi(folder)
            .with("--kernel", new LinuxKernel(Flavour.CLOUD).image(), "--boot-protocol", "linux64")
            .with("--append", "earlyprintk=serial,ttyS0,115200 memmap=exactmap memmap=640K@0")
            .with("--clock", "virtual")
            .run();
    assertThat(result.status()).as(result.errors()).isEqualTo(80);
    assertThat(result.console()).contains("Invalid user supplied memory map");
    assertThat(result.errors()).contains("e820__finish_early_params", "setup_arch", "start_kernel");
  }

  @Test
  void virtualTimeRepeatsEveryInstructionAndByte() {
    Demi.Result first = virtual();
    Demi.Result second = virtual();
    assertThat(second.console()).isEqualTo(first.console());
    assertThat(second.instructions()).isEqualTo(first.instructions());
  }

  private Demi.Result virtual() {
    return cloud()
        .with("--clock", "virtual")
        .typing("head -c 16 /dev/urandom | md5sum; sleep 100; cat /proc/uptime; date; poweroff -f\n")
        .run()
        .poweredOff();
  }
}
