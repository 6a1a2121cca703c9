package org.demitasse.trace.tslog;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceFormatException;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSink;
import org.demitasse.trace.record.TraceSource;
import org.jspecify.annotations.Nullable;

/**
 * The text of the sysctl {@code debug.tslog}: lines of {@code 0xTHREAD TSC ENTER|EXIT|THREAD|EVENT FUNCTION [STRING]},
 * one track per thread. Lines that are none of these are counted and passed over, as a console may have mixed into
 * them.
 */
public final class TslogReader implements TraceSource {
  private static final int MAX_LINE = 4096;
  private static final int MAX_TRACKS = 65_536;
  private static final int MAX_STRINGS = 1_000_000;

  private final Path file;
  private final TraceInfo info;
  private long skipped;

  /**
   * Opens a file.
   *
   * @param ticksPerSecond the guest's TSC frequency (sysctl machdep.tsc_freq), or 0 if not known
   */
  public TslogReader(Path file, double ticksPerSecond) {
    this.file = file;
    info = new TraceInfo(String.valueOf(file.getFileName()), TraceInfo.CYCLES, ticksPerSecond);
  }

  /** Says whether the first lines of a file look like tslog's. */
  public static boolean isTslog(Path file) throws IOException {
    try (BufferedReader lines = open(file)) {
      for (int n = 0; n < 50; n++) {
        String line = lines.readLine();
        if (line == null) {
          return false;
        }
        if (Line.parse(line) != null) {
          return true;
        }
      }
    }
    return false;
  }

  private static BufferedReader open(Path file) throws IOException {
    return new BufferedReader(
        new java.io.InputStreamReader(Files.newInputStream(file), StandardCharsets.ISO_8859_1), 1 << 16);
  }

  @Override
  public TraceInfo info() {
    return info;
  }

  /** Lines that the last reading passed over. */
  public long skippedLines() {
    return skipped;
  }

  @Override
  public void read(TraceSink sink) throws IOException {
    skipped = 0;
    try (BufferedReader lines = open(file)) {
      Reading reading = new Reading(sink);
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        Line line = text.length() > MAX_LINE ? null : Line.parse(text);
        if (line == null) {
          skipped += text.isBlank() ? 0 : 1;
        } else {
          reading.take(line);
        }
      }
      if (reading.start < 0) {
        throw new TraceFormatException("%s has no line of a tslog in it".formatted(file));
      }
      sink.end(reading.latest);
    }
  }

  /** One line, understood. */
  record Line(String thread, long tsc, String type, String function, String string) {
    static @Nullable Line parse(String text) {
      String[] words = text.strip().split(" +", 5);
      if (words.length < 3 || !words[0].startsWith("0x")) {
        return null;
      }
      try {
        Long.parseUnsignedLong(words[0], 2, words[0].length(), 16);
        long tsc = Long.parseLong(words[1]);
        boolean known =
            switch (words[2]) {
              case "ENTER", "EXIT", "EVENT", "THREAD" -> true;
              default -> false;
            };
        return known && tsc >= 0
            ? new Line(words[0], tsc, words[2], words.length > 3 ? words[3] : "", words.length > 4 ? words[4] : "")
            : null;
      } catch (NumberFormatException other) {
        return null;
      }
    }
  }

  private static final class Reading {
    private final TraceSink sink;
    private final Map<String, Integer> tracks = new HashMap<>();
    private final Map<String, Integer> strings = new HashMap<>();
    private long start = -1;
    private long latest;

    Reading(TraceSink sink) {
      this.sink = sink;
    }

    void take(Line line) throws TraceFormatException {
      if (start < 0) {
        start = line.tsc;
      }
      long time = Math.max(0, line.tsc - start);
      latest = Math.max(latest, time);
      int track = track(line.thread);
      switch (line.type) {
        case "ENTER" -> sink.enter(track, time, string(named(line)));
        case "EXIT" -> sink.exit(track, time, string(named(line)));
        case "THREAD" -> sink.track(track, line.string.isEmpty() ? line.thread : line.string);
        default -> sink.event(track, time, EventKind.NOTE, string((line.function + " " + line.string).strip()));
      }
    }

    /**
     * Device and module names make frames tell more: {@code DEVICE_PROBE ata}. An EXIT has the same ones as its ENTER.
     */
    private static String named(Line line) {
      String function = line.function.isEmpty() ? "?" : line.function;
      return line.string.isEmpty() ? function : function + " " + line.string;
    }

    private int track(String thread) throws TraceFormatException {
      Integer known = tracks.get(thread);
      if (known == null) {
        known = tracks.size();
        if (known == MAX_TRACKS) {
          throw new TraceFormatException("a tslog with more than %d threads".formatted(MAX_TRACKS));
        }
        tracks.put(thread, known);
        sink.track(known, thread);
      }
      return known;
    }

    private int string(String text) throws TraceFormatException {
      Integer known = strings.get(text);
      if (known == null) {
        known = strings.size();
        if (known == MAX_STRINGS) {
          throw new TraceFormatException("a tslog with more than %d names".formatted(MAX_STRINGS));
        }
        strings.put(text, known);
        sink.string(known, text);
      }
      return known;
    }
  }
}
