package org.demitasse.trace.tslog;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.demitasse.trace.record.TraceFormatException;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSink;
import org.demitasse.trace.record.TraceSource;

/**
 * The text of the sysctl {@code debug.tslog}, and after it or alone that of {@code debug.tslog_user}. Lines that are
 * neither are counted and passed over, as a console may have mixed into them.
 */
public final class TslogReader implements TraceSource {
  /** How many records the kernels keep: the first ones. */
  public static final int CAPACITY = 262_144;

  private static final int MAX_LINE = 4096;

  private final Path file;
  private final TraceInfo info;
  private long skipped;
  private long records;
  private boolean cut;

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
        if (TslogLine.parse(line) != null) {
          return true;
        }
      }
    }
    return false;
  }

  private static BufferedReader open(Path file) throws IOException {
    return new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.ISO_8859_1), 1 << 16);
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
  public List<String> troubles() {
    List<String> troubles = new ArrayList<>();
    if (skipped > 0) {
      troubles.add(
          "lines that are no records of a tslog, or were cut or mixed with others, and were passed over: %,d"
              .formatted(skipped));
    }
    if (records <= CAPACITY && records + skipped >= CAPACITY) { // more is a kernel's with a larger TSLOGSIZE
      troubles.add("the kernel's log was full after %,d records: what came later is missing".formatted(records));
    }
    return troubles;
  }

  @Override
  public Optional<String> breakOff() {
    return cut
        ? Optional.of("breaks off in its last line, after %,d records: what came later is missing".formatted(records))
        : Optional.empty();
  }

  /** Every line that a kernel writes has an end; {@code sysctl -b} adds a NUL to the last one. */
  private boolean endsWithinALine() throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      bytes.seek(Math.max(0, bytes.length() - 1));
      int last = bytes.read();
      return last > 0 && last != '\n';
    }
  }

  @Override
  public void read(TraceSink sink) throws IOException {
    skipped = 0;
    cut = endsWithinALine();
    try (BufferedReader lines = open(file)) {
      TslogRecords reading = new TslogRecords(sink);
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        TslogLine line = text.length() > MAX_LINE ? null : TslogLine.parse(text);
        if (line == null) {
          skipped += text.isBlank() || text.equals(TslogLine.NUL) ? 0 : 1;
        } else {
          reading.take(line);
        }
      }
      reading.end();
      records = reading.records();
      if (reading.isEmpty()) {
        throw new TraceFormatException("%s has no line of a tslog in it".formatted(file));
      }
    }
  }
}
