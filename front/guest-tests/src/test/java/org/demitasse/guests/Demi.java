package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One {@code demi run} or {@code demi trace run} in a process of its own, with the JVM flags of the launcher. */
final class Demi {
  private static final Path BUILT = Path.of("build", "demi");
  private static final Path ARCHIVE = BUILT.resolve("demi.aot");

  /** Long enough for every guest of these tests on a slow and busy computer. */
  private static final int DEFAULT_TIMEOUT_SECONDS = 900;

  private final Path folder;
  private final List<String> arguments = new ArrayList<>();
  private String engine = "cpu";
  private String input = "";
  private boolean terminal;
  private List<String> verb = List.of("run");
  private final List<String> properties = new ArrayList<>();
  private int timeoutSeconds = DEFAULT_TIMEOUT_SECONDS;

  /** Prepares a run that keeps its files in a folder. */
  Demi(Path folder) {
    this.folder = folder;
  }

  /** Adds arguments. */
  Demi with(Object... words) {
    for (Object word : words) {
      arguments.add(word.toString());
    }
    return this;
  }

  /** Runs on an engine. */
  Demi on(String wanted) {
    engine = wanted;
    return this;
  }

  /** Records a trace. */
  Demi tracing(Path trace) {
    verb = List.of("trace", "run", "-o", trace.toString());
    return this;
  }

  /** Has a terminal as standard input. */
  Demi onTerminal() {
    terminal = true;
    return this;
  }

  /** Sets a property of the JVM. */
  Demi property(String name, Object value) {
    properties.add("-D%s=%s".formatted(name, value));
    return this;
  }

  /** Sets what is piped into the guest's console. */
  Demi typing(String text) {
    input = text;
    return this;
  }

  /** Sets {@code --timeout}. */
  Demi within(int seconds) {
    timeoutSeconds = seconds;
    return this;
  }

  /**
   * How a run ended.
   *
   * @param status of the process
   * @param console what the guest printed, lines ended by a newline only
   * @param errors what demi itself said
   * @param stats the statistics file, empty if there is none
   */
  record Result(int status, String console, String errors, String stats) {
    private static final Pattern INSTRUCTIONS = Pattern.compile("\"instructions\": (\\d+),\n  \"wall");

    /** What Linux says when this computer was too busy to run it for a while; true, and no fault of the guest's. */
    private static final Pattern HOST_STALLED =
        Pattern.compile("^\\[ *[0-9.]+\\] hrtimer: interrupt took \\d+ ns\n", Pattern.MULTILINE);

    /** Instructions retired. */
    long instructions() {
      Matcher matcher = INSTRUCTIONS.matcher(stats);
      return matcher.find() ? Long.parseLong(matcher.group(1)) : fail("no instructions in %s", stats);
    }

    /** The same, if the guest powered off. */
    Result poweredOff() {
      assertThat(status).as("exit status; the console: %s\nstandard error: %s", console, errors).isZero();
      return this;
    }

    /** What the guest printed between two lines, which scripts write around what counts. */
    String between(String first, String last) {
      int from = console.indexOf("\n" + first + "\n");
      int to = console.indexOf("\n" + last + "\n", from + 1);
      assertThat(from >= 0 && to >= 0).as("'%s' and '%s' in the console: %s", first, last, console).isTrue();
      return HOST_STALLED.matcher(console.substring(from + first.length() + 2, to + 1)).replaceAll("");
    }
  }

  /** Runs the guest to its end. */
  Result run() {
    try {
      Path stats = Files.createTempFile(folder, "stats", ".json");
      Path in = Files.writeString(Files.createTempFile(folder, "in", ".txt"), input);
      Path out = Files.createTempFile(folder, "console", ".txt");
      Path errors = Files.createTempFile(folder, "errors", ".txt");
      with("--timeout", timeoutSeconds, "--stats", stats);
      Process process =
          builder().redirectInput(in.toFile()).redirectOutput(out.toFile()).redirectError(errors.toFile()).start();
      int status = await(process);
      return new Result(status, text(out).replace("\r", ""), text(errors), text(stats));
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot run demi", failed);
    }
  }

  private int await(Process process) {
    try {
      if (!process.waitFor(timeoutSeconds + 60L, TimeUnit.SECONDS)) {
        return fail("demi went on after its --timeout of %d s", timeoutSeconds);
      }
      return process.exitValue();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return fail("interrupted while demi ran");
    } finally {
      process.destroyForcibly();
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  /** The process, for a test that does not wait for its end. */
  ProcessBuilder builder() {
    return new ProcessBuilder(command());
  }

  /** Runs another command of demi's, which must succeed; what it printed. */
  static String tool(String... words) {
    List<String> command = java(List.of());
    command.addAll(List.of(words));
    return Host.output(command.toArray(String[]::new));
  }

  private static List<String> java(List<String> properties) {
    List<String> command = new ArrayList<>();
    boolean application = LabRun.isHere() && Files.exists(ARCHIVE);
    command.add(
        (application ? BUILT.resolve("java") : Path.of(System.getProperty("java.home"), "bin", "java")).toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(properties);
    command.addAll(application ? application() : classes());
    return command;
  }

  /** The process's program and arguments. */
  List<String> command() {
    List<String> given = new ArrayList<>(properties);
    given.add("-Ddemi.terminal=" + terminal);
    List<String> command = java(given);
    command.addAll(verb);
    command.addAll(List.of("--engine", engine));
    command.addAll(arguments);
    return command;
  }

  /**
   * In the lab, which is slow, the application with its archive if there is one: with the runtime that the archive was
   * made with, as another would not take it, without a word.
   */
  private static List<String> application() {
    return List.of(
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseCompactObjectHeaders",
        "-XX:AOTCache=" + ARCHIVE,
        "-Xlog:disable",
        "-jar",
        BUILT.resolve("lib/demitasse-cli.jar").toString());
  }

  /** The classes that were just compiled. */
  private static List<String> classes() {
    return List.of(
        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        "org.demitasse.cli.Demi");
  }
}
