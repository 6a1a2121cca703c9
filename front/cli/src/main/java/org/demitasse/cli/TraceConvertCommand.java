package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.demitasse.trace.record.TraceSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demi trace convert}: other viewers' formats. */
@Command(
    name = "convert",
    description = "Writes a trace in the format of another viewer.",
    mixinStandardHelpOptions = true)
final class TraceConvertCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TRACE", description = "What demi trace run wrote, or the text of a tslog.")
  private Path trace = Path.of("boot.trace");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = ".folded, .speedscope.json, .json (Chrome, Perfetto), .pb.gz (pprof), .html or .svg.")
  private Path output = Path.of("boot.json");

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
