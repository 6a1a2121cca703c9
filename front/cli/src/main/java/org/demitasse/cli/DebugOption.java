package org.demitasse.cli;

import java.util.Stack;
import org.demitasse.gdb.DebugAddress;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Reads the place of {@code --gdb}, which may be left out: a word without a colon is not one, but for a bare port. */
final class DebugOption implements IParameterConsumer {
  @Override
  @SuppressWarnings("JdkObsolete") // picocli's interface
  public void consumeParameters(Stack<String> words, ArgSpec option, CommandSpec command) {
    boolean given = !words.isEmpty() && words.peek().matches("\\d+|[^-].*:.*|:.*");
    try {
      String text = given ? words.pop() : ":" + DebugAddress.DEFAULT_PORT;
      option.setValue(DebugAddress.parse(text.contains(":") ? text : ":" + text));
    } catch (IllegalArgumentException nonsense) {
      throw new ParameterException(command.commandLine(), String.valueOf(nonsense.getMessage()), nonsense);
    }
  }
}
