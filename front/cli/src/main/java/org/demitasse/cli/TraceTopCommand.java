package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.demitasse.trace.record.TraceSource;
import org.demitasse.trace.span.FunctionTotal;
import org.demitasse.trace.span.FunctionTotals;
import org.demitasse.trace.span.SpanBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demi trace top}: the most expensive functions. */
@Command(name = "top", description = "Lists the functions that cost most.", mixinStandardHelpOptions = true)
final class TraceTopCommand implements Callable<Integer> {
  /** What to sort by. */
  enum Order {
    SELF,
    TOTAL,
    CALLS
  }

  @Parameters(paramLabel = "TRACE", description = "What demi trace run wrote, or the text of a tslog.")
  private Path trace = Path.of("boot.trace");

  @Option(
      names = "--by",
      paramLabel = "self|total|calls",
      description = "What to sort by; ${DEFAULT-VALUE} if not given.")
  private Order order = Order.SELF;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      description = "How many; ${DEFAULT-VALUE} if not given.")
  private int lines = 30;

  @Mixin private TraceInput input = new TraceInput();

  @Override
  public Integer call() throws FailedException {
    TraceSource source = input.open(trace);
    FunctionTotals totals = new FunctionTotals();
    try {
      source.read(new SpanBuilder(totals));
      TraceInput.warnIfCut(trace, source);
    } catch (IOException failure) {
      throw TraceInput.unusable(trace, failure);
    }
    print(totals, source.info().unit());
    return ExitStatus.OK;
  }

  private void print(FunctionTotals totals, String unit) {
    Comparator<FunctionTotal> comparator =
        Comparator.comparingLong((FunctionTotal f) ->
            switch (order) {
              case SELF -> f.self();
              case TOTAL -> f.total();
              case CALLS -> f.calls();
            });
    List<FunctionTotal> top = totals.all().stream().sorted(comparator.reversed()).limit(Math.max(0, lines)).toList();
    double work = Math.max(1, totals.work());
    System.out.printf("%15s %6s %15s %6s %10s  function (%s)%n", "self", "", "total", "", "calls", unit);
    for (FunctionTotal f : top) {
      System.out.printf(
          "%,15d %5.1f%% %,15d %5.1f%% %,10d  %s%n",
          f.self(), f.self() / work * 100, f.total(), f.total() / work * 100, f.calls(), f.name());
    }
  }
}
