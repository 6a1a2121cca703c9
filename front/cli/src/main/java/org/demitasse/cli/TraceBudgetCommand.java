package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.demitasse.trace.report.Budget;
import org.demitasse.trace.report.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code demi trace budget}: makes the budget of a good boot. */
@Command(
    name = "budget",
    description = "Writes what a good boot cost as limits for demi trace check.",
    mixinStandardHelpOptions = true)
final class TraceBudgetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "TRACE", description = "What demi trace run wrote, or the text of a tslog.")
  private Path trace = Path.of("boot.trace");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The budget; ${DEFAULT-VALUE} if not given.")
  private Path output = Path.of("boot.budget");

  @Option(
      names = "--margin",
      paramLabel = "PERCENT",
      description = "How much more is allowed; ${DEFAULT-VALUE} if not given.")
  private double margin = 2;

  @Option(
      names = "--functions",
      paramLabel = "N",
      description = "How many functions get a limit; ${DEFAULT-VALUE} if not given.")
  private int functions = 30;

  @Mixin private TraceInput input = new TraceInput();

  @Override
  public Integer call() throws FailedException {
    if (!(margin >= 0 && margin <= 1000) || functions < 0) {
      throw new ParameterException(
          spec.commandLine(), "--margin must be 0 to 1000 percent and --functions not negative");
    }
    TraceSummary boot = input.quietSummary(trace);
    if (boot.breakOff().isPresent()) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT,
          "no budget can be made of a part of a boot: the trace %s %s".formatted(trace, boot.breakOff().get()),
          null);
    }
    Budget budget = Budget.of(boot, margin, functions);
    try {
      Files.writeString(output, budget.text(boot));
    } catch (IOException unwritable) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT, "cannot write the budget %s: %s".formatted(output, unwritable), unwritable);
    }
    System.out.printf("%d limits in %s%n", budget.limits().size(), output);
    return ExitStatus.OK;
  }
}
