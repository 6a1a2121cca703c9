package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A NetBSD/amd64 microVM kernel that the user has, up to its root file system; docs/netbsd.md says which fits. No
 * package has one, so the kernel and a disk with an FFS root are named by two environment variables.
 */
class NetBsdTest {
  private static final String KERNEL = "DEMITASSE_NETBSD_KERNEL";
  private static final String DISK = "DEMITASSE_NETBSD_DISK";

  /** The kernel's last line before it starts init. */
  static final String ROOT_FOUND = "root file system type: ffs";

  @TempDir private Path folder;

  @BeforeEach
  void needsKernelAndDisk() {
    needsFiles();
  }

  /** Skips a test where the two files are not there. */
  static void needsFiles() {
    for (String variable : new String[] {KERNEL, DISK}) {
      String file = System.getenv(variable);
      String reason = "needs the environment variable %s, a file that is there: docs/netbsd.md".formatted(variable);
      boolean there = file != null && Files.isRegularFile(Path.of(file));
      if (!there) {
        System.out.println("NetBSD is skipped: " + reason);
      }
      assumeTrue(there, reason);
    }
  }

  private Demi netBsd() {
    return machine(folder);
  }

  /** A machine that keeps its files in a folder and ends when the kernel has found its root. */
  static Demi machine(Path folder) {
    return new Demi(folder)
        .with("--kernel", System.getenv(KERNEL), "--disk", System.getenv(DISK) + ",overlay")
        .with("--append", "console=com root=ld0a -v", "--until", ROOT_FOUND);
  }

  @Test
  void findsEachDeviceOnceAndItsRoot() {
    Demi.Result result = netBsd().run().poweredOff();
    assertThat(result.console()).contains("root on ld0a", ROOT_FOUND);
    for (String device : new String[] {"ld0 at virtio", "vioif0 at virtio", "viornd0 at virtio"}) {
      assertThat(result.console()).containsOnlyOnce(device);
    }
    assertThat(result.console()).doesNotContain("ld1 at", "vioif1 at", "viornd1 at");
  }

  @Test
  void readsTheClockRateInsteadOfMeasuringIt() {
    Demi.Result result = netBsd().run().poweredOff();
    assertThat(result.console()).contains("TSC freq CPUID 1000000000 Hz");
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 5120})
  void memoryIsAllThere(int memoryMib) {
    Demi.Result result = netBsd().with("-m", memoryMib).run().poweredOff();
    assertThat(result.console())
        .containsPattern(Pattern.compile("total memory = (%d|%d) MB".formatted(memoryMib - 1, memoryMib)));
  }

  @Test
  void twoVcpusAreStarted() {
    Demi.Result result = netBsd().with("-c", 2).run().poweredOff();
    assertThat(result.console()).contains("cpu0 at mainbus0", "cpu1 at mainbus0").doesNotContain("failed to start");
  }

  @Test
  void virtualTimeRepeatsEveryInstructionAndByte() {
    Demi.Result first = netBsd().with("--clock", "virtual").run().poweredOff();
    Demi.Result second = netBsd().with("--clock", "virtual").run().poweredOff();
    assertThat(second.console()).isEqualTo(first.console());
    assertThat(second.instructions()).isEqualTo(first.instructions());
  }
}
