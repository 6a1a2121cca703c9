package org.demitasse.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** {@code ./dev bench}: chooses a benchmark by name. */
public final class Bench {
  private static final int WARM_RUNS = 4;
  private static final int EXIT_USAGE = 64;
  private static final int EXIT_FAILED = 70;

  private Bench() {}

  /** Runs the benchmark that the first argument names; without arguments, lists them. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length == 0) {
      System.out.println(
          "boot [--runs N] [--timeout SECONDS] [--json FILE]  Debian's cloud kernel to Run /init: demi, its");
      System.out.println("      interpreter alone, and qemu-system-x86_64 -M microvm -accel tcg, in turns");
      System.out.println(
          "kvm [--runs N] [--writes N]  the same kernel under demi and QEMU, both on KVM: times, exits by");
      System.out.println(
          "      reason, and the cost of one exit. In the lab, or with KVM_BENCH_HERE=1 on this computer");
      System.out.println("warm [RUNS]  the same boot several times in one JVM");
      System.out.println("profile  where the time of that boot goes, by cost centre");
      return;
    }
    List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
    try {
      switch (arguments[0]) {
        case "boot" -> new BootBench(BootBench.Options.parse(rest), Path.of("").toAbsolutePath(), System.out).run();
        case "kvm" -> new KvmBench(KvmBench.Options.parse(rest), System.out).run();
        case "warm" -> new WarmBoot(rest.isEmpty() ? WARM_RUNS : Integer.parseInt(rest.getFirst()), System.out).run();
        case "profile" -> new BootProfile(System.out).run();
        default -> throw new IllegalArgumentException("bench: there is no benchmark " + arguments[0]);
      }
    } catch (IllegalArgumentException wrong) {
      System.err.println(wrong.getMessage());
      System.exit(EXIT_USAGE);
    } catch (IOException failed) {
      System.err.println("bench: " + failed.getMessage());
      System.exit(EXIT_FAILED);
    }
  }
}
