package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The command in a process of its own, as a user starts it, with standard input piped in. */
final class DemiProcess {
  private static final long LIMIT_SECONDS = 600;

  /** How a process ended. */
  record Result(int status, String out, String err) {}

  private DemiProcess() {}

  /** Runs {@code demi} with some words, typing {@code input}. */
  static Result run(String input, String... words) {
    return start(input, command(words));
  }

  /** Runs {@code demi} where the device of KVM is another file. */
  static Result runWithKvm(Path device, String... words) {
    List<String> command = command(words);
    command.add(1, "-Ddemitasse.kvm.device=" + device);
    return start("", command);
  }

  /** Runs {@code demi} with some words on a terminal of its own, at which nobody types. */
  static Result runOnTerminal(String... words) {
    String line = command(words).stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    return start("", List.of("script", "-q", "-e", "-c", line, "/dev/null"));
  }

  private static Result start(String input, List<String> command) {
    try {
      Path out = Files.createTempFile("demi", ".out");
      Path err = Files.createTempFile("demi", ".err");
      Path in = Files.writeString(Files.createTempFile("demi", ".in"), input);
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
        return new Result(process.waitFor(), text(out), text(err));
      } finally {
        Files.delete(out);
        Files.delete(err);
        Files.delete(in);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
  }

  static List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Demi.class.getName()));
    command.addAll(List.of(words));
    if (words[0].equals("run") && !command.contains("--engine")) {
      command.addAll(List.of("--engine", "cpu")); // whatever this computer's KVM can do
    }
    return command;
  }

  /** A file that {@code ./dev test} has fetched. */
  static Path testFile(String name) {
    String folder = System.getenv("DEMITASSE_TEST_FILES");
    Path file =
        folder == null
            ? Path.of(System.getProperty("user.home"), ".cache", "demitasse", "test-files", name)
            : Path.of(folder, name);
    assertThat(file).as("a test file: ./dev test fetches it").exists();
    return file;
  }
}
