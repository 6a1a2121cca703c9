package org.demitasse.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code demi} without a command. */
@Command(
    name = "demi",
    description = "Boots microVMs in pure Java.",
    mixinStandardHelpOptions = true,
    versionProvider = DemiCommand.Version.class,
    subcommands = {
      RunCommand.class,
      PsCommand.class,
      DebugCommand.class,
      SymbolsCommand.class,
      TraceCommand.class,
      AutoComplete.GenerateCompletion.class
    })
final class DemiCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say what to do: demi run hello boots the embedded guest");
  }

  /** Tells the version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {Demi.version()};
    }
  }
}
