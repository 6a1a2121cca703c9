package org.demitasse.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.demitasse.machine.KernelSpec;
import org.demitasse.machine.Machine;
import org.demitasse.machine.MachineSpec;
import org.demitasse.machine.Outcome;
import org.demitasse.machine.UnusableInputException;

/**
 * Several machines in one JVM, by the library: what a process for each cannot do. A program of its own, which the
 * benchmarks start; it tells how far it is by lines on standard output.
 */
public final class OneJvm {
  private static final long SETTLE_MS = 1500;

  /** After so long a machine counts as idle, and forgets its decoded code. */
  private static final long IDLE_MS = 5000;

  private OneJvm() {}

  /**
   * Runs machines.
   *
   * @param arguments {@code boots} (one after the other to a text) or {@code idle} (all at once, each left alone when
   *     it has printed the text); how many; the text; kernel; initrd or -; MiB; command line
   */
  public static void main(String[] arguments) throws UnusableInputException, IOException, InterruptedException {
    int count = Integer.parseInt(arguments[1]);
    MachineSpec spec =
        MachineSpec.of(new KernelSpec.KernelFile(Path.of(arguments[3])))
            .withInitrd(arguments[4].equals("-") ? null : Path.of(arguments[4]))
            .withMemoryMib(Integer.parseInt(arguments[5]))
            .withAppend(arguments[6]);
    if (arguments[0].equals("boots")) {
      boot(spec, arguments[2], count);
    } else {
      idle(spec, arguments[2], count);
    }
    System.exit(0); // idle machines run on
  }

  static void warn(String sentence) {
    System.err.println(sentence);
  }

  /** Boots machines to a text, one after the other. */
  static void boot(MachineSpec spec, String text, int count) throws UnusableInputException {
    for (int n = 1; n <= count; n++) {
      System.out.println("BEGIN boot " + n);
      try (Machine machine = Machine.assemble(spec, value -> {}, text, OneJvm::warn)) {
        Outcome outcome = machine.run();
        if (outcome.kind() != Outcome.Kind.TEXT_SEEN) {
          throw new IllegalStateException("the guest ended otherwise: " + outcome);
        }
      }
      System.out.println("END 1");
    }
  }

  private static void idle(MachineSpec spec, String text, int count)
      throws UnusableInputException, InterruptedException {
    long written = 0;
    for (int n = 1; n <= count; n++) {
      CountDownLatch ready = new CountDownLatch(1);
      StringBuilder line = new StringBuilder(); // the machine's thread
      Machine machine =
          Machine.assemble(
              spec,
              value -> {
                line.append((char) value);
                if (line.indexOf(text) >= 0) {
                  ready.countDown();
                }
                if (value == '\n') {
                  line.setLength(0);
                }
              },
              null,
              OneJvm::warn);
      Thread.ofPlatform().daemon().name("machine " + n).start(machine::run);
      ready.await();
      Thread.sleep(IDLE_MS);
      System.gc();
      written += machine.statistics().memory().writtenBytes();
      System.out.println("IDLE " + n + " " + written);
      Thread.sleep(SETTLE_MS); // while the other side looks
    }
  }
}
