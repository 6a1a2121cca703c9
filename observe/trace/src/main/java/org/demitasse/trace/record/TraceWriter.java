package org.demitasse.trace.record;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes a trace file: 8 bytes of magic, then one deflated stream of records. A record is a byte with its kind in the
 * low three bits and, above them, the track if it is below 31 (else 31, and the track follows); then its numbers in
 * groups of seven bits, low ones first. Times are differences from the record before, zigzag-coded, as they may go
 * back. What is written is in the file at the latest a mebibyte of records later, should its writer be killed.
 *
 * <p>Not for several threads. What the disk refuses comes as {@link UncheckedIOException}.
 */
public final class TraceWriter implements TraceSink, AutoCloseable {
  static final byte[] MAGIC = {'D', 'E', 'M', 'I', 'T', 'R', 'C', '1'};
  static final int STRING = 0;
  static final int TRACK = 1;
  static final int ENTER = 2;
  static final int EXIT = 3;
  static final int EXIT_UNKNOWN = 4;
  static final int EVENT = 5;
  static final int END = 6;
  static final int COST = 7;
  static final int FAR_TRACK = 31;

  private static final int MAX_RECORD = 64;

  /** Buffers after which all is given to the file: a million records cost a few hundred bytes more. */
  private static final int BUFFERS_PER_FLUSH = 16;

  private final Path file;
  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
  private final OutputStream out;
  private final byte[] buffer = new byte[1 << 16];
  private int used;
  private long time;
  private long records;
  private int buffers;

  /**
   * Creates the file, or empties it.
   *
   * @throws IOException if that is impossible
   */
  public TraceWriter(Path file, TraceInfo info) throws IOException {
    this.file = file;
    OutputStream raw = Files.newOutputStream(file);
    raw.write(MAGIC);
    out = new DeflaterOutputStream(raw, deflater, 1 << 16, true);
    text(info.title());
    text(info.unit());
    number(Double.doubleToLongBits(info.ticksPerSecond()));
    drain();
    out.flush();
  }

  /** Records written so far. */
  public long records() {
    return records;
  }

  @Override
  public void string(int number, String text) {
    start(STRING, 0);
    text(text);
  }

  @Override
  public void track(int number, String name) {
    start(TRACK, number);
    text(name);
  }

  @Override
  public void enter(int track, long at, int function) {
    start(ENTER, track);
    time(at);
    number(function);
  }

  @Override
  public void exit(int track, long at, int function) {
    start(function == UNKNOWN ? EXIT_UNKNOWN : EXIT, track);
    time(at);
    if (function != UNKNOWN) {
      number(function);
    }
  }

  @Override
  public void event(int track, long at, EventKind kind, int text) {
    start(EVENT, track);
    time(at);
    number(kind.ordinal());
    number(text);
  }

  @Override
  public void cost(int track, long at, EventKind kind, int text, long ticks) {
    start(COST, track);
    time(at);
    number(kind.ordinal());
    number(text);
    number(ticks);
  }

  @Override
  public void end(long at) {
    start(END, 0);
    time(at);
  }

  private void start(int kind, int track) {
    if (used > buffer.length - MAX_RECORD) {
      drain();
      flushNowAndThen();
    }
    records++;
    buffer[used++] = (byte) (kind | Math.min(track, FAR_TRACK) << 3);
    if (track >= FAR_TRACK) {
      number(track);
    }
  }

  private void time(long at) {
    long difference = at - time;
    time = at;
    number(difference << 1 ^ difference >> 63);
  }

  private void number(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      buffer[used++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[used++] = (byte) rest;
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    number(bytes.length);
    drain();
    try {
      out.write(bytes);
    } catch (IOException failure) {
      throw cannotWrite(failure);
    }
  }

  private void drain() {
    try {
      out.write(buffer, 0, used);
    } catch (IOException failure) {
      throw cannotWrite(failure);
    }
    used = 0;
  }

  private void flushNowAndThen() {
    if (++buffers % BUFFERS_PER_FLUSH == 0) {
      try {
        out.flush();
      } catch (IOException failure) {
        throw cannotWrite(failure);
      }
    }
  }

  private UncheckedIOException cannotWrite(IOException failure) {
    return new UncheckedIOException("cannot write the trace %s: %s".formatted(file, failure.getMessage()), failure);
  }

  @Override
  public void close() {
    drain();
    try {
      out.close();
    } catch (IOException failure) {
      throw cannotWrite(failure);
    } finally {
      deflater.end();
    }
  }
}
