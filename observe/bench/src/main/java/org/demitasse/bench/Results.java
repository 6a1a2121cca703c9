package org.demitasse.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * What a benchmark measured.
 *
 * @param turns all that was measured, in order
 */
record Results(Benchmark benchmark, List<Turn> turns) {
  /** What the name of a figure ends with that tells CPU time beside the wall time of the same. */
  static final String CPU_TIME = ", CPU time";

  /**
   * One run of one contestant.
   *
   * @param figures by name; empty if no try got there
   */
  record Turn(String contestant, Optional<Map<String, Double>> figures) {}

  void add(String contestant, Optional<Map<String, Double>> figures) {
    turns.add(new Turn(contestant, figures));
  }

  /** The names of all figures, in the order in which they came. */
  Set<String> figures() {
    Set<String> names = new LinkedHashSet<>();
    turns.forEach(turn -> turn.figures.ifPresent(figures -> names.addAll(figures.keySet())));
    return names;
  }

  /** All values of one figure of one contestant, in the order of the runs. */
  List<Double> values(String figure, String contestant) {
    List<Double> values = new ArrayList<>();
    for (Turn turn : turns) {
      Double value = turn.figures.map(figures -> figures.get(figure)).orElse(null);
      if (turn.contestant.equals(contestant) && value != null && !value.isNaN()) {
        values.add(value);
      }
    }
    return values;
  }

  /** Median, or NaN without a value. */
  double median(String figure, String contestant) {
    return median(values(figure, contestant).stream().mapToDouble(Double::doubleValue));
  }

  static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Ratio of medians to the peer, who is the last contestant; NaN if one of them is missing. */
  double ratio(String figure, String contestant) {
    return median(figure, contestant) / median(figure, benchmark.contestants().getLast().name());
  }

  /** Geometric mean of the ratios of all figures that both have, but for CPU times; NaN if there is none. */
  double meanRatio(String contestant) {
    return Math.exp(
        figures().stream()
            .filter(figure -> !figure.endsWith(CPU_TIME))
            .mapToDouble(figure -> Math.log(ratio(figure, contestant)))
            .filter(Double::isFinite)
            .average()
            .orElse(Double.NaN));
  }

  private boolean compares() {
    return benchmark.contestants().size() > 1;
  }

  /** A table in Markdown, as docs/bench.md has it. */
  String table() {
    StringBuilder table = new StringBuilder();
    table.append("| %s | | runs | least | median | most |%s%n".formatted(unit(), compares() ? " ratio |" : ""));
    table.append("|---|---|---|---|---|---|%s%n".formatted(compares() ? "---|" : ""));
    for (String figure : figures()) {
      for (Contestant contestant : benchmark.contestants()) {
        table.append(line(figure, contestant.name()));
      }
    }
    if (compares() && figures().stream().filter(figure -> !figure.endsWith(CPU_TIME)).count() > 1) {
      for (Contestant contestant : benchmark.contestants()) {
        table.append(
            "| geometric mean | %s | | | | | %s |%n"
                .formatted(contestant.name(), shortly(meanRatio(contestant.name()))));
      }
    }
    return table.toString();
  }

  private String unit() {
    return benchmark.unit();
  }

  private String line(String figure, String contestant) {
    List<Double> values = values(figure, contestant);
    if (values.isEmpty()
        && turns.stream().anyMatch(turn -> turn.contestant.equals(contestant) && turn.figures.isPresent())) {
      return ""; // this figure is not this contestant's
    }
    double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    String ratio = compares() ? " %s |".formatted(shortly(ratio(figure, contestant))) : "";
    return "| %s | %s | %d | %s | %s | %s |%s%n"
        .formatted(
            figure,
            contestant,
            values.size(),
            shortly(least),
            shortly(median(figure, contestant)),
            shortly(most),
            ratio);
  }

  /** As a JSON object. */
  String json() {
    String body = figures().stream().map(this::json).collect(Collectors.joining(",\n    "));
    String means =
        benchmark.contestants().stream()
            .map(contestant -> "\"%s\": %s".formatted(contestant.name(), number(meanRatio(contestant.name()))))
            .collect(Collectors.joining(", "));
    return "{\"benchmark\": \"%s\", \"title\": \"%s\", \"unit\": \"%s\", \"geometric_mean_ratios\": {%s}, \"figures\": [\n    %s\n  ]}"
        .formatted(benchmark.name(), benchmark.title().replace("\"", "\\\""), benchmark.unit(), means, body);
  }

  private String json(String figure) {
    String all =
        benchmark.contestants().stream()
            .map(contestant -> json(figure, contestant.name()))
            .collect(Collectors.joining(",\n      "));
    return "{\"figure\": \"%s\", \"contestants\": [\n      %s]}".formatted(figure, all);
  }

  private String json(String figure, String contestant) {
    String values = values(figure, contestant).stream().map(Results::number).collect(Collectors.joining(", "));
    return "{\"name\": \"%s\", \"values\": [%s], \"median\": %s, \"ratio\": %s}"
        .formatted(contestant, values, number(median(figure, contestant)), number(ratio(figure, contestant)));
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.6f", value) : "null";
  }

  /** Three digits that count, or more before the point. */
  static String shortly(double value) {
    if (!Double.isFinite(value)) {
      return "-";
    }
    double size = Math.abs(value);
    String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : size >= 0.1 ? "%.3f" : "%.4f";
    return String.format(Locale.ROOT, format, value);
  }

  /** Figures of one run on a line. */
  static String shortly(Map<String, Double> figures) {
    return figures.entrySet().stream()
        .map(figure -> figure.getKey() + " " + shortly(figure.getValue()))
        .collect(Collectors.joining(", "));
  }
}
