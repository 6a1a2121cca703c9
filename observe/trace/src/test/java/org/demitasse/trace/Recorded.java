package org.demitasse.trace;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceSink;

/** A sink that writes down what it takes, as text. */
public final class Recorded implements TraceSink {
  public final List<String> lines = new ArrayList<>();
  private final List<String> strings = new ArrayList<>();
  private final List<String> tracks = new ArrayList<>();

  @Override
  public void string(int number, String text) {
    strings.add(text);
  }

  @Override
  public void track(int number, String name) {
    if (number == tracks.size()) {
      tracks.add(name);
    } else {
      tracks.set(number, name);
      lines.add("track " + number + " is " + name);
    }
  }

  @Override
  public void enter(int track, long time, int function) {
    lines.add(tracks.get(track) + " " + time + " enter " + strings.get(function));
  }

  @Override
  public void exit(int track, long time, int function) {
    lines.add(tracks.get(track) + " " + time + " exit " + (function == UNKNOWN ? "?" : strings.get(function)));
  }

  @Override
  public void event(int track, long time, EventKind kind, int text) {
    lines.add(tracks.get(track) + " " + time + " " + kind + " " + strings.get(text));
  }

  @Override
  public void end(long time) {
    lines.add("end " + time);
  }
}
