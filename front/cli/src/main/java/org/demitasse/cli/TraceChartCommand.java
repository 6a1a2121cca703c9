package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.demitasse.trace.record.TraceSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demi trace chart}: draws a flame chart. */
@Command(
    name = "chart",
    description = "Draws a flame chart: who called whom, in the order of time.",
    mixinStandardHelpOptions = true)
final class TraceChartCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TRACE", description = "What demi trace run wrote, or the text of a tslog.")
  private Path trace = Path.of("boot.trace");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "A page for a browser (.html) or a picture (.svg).")
  private Path output = Path.of("boot.html");

  @Mixin private TraceInput input = new TraceInput();

  @Override
  public Integer call() throws FailedException {
    TraceSource source = input.open(trace);
    try {
      TraceOutput.of(output).write(source, output);
      TraceInput.warnIfCut(trace, source);
    } catch (IOException failure) {
      throw TraceInput.unusable(trace, failure);
    }
    return ExitStatus.OK;
  }
}
