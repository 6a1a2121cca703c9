package org.demitasse.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.demitasse.machine.KernelSpec;
import org.demitasse.machine.Machine;
import org.demitasse.machine.MachineSpec;
import org.demitasse.machine.Outcome;
import org.demitasse.machine.UnusableInputException;

/**
 * Boots the same kernel several times, one machine after the other, in this JVM: the later ones run translated code
 * that the first one made.
 */
final class WarmBoot {
  private static final double NANOS = 1e9;

  private final int runs;
  private final PrintStream out;

  WarmBoot(int runs, PrintStream out) {
    this.runs = runs;
    this.out = out;
  }

  void run() throws IOException {
    Path initrd = Files.createTempFile("demitasse-bench", ".cpio");
    try {
      Initramfs.write(initrd, BootBench.busybox(), BootBench.INIT);
      MachineSpec spec =
          MachineSpec.of(new KernelSpec.KernelFile(BootBench.kernel()))
              .withInitrd(initrd)
              .withAppend(BootBench.CMDLINE);
      out.println("boots of one kernel in one JVM to \"" + BootBench.TEXT + "\"");
      out.println("| boot | wall s | machine thread CPU s |");
      out.println("|---|---|---|");
      for (int n = 1; n <= runs; n++) {
        long start = System.nanoTime();
        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        boot(spec);
        double seconds = (System.nanoTime() - start) / NANOS;
        double busy = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu) / NANOS;
        out.printf("| %d | %.2f | %.2f |%n", n, seconds, busy);
      }
    } finally {
      Files.delete(initrd);
    }
  }

  private static void boot(MachineSpec spec) throws IOException {
    try (Machine machine = Machine.assemble(spec, value -> {}, BootBench.TEXT, warning -> {})) {
      Outcome outcome = machine.run();
      if (outcome.kind() != Outcome.Kind.TEXT_SEEN) {
        throw new IOException("the boot ended otherwise: " + outcome.kind() + " " + outcome.sentence());
      }
    } catch (UnusableInputException unusable) {
      throw new IOException(unusable.getMessage(), unusable);
    }
  }
}
