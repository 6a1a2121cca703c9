package org.demitasse.cli;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.demitasse.machine.Milestones.Milestone;
import org.demitasse.machine.Milestones.Moment;
import org.demitasse.machine.Statistics;
import org.jspecify.annotations.Nullable;

/** The JSON of {@code --stats}; its schema is docs/stats.md. */
final class StatsFile {
  private final Path file;

  private StatsFile(Path file) {
    this.file = file;
  }

  /** Makes the file, so that a wrong name is known before the guest has run for an hour. */
  static StatsFile create(Path file) throws FailedException {
    StatsFile stats = new StatsFile(file);
    stats.replace("");
    return stats;
  }

  void write(Statistics statistics) throws FailedException {
    replace(json(statistics, processStartNanos(), PeakMemory.bytes(), jitNanos()));
  }

  private void replace(String text) throws FailedException {
    try {
      Files.writeString(file, text, StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT, "cannot write the statistics to %s: %s".formatted(file, failure), failure);
    }
  }

  /** {@link System#nanoTime()} at the start of this process; the JVM knows it to the millisecond. */
  private static long processStartNanos() {
    long ageMs = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    return System.nanoTime() - ageMs * 1_000_000;
  }

  /** How long the JVM's compilers were at work so far; 0 where it does not tell. */
  private static long jitNanos() {
    CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
    boolean told = compilers != null && compilers.isCompilationTimeMonitoringSupported();
    return told ? compilers.getTotalCompilationTime() * 1_000_000 : 0;
  }

  static String json(Statistics statistics, long startNanos, OptionalLong peakRss, long jitNanos) {
    StringBuilder json = new StringBuilder("{\n");
    Moment exit = statistics.milestones().at(Milestone.EXIT);
    json.append("  \"instructions\": %d,\n".formatted(statistics.instructions()));
    json.append("  \"wall_seconds\": %s,\n".formatted(seconds(exit == null ? 0 : exit.hostNanos() - startNanos)));
    json.append("  \"milestones\": {\n");
    json.append(moment(Milestone.PROCESS_START, new Moment(0, startNanos), startNanos));
    for (Milestone milestone : Milestone.values()) {
      Moment moment = statistics.milestones().at(milestone);
      if (moment != null) {
        json.append(",\n").append(moment(milestone, moment, startNanos));
      }
    }
    json.append("\n  },\n  \"exits\": {");
    String separator = "\n";
    for (Statistics.DeviceCount device : statistics.devices()) {
      json.append(
          "%s    \"%s\": {\"reads\": %d, \"writes\": %d}"
              .formatted(separator, device.name(), device.reads(), device.writes()));
      separator = ",\n";
    }
    json.append("\n  },\n");
    if (!statistics.engineExits().isEmpty()) {
      json.append("  \"kvm_exits\": {");
      json.append(
          statistics.engineExits().entrySet().stream()
              .map(count -> "\"%s\": %d".formatted(count.getKey(), count.getValue()))
              .collect(Collectors.joining(", ")));
      json.append("},\n");
    }
    json.append(engine(statistics));
    json.append("  \"jit_seconds\": %s,\n".formatted(seconds(jitNanos)));
    json.append("  \"guest_memory_bytes\": %d,\n".formatted(statistics.memory().bytes()));
    json.append("  \"guest_written_bytes\": %d,\n".formatted(statistics.memory().writtenBytes()));
    json.append("  \"peak_rss_bytes\": %s\n}\n".formatted(peakRss.isPresent() ? peakRss.getAsLong() : "null"));
    return json.toString();
  }

  /** What the engine counted, and two shares that follow from it. */
  private static String engine(Statistics statistics) {
    String counts =
        statistics.engine().entrySet().stream()
            .map(count -> "\"%s\": %d".formatted(count.getKey(), count.getValue()))
            .collect(Collectors.joining(", "));
    Long translated = statistics.engine().get("translated_instructions");
    Long misses = statistics.engine().get("tlb_misses");
    return "  \"engine\": {%s},\n".formatted(counts)
        + "  \"translated_share\": %s,\n".formatted(share(translated, statistics.instructions()))
        + "  \"tlb_hit_rate\": %s,\n"
            .formatted(misses == null ? "null" : share(statistics.instructions() - misses, statistics.instructions()));
  }

  private static String share(@Nullable Long part, long whole) {
    return part == null || whole <= 0 ? "null" : String.format(Locale.ROOT, "%.6f", (double) part / whole);
  }

  private static String moment(Milestone milestone, Moment moment, long startNanos) {
    return "    \"%s\": {\"instructions\": %d, \"seconds\": %s}"
        .formatted(
            milestone.name().toLowerCase(Locale.ROOT), moment.instructions(), seconds(moment.hostNanos() - startNanos));
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.6f", nanos / 1e9);
  }
}
