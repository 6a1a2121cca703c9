package org.demitasse.trace;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSink;
import org.demitasse.trace.record.TraceSource;

/** A trace made by a test, call by call. */
public final class Script implements TraceSource {
  private final List<Consumer<TraceSink>> steps = new ArrayList<>();
  private final Map<String, Integer> strings = new LinkedHashMap<>();
  private final Map<String, Integer> tracks = new LinkedHashMap<>();
  private TraceInfo info = new TraceInfo("a test", TraceInfo.INSTRUCTIONS, 1e9);

  public Script info(TraceInfo other) {
    info = other;
    return this;
  }

  public Script enter(String track, long time, String function) {
    int t = track(track);
    int f = string(function);
    steps.add(sink -> sink.enter(t, time, f));
    return this;
  }

  public Script exit(String track, long time, String function) {
    int t = track(track);
    int f = string(function);
    steps.add(sink -> sink.exit(t, time, f));
    return this;
  }

  public Script exit(String track, long time) {
    int t = track(track);
    steps.add(sink -> sink.exit(t, time, TraceSink.UNKNOWN));
    return this;
  }

  public Script event(String track, long time, EventKind kind, String text) {
    int t = track(track);
    int s = string(text);
    steps.add(sink -> sink.event(t, time, kind, s));
    return this;
  }

  public Script end(long time) {
    steps.add(sink -> sink.end(time));
    return this;
  }

  private int string(String text) {
    Integer known = strings.get(text);
    if (known == null) {
      int number = strings.size();
      strings.put(text, number);
      steps.add(sink -> sink.string(number, text));
      return number;
    }
    return known;
  }

  private int track(String name) {
    Integer known = tracks.get(name);
    if (known == null) {
      int number = tracks.size();
      tracks.put(name, number);
      steps.add(sink -> sink.track(number, name));
      return number;
    }
    return known;
  }

  @Override
  public TraceInfo info() {
    return info;
  }

  @Override
  public void read(TraceSink sink) {
    steps.forEach(step -> step.accept(sink));
  }
}
