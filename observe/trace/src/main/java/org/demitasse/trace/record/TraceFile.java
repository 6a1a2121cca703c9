package org.demitasse.trace.record;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A trace file of {@link TraceWriter}. A file that breaks off, as when its machine was killed, or is damaged, is read
 * up to there.
 */
public final class TraceFile implements TraceSource {
  /** Most strings and tracks of a file, and bytes of a string: far beyond any kernel. */
  private static final int MAX_STRINGS = 4_000_000;

  private static final int MAX_TRACKS = 65_536;
  private static final int MAX_TEXT = 4096;
  private static final long MAX_STRING_BYTES = 256L << 20;

  private final Path file;
  private final TraceInfo info;
  private @Nullable String breakOff;

  /**
   * Reads a file's head.
   *
   * @throws IOException if it cannot be read or is no trace
   */
  public TraceFile(Path file) throws IOException {
    this.file = file;
    try (InputStream raw = open()) {
      info = new Records(raw, TraceFile.this).info();
    } catch (EOFException broken) {
      throw bad("it ends within its head");
    } catch (ZipException damaged) {
      throw bad("it is damaged from its start on");
    }
  }

  /** Says whether a file starts as our traces do. */
  public static boolean isTrace(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file)) {
      return Arrays.equals(raw.readNBytes(TraceWriter.MAGIC.length), TraceWriter.MAGIC);
    }
  }

  private InputStream open() throws IOException {
    InputStream raw = Files.newInputStream(file);
    byte[] magic = raw.readNBytes(TraceWriter.MAGIC.length);
    if (!Arrays.equals(magic, TraceWriter.MAGIC)) {
      raw.close();
      throw bad("it does not start with DEMITRC1");
    }
    return raw;
  }

  private TraceFormatException bad(String why) {
    return new TraceFormatException("%s is not a trace of demi: %s".formatted(file, why));
  }

  @Override
  public TraceInfo info() {
    return info;
  }

  @Override
  public void read(TraceSink sink) throws IOException {
    try (InputStream raw = open()) {
      Records records = new Records(raw, this);
      records.info();
      breakOff = null;
      try {
        records.all(sink);
      } catch (EOFException cutOff) {
        breakOff = "breaks off after %s: what came later is missing".formatted(records.place());
        sink.end(records.latest);
      } catch (ZipException damaged) {
        breakOff =
            "is damaged, at the latest after %s: what came later is missing, and what came before may be wrong"
                .formatted(records.place());
        sink.end(records.latest);
      }
    }
  }

  @Override
  public Optional<String> breakOff() {
    return Optional.ofNullable(breakOff);
  }

  /** The bytes after the magic. */
  private static final class Records {
    private final InputStream in;
    private final TraceFile owner;
    private final byte[] buffer = new byte[1 << 16];
    private int next;
    private int filled;
    private long time;
    private long latest;
    private long read;
    private int strings;
    private int tracks;
    private long stringBytes;

    Records(InputStream raw, TraceFile owner) {
      in = new InflaterInputStream(raw, new java.util.zip.Inflater(), 1 << 16);
      this.owner = owner;
    }

    TraceInfo info() throws IOException {
      String title = text();
      String unit = text();
      double frequency = Double.longBitsToDouble(number());
      try {
        return new TraceInfo(title, unit, frequency);
      } catch (IllegalArgumentException wrong) {
        throw owner.bad(String.valueOf(wrong.getMessage()));
      }
    }

    void all(TraceSink sink) throws IOException {
      while (true) {
        int head = next();
        int track = head >>> 3;
        if (track == TraceWriter.FAR_TRACK) {
          track = below(MAX_TRACKS, "track");
        }
        switch (head & 7) {
          case TraceWriter.STRING -> string(sink);
          case TraceWriter.TRACK -> newTrack(sink, track);
          case TraceWriter.ENTER -> sink.enter(known(track), time(), below(strings, "string"));
          case TraceWriter.EXIT -> sink.exit(known(track), time(), below(strings, "string"));
          case TraceWriter.EXIT_UNKNOWN -> sink.exit(known(track), time(), TraceSink.UNKNOWN);
          case TraceWriter.EVENT -> event(sink, known(track), false);
          case TraceWriter.COST -> event(sink, known(track), true);
          case TraceWriter.END -> {
            long end = latest;
            long at = time();
            expectNoMore(end);
            sink.end(at);
            return;
          }
          default -> throw owner.bad("a record has the unknown kind %d".formatted(head & 7));
        }
        read++;
      }
    }

    /** Reads the checksum, too, which is behind the last record. */
    private void expectNoMore(long end) throws IOException {
      try {
        if (next < filled || in.read() >= 0) {
          throw new ZipException("records after the end");
        }
        read++;
      } catch (ZipException damaged) {
        latest = end; // not what may be no end at all
        throw damaged;
      }
    }

    /** How far it has been read, for people. */
    String place() {
      return "%,d records, at %s".formatted(read, owner.info.format((double) latest));
    }

    private int known(int track) throws IOException {
      if (track >= tracks) {
        throw owner.bad("track %d was not introduced".formatted(track));
      }
      return track;
    }

    private void newTrack(TraceSink sink, int track) throws IOException {
      if (track > tracks) {
        throw owner.bad("track %d was introduced after %d".formatted(track, tracks - 1));
      }
      tracks = Math.max(tracks, track + 1);
      sink.track(track, text());
    }

    private void string(TraceSink sink) throws IOException {
      String text = text();
      stringBytes += text.length();
      if (strings == MAX_STRINGS || stringBytes > MAX_STRING_BYTES) {
        throw owner.bad("it has too many strings");
      }
      sink.string(strings++, text);
    }

    private void event(TraceSink sink, int track, boolean costs) throws IOException {
      long at = time();
      EventKind kind = EventKind.values()[below(EventKind.values().length, "kind of event")];
      int text = below(strings, "string");
      if (costs) {
        sink.cost(track, at, kind, text, Math.clamp(number(), 0, Long.MAX_VALUE >> 8));
      } else {
        sink.event(track, at, kind, text);
      }
    }

    private int below(int limit, String what) throws IOException {
      long value = number();
      if (value < 0 || value >= limit) {
        throw owner.bad("it has the %s number %d of %d".formatted(what, value, limit));
      }
      return (int) value;
    }

    private long time() throws IOException {
      long coded = number();
      time = Math.clamp(time + (coded >>> 1 ^ -(coded & 1)), 0, Long.MAX_VALUE >> 8);
      latest = Math.max(latest, time);
      return time;
    }

    private long number() throws IOException {
      int b = next();
      if (b < 0x80) {
        return b;
      }
      long value = b & 0x7f;
      for (int shift = 7; shift < 64; shift += 7) {
        b = next();
        value |= (long) (b & 0x7f) << shift;
        if (b < 0x80) {
          return value;
        }
      }
      throw owner.bad("a number has more than 64 bits");
    }

    private String text() throws IOException {
      int length = below(MAX_TEXT + 1, "length");
      byte[] bytes = new byte[length];
      for (int n = 0; n < length; n++) {
        bytes[n] = (byte) next();
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private int next() throws IOException {
      if (next == filled) {
        filled = in.read(buffer);
        next = 0;
        if (filled <= 0) {
          filled = 0;
          throw new EOFException();
        }
      }
      return buffer[next++] & 0xff;
    }
  }
}
