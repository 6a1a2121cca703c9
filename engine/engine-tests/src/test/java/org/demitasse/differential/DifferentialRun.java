package org.demitasse.differential;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.demitasse.cpu.SoftEngine;

/**
 * The long run: {@code --cases N --seed S --from I --show FAMILIES --whole-engine 0|1 --sequences 0|1}. Exit status 1 if
 * anything differs.
 *
 * <p>The whole engine (loop, code cache, delivery of exceptions) is slower than the CPU op by op, which is the default.
 * Sequences are short programs instead of single instructions.
 */
final class DifferentialRun {
  private static final long PROGRESS = 2_000_000;

  private DifferentialRun() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, Long> options =
        new HashMap<>(Map.of("--cases", 10_000_000L, "--seed", 1L, "--from", 0L, "--show", 20L, "--whole-engine", 0L, "--sequences", 0L));
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      if (options.put(arguments[i], Long.parseLong(arguments[i + 1])) == null) {
        throw new IllegalArgumentException("unknown option " + arguments[i]);
      }
    }
    System.exit(run(options) ? 0 : 1);
  }

  private static boolean run(Map<String, Long> options) throws IOException {
    long seed = options.get("--seed");
    long from = options.get("--from");
    long count = options.get("--cases");
    MismatchReport report = new MismatchReport();
    try (HostCpu host = new HostCpu();
        Subject subject =
            options.get("--whole-engine") != 0
                ? new EngineSubject(new SoftEngine())
                : new CpuSubject(InstructionSet.table())) {
      Differential differential = new Differential(host, subject);
      Differential.Cases cases =
          options.get("--sequences") != 0 ? new SequenceGenerator(seed)::generate : new Generator(seed)::generate;
      long start = System.nanoTime();
      long done = 0;
      while (done < count) {
        done += differential.run(cases, from + done, Math.min(PROGRESS, count - done), report);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
            "%,d cases, seed %d, %.0f s, %,.0f/s: %d mismatches%n",
            done, seed, seconds, done / seconds, report.total());
      }
      report.print(System.out, options.get("--show").intValue(), differential);
    }
    return report.total() == 0;
  }
}
