package org.demitasse.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Contestants that take turns, so that whatever else the computer does hits all alike. A run that fails or hangs (QEMU
 * now and then does, calibrating the TSC) is tried again.
 *
 * @param name for the command line and JSON
 * @param title one line about what is measured
 * @param unit of all figures
 * @param contestants in the order of the table; ratios are to the last one if there are several
 */
record Benchmark(String name, String title, String unit, List<Contestant> contestants) {
  private static final int TRIES = 3;

  /** Runs all turns and tells about each. */
  Results run(int runs, PrintStream out) throws IOException, InterruptedException {
    out.println(title);
    Results results = new Results(this, new ArrayList<>());
    for (int turn = 0; turn < runs; turn++) {
      for (Contestant contestant : contestants) {
        results.add(contestant.name(), tryRuns(contestant, out));
      }
    }
    return results;
  }

  private static Optional<Map<String, Double>> tryRuns(Contestant contestant, PrintStream out)
      throws IOException, InterruptedException {
    for (int n = 0; n < TRIES; n++) {
      Optional<Map<String, Double>> figures = contestant.turn().run();
      if (figures.isPresent()) {
        out.printf("  %-20s %s%n", contestant.name(), Results.shortly(figures.get()));
        return figures;
      }
      out.printf("  %-20s did not get there%n", contestant.name());
    }
    return Optional.empty();
  }
}
