package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code demi ps}: lists the machines that run and have a name. */
@Command(
    name = "ps",
    description = "Lists this user's running machines that have a name (demi run --name NAME).",
    mixinStandardHelpOptions = true)
final class PsCommand implements Callable<Integer> {
  @Override
  public Integer call() throws FailedException {
    MachineRegistry registry = MachineRegistry.ofUser(System.getenv());
    System.out.printf("%-20s %8s %-6s %5s %8s %9s  %s%n", "NAME", "PID", "ENGINE", "VCPUS", "MIB", "UP", "KERNEL");
    try {
      for (String name : registry.names()) {
        List<String> answer = registry.ask(name, "status");
        if (answer != null) {
          print(name, values(answer));
        }
      }
    } catch (IOException unreadable) {
      throw new FailedException(
          ExitStatus.FAILED, "cannot read %s: %s".formatted(registry.folder(), unreadable.getMessage()), unreadable);
    }
    return ExitStatus.OK;
  }

  private static Map<String, String> values(List<String> lines) {
    return lines.stream()
        .filter(line -> line.indexOf(' ') > 0)
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.indexOf(' ')),
                line -> line.substring(line.indexOf(' ') + 1),
                (first, again) -> first));
  }

  private static void print(String name, Map<String, String> values) {
    String kernel = values.getOrDefault("kernel", "");
    System.out.printf(
        "%-20s %8s %-6s %5s %8s %9s  %s%n",
        name,
        values.getOrDefault("pid", ""),
        values.getOrDefault("engine", ""),
        values.getOrDefault("vcpus", ""),
        values.getOrDefault("memory", ""),
        age(values.getOrDefault("started", "")),
        kernel.isEmpty() ? "" : Path.of(kernel).getFileName());
  }

  private static String age(String millis) {
    if (!millis.matches("\\d{1,18}")) {
      return "";
    }
    Duration age = Duration.between(Instant.ofEpochMilli(Long.parseLong(millis)), Instant.now());
    return age.toHours() > 0
        ? "%dh%02dm".formatted(age.toHours(), age.toMinutesPart())
        : "%dm%02ds".formatted(age.toMinutes(), age.toSecondsPart());
  }
}
