package org.demitasse.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs a command until its output has a text, then ends it. */
final class TimedProcess {
  private static final long END_SECONDS = 10;

  private final List<String> command;
  private final String text;
  private final Duration limit;

  TimedProcess(List<String> command, String text, Duration limit) {
    this.command = command;
    this.text = text;
    this.limit = limit;
  }

  /**
   * Runs it once.
   *
   * @return empty if the text did not come in time, or the process ended without it
   * @throws IOException if it cannot be started
   */
  Optional<Timed> run(Path folder) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close(); // nothing is typed
    Thread killer = Thread.ofPlatform().daemon().start(() -> killAfterLimit(process));
    try {
      boolean found = readToText(process.getInputStream());
      double wall = (System.nanoTime() - start) / 1e9;
      double cpu = process.info().totalCpuDuration().map(time -> time.toNanos() / 1e9).orElse(Double.NaN);
      return found ? Optional.of(new Timed(wall, cpu)) : Optional.empty();
    } finally {
      killer.interrupt();
      process.destroy();
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private void killAfterLimit(Process process) {
    try {
      Thread.sleep(limit);
      process.destroyForcibly();
    } catch (InterruptedException finished) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean readToText(InputStream output) throws IOException {
    StringBuilder tail = new StringBuilder();
    byte[] buffer = new byte[4096];
    for (int read = output.read(buffer); read >= 0; read = output.read(buffer)) {
      tail.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
      if (tail.indexOf(text) >= 0) {
        return true;
      }
      tail.delete(0, Math.max(0, tail.length() - text.length()));
    }
    return false;
  }
}
