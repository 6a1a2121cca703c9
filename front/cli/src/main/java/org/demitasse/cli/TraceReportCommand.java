package org.demitasse.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.demitasse.trace.report.BootReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demi trace report}: one page about a boot. */
@Command(
    name = "report",
    description = "Tells on one page where the time went and what could be done without.",
    mixinStandardHelpOptions = true)
final class TraceReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TRACE", description = "What demi trace run wrote, or the text of a tslog.")
  private Path trace = Path.of("boot.trace");

  @Mixin private TraceInput input = new TraceInput();

  @Override
  public Integer call() throws FailedException {
    BootReport.of(input.quietSummary(trace)).forEach(System.out::println);
    return ExitStatus.OK;
  }
}
