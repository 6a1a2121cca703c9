package org.demitasse.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demi trace run}: boots one machine and records it. */
@Command(
    name = "run",
    description = {
      "Boots a machine as demi run does and records every call of a kernel function, on the soft CPU.",
      "Use --clock virtual to get the same numbers from run to run."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true)
final class TraceRunCommand extends RunCommand {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "TRACE",
      description = "The trace; ${DEFAULT-VALUE} if not given.")
  private Path output = Path.of("boot.trace");

  /** Only the soft CPU sees every call. */
  @Override
  String chosenEngine(String asked) {
    return asked.equals("auto") ? "cpu" : asked;
  }

  @Override
  public Integer call() throws FailedException {
    return session(new TraceRecording(output, title())).run();
  }
}
