package org.demitasse.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** External programs that tests use as oracles, and the real files that they have in common. */
final class Programs {
  private Programs() {}

  /** Runs a program and gives its output; fails if it fails or takes more than a minute. */
  static String run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("program", ".out");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + " failed: " + Files.readString(output));
      }
      return Files.readString(output, StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
      Files.delete(output);
    }
  }

  /** A file that {@code ./dev test} fetches, such as {@code linux-cloud/vmlinuz}. */
  static Path testFile(String name) {
    String folder = System.getenv("DEMITASSE_TEST_FILES");
    if (folder == null) {
      throw new IllegalStateException("DEMITASSE_TEST_FILES is not set: run the tests with ./dev test");
    }
    return Path.of(folder, name);
  }
}
