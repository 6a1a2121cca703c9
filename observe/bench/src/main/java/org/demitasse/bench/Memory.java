package org.demitasse.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resident memory beyond the pages that guests have written. */
final class Memory {
  private static final int MACHINES = 11;
  private static final double MIB = 1 << 20;
  private static final Pattern IDLE = Pattern.compile("IDLE (\\d+) (\\d+)\\s");
  private static final Pattern PEAK = Pattern.compile("\"peak_rss_bytes\": (\\d+)");
  private static final Pattern WRITTEN = Pattern.compile("\"guest_written_bytes\": (\\d+)");

  private final Path top;
  private final Duration limit;
  private final Guest boots;
  private final Guest idles;
  private final Path stats;

  /**
   * Prepares.
   *
   * @param boots boots to Run /init
   * @param idles prints IDLE_TEXT and then does nothing
   * @param stats a file to use
   */
  Memory(Path top, Duration limit, Guest boots, Guest idles, Path stats) {
    this.top = top;
    this.limit = limit;
    this.boots = boots;
    this.idles = idles;
    this.stats = stats;
  }

  Benchmark benchmark() {
    return new Benchmark(
        "memory",
        "resident memory beyond the pages that the guests have written",
        "MiB",
        List.of(new Contestant(Guest.DEMI, this::measure)));
  }

  private Optional<Map<String, Double>> measure() throws IOException, InterruptedException {
    Map<String, Double> figures = new LinkedHashMap<>();
    List<String> command = boots.demi("--until", Jobs.LINUX_READY, "--stats", stats.toString());
    if (new TimedProcess(command, "", limit).run(top).isEmpty()) {
      return Optional.empty();
    }
    String json = Files.readString(stats);
    figures.put("peak while Debian's kernel boots", (number(PEAK, json) - number(WRITTEN, json)) / MIB);
    List<Double> beyond = new ArrayList<>();
    Sampler sampler = new Sampler(beyond);
    new TimedProcess(idles.inOneJvm("idle", MACHINES, Jobs.IDLE_TEXT), "", limit, sampler).run(top);
    if (beyond.size() < MACHINES) {
      return Optional.empty();
    }
    figures.put("the first idle machine", beyond.getFirst() / MIB);
    figures.put("each further one", (beyond.getLast() - beyond.getFirst()) / (MACHINES - 1) / MIB);
    return Optional.of(figures);
  }

  private static double number(Pattern pattern, String json) throws IOException {
    Matcher found = pattern.matcher(json);
    if (!found.find()) {
      throw new IOException("--stats does not tell memory here: " + pattern);
    }
    return Double.parseDouble(found.group(1));
  }

  /** Looks at the process each time that it says that one machine more is idle. */
  private static final class Sampler implements TimedProcess.OutputWatch {
    private final List<Double> beyond;

    Sampler(List<Double> beyond) {
      this.beyond = beyond;
    }

    @Override
    public void grown(Process process, StringBuilder output) {
      Matcher idle = IDLE.matcher(output);
      int seen = 0;
      while (idle.find()) {
        seen++;
        if (seen > beyond.size()) {
          beyond.add(resident(process.pid()) - Double.parseDouble(idle.group(2)));
        }
      }
    }

    private static double resident(long pid) {
      try {
        Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", String.valueOf(pid)).start();
        String kib = new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        return Double.parseDouble(kib) * 1024;
      } catch (IOException noPs) {
        throw new UncheckedIOException(noPs);
      }
    }
  }
}
