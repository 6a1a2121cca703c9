package org.demitasse.cli;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** All commands, by picocli. */
final class Commands {
  private Commands() {}

  static int execute(String... args) {
    CommandLine command = new CommandLine(new DemiCommand());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setParameterExceptionHandler(Commands::explain);
    command.setExecutionExceptionHandler(Commands::explainFailure);
    return command.execute(args);
  }

  /** One sentence, and where to read more: the whole usage would push the sentence off the screen. */
  private static int explain(ParameterException wrong, String[] args) {
    String name = wrong.getCommandLine().getCommandSpec().qualifiedName();
    String sentence = wrong.getMessage() == null ? "cannot understand this" : wrong.getMessage();
    System.err.printf("%s: %s (try %s --help)%n", name, sentence.strip(), name);
    return ExitStatus.USAGE;
  }

  private static int explainFailure(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    return failure instanceof FailedException told ? Demi.explain(told) : Demi.explainMistake(failure);
  }
}
