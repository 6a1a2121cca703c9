package org.demitasse.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** The runs of one contestant and their medians. */
record Summary(String name, List<Timed> runs, int failures) {
  /** Median of the wall times, or NaN without a run. */
  double medianWall() {
    return median(runs.stream().mapToDouble(Timed::wallSeconds));
  }

  /** Median of the CPU times, or NaN without a run. */
  double medianCpu() {
    return median(runs.stream().mapToDouble(Timed::cpuSeconds));
  }

  static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** One line of the table; ratios are to {@code peer}. */
  String line(Summary peer) {
    double least = runs.stream().mapToDouble(Timed::wallSeconds).min().orElse(Double.NaN);
    double most = runs.stream().mapToDouble(Timed::wallSeconds).max().orElse(Double.NaN);
    return String.format(
        Locale.ROOT,
        "%-18s %5d %5d %9.2f %9.2f %9.2f %9.2f %8.2f",
        name,
        runs.size(),
        failures,
        least,
        medianWall(),
        most,
        medianCpu(),
        medianWall() / peer.medianWall());
  }

  /** The head of the table. */
  static String head() {
    return String.format(
        "%-18s %5s %5s %9s %9s %9s %9s %8s", "", "runs", "fails", "least s", "median s", "most s", "cpu s", "ratio");
  }

  /** As a JSON object. */
  String json(Summary peer) {
    String times =
        String.join(", ", runs.stream().map(run -> String.format(Locale.ROOT, "%.4f", run.wallSeconds())).toList());
    return String.format(
        Locale.ROOT,
        "{\"name\": \"%s\", \"wall_seconds\": [%s], \"median_wall_seconds\": %s, \"median_cpu_seconds\": %s,"
            + " \"failures\": %d, \"ratio\": %s}",
        name,
        times,
        number(medianWall()),
        number(medianCpu()),
        failures,
        number(medianWall() / peer.medianWall()));
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.4f", value);
  }
}
