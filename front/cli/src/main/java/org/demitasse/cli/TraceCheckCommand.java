package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.demitasse.trace.report.Budget;
import org.demitasse.trace.report.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demi trace check}: the gate for CI. */
@Command(
    name = "check",
    description = "Holds a boot against a budget.",
    mixinStandardHelpOptions = true,
    footer = {
      "Exit status: 0 if every limit is kept, 2 if not;",
      "66 also if the trace breaks off and its part is within the budget, as that says nothing of the whole."
    })
final class TraceCheckCommand implements Callable<Integer> {
  private static final int SCREEN = 20;

  @Parameters(paramLabel = "TRACE", description = "What demi trace run wrote, or the text of a tslog.")
  private Path trace = Path.of("boot.trace");

  @Option(names = "--budget", paramLabel = "FILE", required = true, description = "What demi trace budget wrote.")
  private Path budget = Path.of("boot.budget");

  @Mixin private TraceInput input = new TraceInput();

  @Override
  public Integer call() throws FailedException {
    Budget limits = limits();
    TraceSummary boot = input.quietSummary(trace);
    List<Budget.Verdict> broken = limits.check(boot).stream().filter(verdict -> !verdict.isKept()).toList();
    broken.stream().limit(SCREEN).forEach(verdict -> print(verdict, boot.breakOff().isEmpty()));
    if (broken.size() > SCREEN) {
      System.out.printf("and %d more%n", broken.size() - SCREEN);
    }
    boolean exceeded = broken.stream().anyMatch(verdict -> verdict.measured() >= 0 || boot.breakOff().isEmpty());
    System.out.printf(
        "%s: %d of %d limits kept (%s)%n",
        exceeded ? "OVER BUDGET" : boot.breakOff().isPresent() ? "NOT KNOWN" : "within budget",
        limits.limits().size() - broken.size(),
        limits.limits().size(),
        boot.info().unit());
    if (!exceeded && boot.breakOff().isPresent()) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT,
          "this boot cannot be held against a budget: the trace %s %s".formatted(trace, boot.breakOff().get()),
          null);
    }
    return exceeded ? ExitStatus.OVER_BUDGET : ExitStatus.OK;
  }

  private Budget limits() throws FailedException {
    try {
      return Budget.parse(Files.readString(budget));
    } catch (IOException unusable) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT, "cannot use the budget %s: %s".formatted(budget, unusable.getMessage()), unusable);
    }
  }

  private static void print(Budget.Verdict verdict, boolean whole) {
    Budget.Limit limit = verdict.limit();
    String kind = limit.kind().name().toLowerCase(Locale.ROOT);
    if (verdict.measured() < 0) {
      System.out.printf(
          "%-10s %-36s %s; limit %,d%n",
          kind, limit.name(), whole ? "never reached" : "not in this part", limit.most());
    } else {
      System.out.printf(
          "%-10s %-36s %,d, limit %,d (+%.1f %%)%n",
          kind,
          limit.name(),
          verdict.measured(),
          limit.most(),
          (verdict.measured() - limit.most()) * 100.0 / Math.max(1, limit.most()));
    }
  }
}
