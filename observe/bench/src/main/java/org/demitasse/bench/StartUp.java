package org.demitasse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a user waits before anything happens. */
final class StartUp {
  private static final Pattern FIRST_INSTRUCTION =
      Pattern.compile("\"first_guest_instruction\": \\{\"instructions\": 0, \"seconds\": ([0-9.]+)");

  private final Path top;
  private final Duration limit;
  private final Path stats;

  StartUp(Material material, Path top, Duration limit) {
    this.top = top;
    this.limit = limit;
    stats = material.file("stats.json");
  }

  Benchmark benchmark() {
    return new Benchmark(
        "start",
        "start-up, whole processes; the first guest instruction is counted from the start of the JVM",
        "seconds",
        List.of(new Contestant(Guest.DEMI, this::measure)));
  }

  private Optional<Map<String, Double>> measure() throws IOException, InterruptedException {
    Map<String, Double> figures = new LinkedHashMap<>();
    if (put(figures, "--version", List.of("./demi", "--version"))
        && put(figures, "run hello", List.of("./demi", "run", "hello", "--engine", "cpu"))
        && putFirst(figures, "hello, first instruction", "hello")
        && putFirst(figures, "Debian's kernel, first instruction", "--kernel", Material.linux().toString())) {
      return Optional.of(figures);
    }
    return Optional.empty();
  }

  private boolean put(Map<String, Double> figures, String name, List<String> command)
      throws IOException, InterruptedException {
    Optional<Timed> timed = new TimedProcess(command, "", limit).run(top);
    timed.ifPresent(time -> figures.put(name, time.wallSeconds()));
    return timed.isPresent();
  }

  private boolean putFirst(Map<String, Double> figures, String name, String... guest)
      throws IOException, InterruptedException {
    List<String> command = new java.util.ArrayList<>(List.of("./demi", "run", "--engine", "cpu"));
    command.addAll(List.of(guest));
    command.addAll(List.of("--until", guest.length == 1 ? "goodbye" : "Linux version", "--stats", stats.toString()));
    if (new TimedProcess(command, "", limit).run(top).isEmpty()) {
      return false;
    }
    Matcher first = FIRST_INSTRUCTION.matcher(Files.readString(stats));
    if (first.find()) {
      figures.put(name, Double.valueOf(first.group(1)));
    }
    return first.reset().find();
  }
}
