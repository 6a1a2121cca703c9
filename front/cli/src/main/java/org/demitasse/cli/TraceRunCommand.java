package org.demitasse.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demi trace run}: boots one machine and records it. */
@Command(
    name = "run",
    description = {
      "Boots a machine as demi run does and records every call of a kernel function.",
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

  @Option(
      names = "--symbols",
      paramLabel = "FILE",
      description =
          "The kernel's symbols if its own file has none: an ELF file, or a text as System.map and nm have it.")
  private @Nullable Path symbols;

  @Override
  public Integer call() throws FailedException {
    return session(new TraceRecording(output, symbols, title())).run();
  }
}
