package org.demitasse.trace.tslog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceFormatException;
import org.demitasse.trace.record.TraceSink;

/** Makes trace records of the lines of a tslog: one track per thread of the kernel, and one per process. */
final class TslogRecords {
  private static final int MAX_TRACKS = 65_536;
  private static final int MAX_STRINGS = 1_000_000;

  /** Where FreeBSD's boot is taken to be over: the first shell, which runs rc, has ended. */
  private static final String SHELL = "sh";

  private final TraceSink sink;
  private final Map<String, Integer> tracks = new HashMap<>();
  private final Map<String, Integer> strings = new HashMap<>();
  private final List<TslogLine.User> processes = new ArrayList<>();
  private long start = -1;
  private long latest;
  private long records;

  TslogRecords(TraceSink sink) {
    this.sink = sink;
  }

  /** Says whether there was any. */
  boolean isEmpty() {
    return start < 0;
  }

  /** How many records of the kernel there were. */
  long records() {
    return records;
  }

  void take(TslogLine line) throws TraceFormatException {
    switch (line) {
      case TslogLine.Kernel kernel -> {
        records++;
        kernel(kernel);
      }
      case TslogLine.User user -> {
        if (user.forked() > 0 || user.exited() > 0) {
          processes.add(user);
        }
      }
    }
  }

  private long time(long tsc) {
    if (start < 0) {
      start = tsc;
    }
    long time = Math.max(0, tsc - start);
    latest = Math.max(latest, time);
    return time;
  }

  private void kernel(TslogLine.Kernel line) throws TraceFormatException {
    long time = time(line.tsc());
    int track = track(line.thread());
    switch (line.type()) {
      case "ENTER" -> sink.enter(track, time, string(named(line)));
      case "EXIT" -> sink.exit(track, time, string(named(line)));
      case "THREAD" -> sink.track(track, line.text().isEmpty() ? line.thread() : line.text());
      default -> event(line, track, time);
    }
  }

  private void event(TslogLine.Kernel line, int track, long time) throws TraceFormatException {
    sink.event(track, time, EventKind.NOTE, string(line.text()));
    if (line.isEvent("WAIT")) {
      sink.enter(track, time, string(TraceSink.OFF_CPU));
    } else if (line.isEvent("UNWAIT")) {
      sink.exit(track, time, string(TraceSink.OFF_CPU));
    }
  }

  /**
   * Device and module names make frames tell more: {@code DEVICE_PROBE ata}. An EXIT has the same ones as its ENTER.
   */
  private static String named(TslogLine.Kernel line) {
    String function = line.function().isEmpty() ? "?" : line.function();
    return line.string().isEmpty() ? function : function + " " + line.string();
  }

  /** Adds the processes and ends the trace. */
  void end() throws TraceFormatException {
    processes.sort(Comparator.comparingLong(TslogLine.User::forked));
    boolean booted = false;
    for (TslogLine.User process : processes) {
      if (process.exited() > 0) {
        long _ = time(process.exited()); // so that what never ended is as long as all
      }
    }
    for (TslogLine.User process : processes) {
      long from = process.forked() > 0 ? time(process.forked()) : 0;
      int track = track("process " + process.pid());
      String program = process.program().isEmpty() ? "process " + process.pid() : process.program();
      sink.track(track, "%s, process %d of %d".formatted(program, process.pid(), process.parent()));
      String what = process.path().isEmpty() ? program : program + " " + process.path();
      sink.enter(track, from, string(what));
      long to = process.exited() > 0 ? Math.max(from, time(process.exited())) : latest;
      sink.exit(track, to, string(what));
      String name = program.substring(program.lastIndexOf('/') + 1);
      if (!booted && name.equals(SHELL) && process.exited() > 0) {
        booted = true;
        sink.event(track, to, EventKind.MILESTONE, string("the first sh has ended"));
      }
    }
    sink.end(latest);
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
