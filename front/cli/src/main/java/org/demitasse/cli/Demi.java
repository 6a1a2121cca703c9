package org.demitasse.cli;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The program. */
public final class Demi {
  private Demi() {}

  /** Runs the command and ends the process with its exit status. */
  public static void main(String[] args) {
    System.exit(execute(args));
  }

  static int execute(String... args) {
    CommandLine command = new CommandLine(new DemiCommand());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setParameterExceptionHandler(Demi::explain);
    command.setExecutionExceptionHandler(Demi::explainFailure);
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
    if (failure instanceof FailedException told) {
      System.err.println("demi: " + told.getMessage());
      return told.status();
    }
    System.err.println("demi: this is a mistake in Demitasse, not yours; please report it:");
    failure.printStackTrace();
    return ExitStatus.FAILED;
  }
}
