package org.demitasse.differential;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** Runs generated cases on the host only, twice: how fast, how they end, and whether the host agrees with itself. */
final class HostSurvey {
  private HostSurvey() {}

  /** Arguments: seed, number of cases, and anything else for sequences. */
  public static void main(String[] arguments) throws IOException {
    long seed = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1;
    long count = arguments.length > 1 ? Long.parseLong(arguments[1]) : 200_000;
    try (HostCpu host = new HostCpu();
        HostCpu again = new HostCpu()) {
      Map<Integer, Long> vectors = new TreeMap<>();
      Map<String, long[]> families = new TreeMap<>();
      boolean sequences = arguments.length > 2;
      Generator generator = new Generator(seed);
      Differential.Cases made = sequences ? new SequenceGenerator(seed)::generate : generator::generate;
      MismatchReport report = new MismatchReport();
      Differential differential = new Differential(host, counting(again, vectors, families));
      long start = System.nanoTime();
      long done = differential.run(made, 0, count, report);
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "lap %d; %d cases in %.1f s, %.0f/s (each twice)%n", generator.lap(), done, seconds, done / seconds);
      vectors.forEach((vector, n) -> System.out.printf("vector %d: %.2f %%%n", vector, 100.0 * n / done));
      families.forEach(
          (name, counts) -> System.out.printf("%s: %d completed, %d faulted%n", name, counts[1], counts[0]));
      report.print(System.out, 20, differential);
    }
  }

  private static Subject counting(HostCpu host, Map<Integer, Long> vectors, Map<String, long[]> families) {
    MismatchReport names = new MismatchReport();
    return new Subject() {
      @Override
      public void run(TestCase[] cases, Outcome[] outcomes, int count) {
        host.run(cases, outcomes, count);
        for (int i = 0; i < count; i++) {
          vectors.merge(outcomes[i].timedOut ? 99 : outcomes[i].vector, 1L, Long::sum);
          long[] counts = families.computeIfAbsent(names.familyOf(cases[i]), name -> new long[2]);
          counts[outcomes[i].completed() ? 1 : 0]++;
        }
      }

      @Override
      public void close() {}
    };
  }
}
