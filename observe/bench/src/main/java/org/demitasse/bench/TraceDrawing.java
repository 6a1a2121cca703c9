package org.demitasse.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceWriter;

/** How long {@code demi trace chart} and {@code report} take over a trace of ten million records. */
final class TraceDrawing {
  private static final long RECORDS = 10_000_000;
  private static final int FUNCTIONS = 4_000;
  private static final int TRACKS = 60;
  private static final int MOST_DEEP = 40;
  private static final long POLL_MS = 50;
  private static final double MIB = 1 << 20;

  private final Path top;
  private final Duration limit;
  private final Path trace;
  private final Path chart;

  TraceDrawing(Material material, Path top, Duration limit) {
    this.top = top;
    this.limit = limit;
    trace = material.file("large.trace");
    chart = material.file("large.html");
  }

  Benchmark benchmark() throws IOException {
    write();
    return new Benchmark(
        "trace",
        "a trace of 10,000,000 records with a Java heap of 768 MiB; resident memory is the highest that was seen",
        "seconds, MiB",
        List.of(new Contestant(Guest.DEMI, this::measure)));
  }

  private Optional<Map<String, Double>> measure() throws IOException, InterruptedException {
    Map<String, Double> figures = new LinkedHashMap<>();
    boolean good =
        put(figures, "chart", "trace", "chart", trace.toString(), "-o", chart.toString())
            && put(figures, "report", "trace", "report", trace.toString());
    return good ? Optional.of(figures) : Optional.empty();
  }

  private boolean put(Map<String, Double> figures, String name, String... words)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("./demi").directory(top.toFile()).redirectErrorStream(true);
    builder.command().addAll(List.of(words));
    builder.environment().put("JDK_JAVA_OPTIONS", "-Xmx768m");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    long start = System.nanoTime();
    Process process = builder.start();
    double cpu = 0;
    double resident = 0;
    try {
      while (!process.waitFor(POLL_MS, TimeUnit.MILLISECONDS)) {
        if (System.nanoTime() - start > limit.toNanos()) {
          return false;
        }
        cpu = process.info().totalCpuDuration().map(time -> time.toNanos() / 1e9).orElse(cpu);
        resident = Math.max(resident, resident(process.pid()));
      }
    } finally {
      process.destroyForcibly();
    }
    figures.put(name + ", seconds", (System.nanoTime() - start) / 1e9);
    figures.put(name + Results.CPU_TIME, cpu);
    figures.put(name + ", resident MiB", resident / MIB);
    return process.exitValue() == 0;
  }

  private static double resident(long pid) throws IOException {
    Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", String.valueOf(pid)).start();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(ps.getInputStream(), StandardCharsets.US_ASCII))) {
      String kib = lines.readLine();
      return kib == null ? 0 : Double.parseDouble(kib.strip()) * 1024;
    }
  }

  /** Threads in turns that call and return at random, as in a boot: mostly a little up and down, some events. */
  private void write() throws IOException {
    Random random = new Random(2026);
    try (TraceWriter to = new TraceWriter(trace, new TraceInfo("large", TraceInfo.INSTRUCTIONS, 1e9))) {
      for (int n = 0; n < FUNCTIONS; n++) {
        to.string(n, "function_" + n);
      }
      for (int n = 0; n < TRACKS; n++) {
        to.track(n, "thread " + n);
      }
      int[] depths = new int[TRACKS];
      long time = 0;
      int track = 0;
      while (to.records() < RECORDS - 1) {
        time += 1 + random.nextInt(200);
        track = random.nextInt(500) == 0 ? random.nextInt(TRACKS) : track;
        if (random.nextInt(20) == 0) {
          to.event(track, time, EventKind.DEVICE, random.nextInt(20));
        } else if (depths[track] > 0 && random.nextInt(MOST_DEEP) < MOST_DEEP / 2 + depths[track] / 2) {
          depths[track]--;
          to.exit(track, time, -1);
        } else {
          depths[track]++;
          to.enter(track, time, (int) (FUNCTIONS * Math.pow(random.nextDouble(), 3)));
        }
      }
      to.end(time);
    }
  }
}
