package org.demitasse.cli;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.demitasse.trace.chart.ChartBuilder;
import org.demitasse.trace.chart.HtmlChart;
import org.demitasse.trace.report.TraceDiff;
import org.demitasse.trace.report.TraceSummary;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demi trace diff}: what got slower or faster. */
@Command(
    name = "diff",
    description = "Tells what a boot costs more or less than another, function by function.",
    mixinStandardHelpOptions = true)
final class TraceDiffCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "BEFORE", description = "The trace to compare with.")
  private Path before = Path.of("before.trace");

  @Parameters(index = "1", paramLabel = "AFTER", description = "The trace to look at.")
  private Path after = Path.of("after.trace");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "A flame chart (.html) of the second boot: red costs more than before, blue less.")
  private @Nullable Path output;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      description = "How many functions; ${DEFAULT-VALUE} if not given.")
  private int lines = 30;

  @Mixin private TraceInput input = new TraceInput();

  @Override
  public Integer call() throws FailedException {
    TraceSummary first = input.summary(before);
    TraceSummary second = input.summary(after);
    TraceDiff diff = TraceDiff.of(first, second);
    print(first, second, diff);
    if (output != null) {
      draw(diff, output);
    }
    return ExitStatus.OK;
  }

  private void print(TraceSummary first, TraceSummary second, TraceDiff diff) {
    System.out.printf("%16s %16s %16s  (%s)%n", "before", "after", "difference", second.info().unit());
    line(first.length(), second.length(), "length");
    line(first.work(), second.work(), "work");
    diff.milestones().forEach((name, times) -> line(times[0], times[1], "until " + name));
    System.out.printf("%n%,d functions differ; by themselves:%n", diff.functions().size());
    diff.functions().stream()
        .limit(Math.max(0, lines))
        .forEach(change ->
            line(
                change.before().self(),
                change.after().self(),
                "%s (%,d calls, %,d before)"
                    .formatted(change.name(), change.after().calls(), change.before().calls())));
  }

  private static void line(long first, long second, String name) {
    if (first < 0 || second < 0) {
      System.out.printf(
          "%16s %16s %16s  %s%n",
          first < 0 ? "-" : "%,d".formatted(first), second < 0 ? "-" : "%,d".formatted(second), "", name);
    } else {
      System.out.printf("%,16d %,16d %+,16d  %s%n", first, second, second - first, name);
    }
  }

  private void draw(TraceDiff diff, Path to) throws FailedException {
    try (Writer out = Files.newBufferedWriter(to)) {
      HtmlChart.write(ChartBuilder.forBrowser(input.open(after)), diff.shares(), out);
    } catch (IOException failure) {
      throw TraceInput.unusable(after, failure);
    }
  }
}
