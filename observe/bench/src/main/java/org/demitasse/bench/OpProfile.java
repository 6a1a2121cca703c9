package org.demitasse.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.demitasse.machine.KernelSpec;
import org.demitasse.machine.Machine;
import org.demitasse.machine.MachineSpec;
import org.demitasse.machine.UnusableInputException;

/**
 * Which instructions the interpreter executes in a boot, and which one after the other: Debian's cloud kernel to {@code
 * Run /init}, once, in this JVM. Shares are of all that was counted; what is rarer is left out.
 */
final class OpProfile {
  /** The property of the soft CPU that makes it count. */
  private static final String COUNT = "demitasse.tally.ops";

  private static final String KEY = "op ";
  private static final double LEAST_SHARE = 0.001;
  private static final double PERCENT = 100.0;

  private final PrintStream out;

  OpProfile(PrintStream out) {
    this.out = out;
  }

  /** A kind of op, or two of them with a blank between. */
  private record Executed(String kinds, long count) {
    boolean isPair() {
      return kinds.indexOf(' ') >= 0;
    }
  }

  void run() throws IOException {
    System.setProperty(COUNT, "true");
    List<Executed> all = new ArrayList<>();
    boot()
        .forEach((key, count) -> {
          if (key.startsWith(KEY)) {
            all.add(new Executed(key.substring(KEY.length()), count));
          }
        });
    all.sort(Comparator.comparingLong(Executed::count).reversed().thenComparing(Executed::kinds));
    long instructions = all.stream().filter(one -> !one.isPair()).mapToLong(Executed::count).sum();
    out.printf("# %,d interpreted instructions, in %%%n", instructions);
    for (boolean pairs : new boolean[] {false, true}) {
      out.println(pairs ? "# pairs within a block" : "# single instructions");
      all.stream()
          .filter(one -> one.isPair() == pairs && one.count >= LEAST_SHARE * instructions)
          .forEach(one -> out.printf("%5.2f %s%n", PERCENT * one.count / instructions, one.kinds));
    }
  }

  private static Map<String, Long> boot() throws IOException {
    Path initrd = Files.createTempFile("demitasse-bench", ".cpio");
    try {
      Initramfs.withBusybox(Material.busybox(), Jobs.LINUX_INIT).write(initrd);
      MachineSpec spec =
          MachineSpec.of(new KernelSpec.KernelFile(Material.linux())).withInitrd(initrd).withAppend(Jobs.CMDLINE);
      try (Machine machine = Machine.assemble(spec, value -> {}, Jobs.LINUX_READY, OneJvm::warn)) {
        machine.run();
        return machine.statistics().engine();
      }
    } catch (UnusableInputException unusable) {
      throw new IOException(unusable.getMessage(), unusable);
    } finally {
      Files.delete(initrd);
    }
  }
}
