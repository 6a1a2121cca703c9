package org.demitasse.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** External programs that tests use as oracles. */
public final class Programs {
  private Programs() {}

  /** Runs a program and gives its output; fails if it fails or takes more than a minute. */
  public static String run(String... command) throws IOException, InterruptedException {
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
}
