package org.demitasse.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code demi trace}: where the time of a boot went. */
@Command(
    name = "trace",
    description = "Records a boot and shows where its time went; see docs/tracing.md.",
    mixinStandardHelpOptions = true,
    subcommands = {
      TraceRunCommand.class,
      TraceChartCommand.class,
      TraceTopCommand.class,
      TraceReportCommand.class,
      TraceDiffCommand.class,
      TraceCheckCommand.class,
      TraceBudgetCommand.class,
      TraceConvertCommand.class
    })
final class TraceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "say what to do: demi trace run records a boot, demi trace chart draws it");
  }
}
