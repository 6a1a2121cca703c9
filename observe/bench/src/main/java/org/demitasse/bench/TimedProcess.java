package org.demitasse.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs a command until its output has a text, then ends it; with an empty text, until it ends by itself. */
final class TimedProcess {
  private static final long END_SECONDS = 10;

  private final List<String> command;
  private final String text;
  private final Duration limit;
  private final OutputWatch watch;

  /** Sees the output while it grows. */
  interface OutputWatch {
    /** There is more. */
    void grown(Process process, StringBuilder output);
  }

  TimedProcess(List<String> command, String text, Duration limit) {
    this(command, text, limit, (process, output) -> {});
  }

  TimedProcess(List<String> command, String text, Duration limit, OutputWatch watch) {
    this.watch = watch;
    this.command = command;
    this.text = text;
    this.limit = limit;
  }

  /**
   * Runs it once.
   *
   * @return empty if the text did not come in time, or the process ended without it; with an empty text, if the process
   *     did not end with 0 in time
   * @throws IOException if it cannot be started
   */
  Optional<Timed> run(Path folder) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close(); // nothing is typed
    Thread killer = Thread.ofPlatform().daemon().start(() -> killAfterLimit(process));
    try {
      StringBuilder output = new StringBuilder();
      boolean found = readToText(process, output);
      double wall = (System.nanoTime() - start) / 1e9;
      double cpu = process.info().totalCpuDuration().map(time -> time.toNanos() / 1e9).orElse(Double.NaN);
      boolean good = found || text.isEmpty() && process.waitFor() == 0;
      return good ? Optional.of(new Timed(wall, cpu, output.toString())) : Optional.empty();
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

  private boolean readToText(Process process, StringBuilder output) throws IOException {
    InputStream from = process.getInputStream();
    byte[] buffer = new byte[4096];
    for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
      int seen = Math.max(0, output.length() - text.length());
      output.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
      watch.grown(process, output);
      if (!text.isEmpty() && output.indexOf(text, seen) >= 0) {
        return true;
      }
    }
    return false;
  }
}
