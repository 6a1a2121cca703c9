package org.demitasse.differential;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.cpu.Translation;

/**
 * The long run: {@code --cases N --seed S --from I --show FAMILIES --sequences 0|1 --subject 0|1|2}. Exit status 1 if
 * anything differs.
 *
 * <p>Subject 0 is the CPU op by op; 1 the whole engine with loop, code cache and delivery of exceptions, which is
 * slower; 2 the translator. Sequences are short programs instead of single instructions: what the translator wants.
 */
final class DifferentialRun {
  private static final long PROGRESS = 2_000_000;

  private DifferentialRun() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, Long> options =
        new HashMap<>(
            Map.of(
                "--cases", 10_000_000L, "--seed", 1L, "--from", 0L, "--show", 20L, "--subject", 0L, "--sequences", 0L));
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
        Subject subject = subject(options.get("--subject"))) {
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

  private static Subject subject(long number) {
    return switch ((int) number) {
      case 0 -> new CpuSubject(InstructionSet.table());
      case 1 -> new EngineSubject(new SoftEngine());
      case 2 -> new TwinSubject(Translation.EAGER);
      default -> throw new IllegalArgumentException("no subject has the number " + number);
    };
  }
}
