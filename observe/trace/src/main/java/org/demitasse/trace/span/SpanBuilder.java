package org.demitasse.trace.span;

import java.util.Arrays;
import java.util.BitSet;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of records. Bears what real traces have: within a track a time that goes back counts as no time at all,
 * an exit from a function that is not open is passed over, one from a function further out closes all in between, and
 * what is open at the end is closed there. All of these are counted.
 */
public final class SpanBuilder implements TraceSink {
  /** Deepest nesting that is kept; what is deeper belongs to the span at this depth. */
  static final int MAX_DEPTH = 2048;

  private final SpanSink sink;
  private final SpanSink.Span span = new SpanSink.Span();
  private final BitSet waitingFrames = new BitSet();
  private @Nullable Track[] tracks = new @Nullable Track[16];
  private long backwards;
  private long unmatchedExits;
  private long unfinished;
  private long tooDeep;

  /** Makes one that gives its spans to a sink. */
  public SpanBuilder(SpanSink sink) {
    this.sink = sink;
  }

  /** The spans that are open in one track. */
  private static final class Track {
    int[] functions = new int[32];
    long[] starts = new long[32];
    long[] waits = new long[32];
    long[] inner = new long[32];
    int depth;
    int beyond;
    long now;

    void grow() {
      int size = depth * 2;
      functions = Arrays.copyOf(functions, size);
      starts = Arrays.copyOf(starts, size);
      waits = Arrays.copyOf(waits, size);
      inner = Arrays.copyOf(inner, size);
    }

    int innermost(int function) {
      int at = depth - 1;
      while (at >= 0 && functions[at] != function) {
        at--;
      }
      return at;
    }
  }

  /** Records whose time was before that of the one before in their track. */
  public long timesBackwards() {
    return backwards;
  }

  /** Exits that no enter belongs to. */
  public long unmatchedExits() {
    return unmatchedExits;
  }

  /** Spans that were open at the end of the trace, or when one around them was closed. */
  public long unfinishedSpans() {
    return unfinished;
  }

  /** Enters beyond the depth that is kept. */
  public long tooDeep() {
    return tooDeep;
  }

  @Override
  public void string(int number, String text) {
    if (text.equals(IDLE) || text.equals(OFF_CPU)) {
      waitingFrames.set(number);
    }
    sink.string(number, text);
  }

  @Override
  public void track(int number, String name) {
    sink.track(number, name);
  }

  private Track track(int number) {
    if (number >= tracks.length) {
      tracks = Arrays.copyOf(tracks, Math.max(number + 1, tracks.length * 2));
    }
    Track track = tracks[number];
    if (track == null) {
      track = new Track();
      tracks[number] = track;
    }
    return track;
  }

  private long forward(Track track, long time) {
    if (time < track.now) {
      backwards++;
    } else {
      track.now = time;
    }
    return track.now;
  }

  @Override
  public void enter(int number, long time, int function) {
    Track track = track(number);
    long at = forward(track, time);
    if (track.depth == MAX_DEPTH) {
      track.beyond++;
      tooDeep++;
      return;
    }
    if (track.depth == track.functions.length) {
      track.grow();
    }
    int depth = track.depth++;
    track.functions[depth] = function;
    track.starts[depth] = at;
    track.waits[depth] = 0;
    track.inner[depth] = 0;
    sink.open(number, depth, function, at);
  }

  @Override
  public void exit(int number, long time, int function) {
    Track track = track(number);
    long at = forward(track, time);
    if (track.beyond > 0) {
      track.beyond--;
      return;
    }
    int target = function == UNKNOWN ? track.depth - 1 : track.innermost(function);
    if (target < 0) {
      unmatchedExits++;
      return;
    }
    unfinished += track.depth - 1 - target;
    while (track.depth > target) {
      close(number, track, at);
    }
  }

  private void close(int number, Track track, long at) {
    int depth = --track.depth;
    int function = track.functions[depth];
    span.track = number;
    span.depth = depth;
    span.function = function;
    span.start = track.starts[depth];
    span.end = at;
    span.waiting = waitingFrames.get(function);
    long wait = span.waiting ? at - span.start : track.waits[depth];
    span.busy = at - span.start - wait;
    span.self = span.busy - track.inner[depth];
    span.outermost = track.innermost(function) < 0;
    if (depth > 0) {
      track.waits[depth - 1] += wait;
      track.inner[depth - 1] += span.busy;
    }
    sink.close(span);
  }

  @Override
  public void event(int track, long time, EventKind kind, int text) {
    sink.event(track, time, kind, text);
  }

  @Override
  public void cost(int track, long time, EventKind kind, int text, long ticks) {
    sink.cost(track, time, kind, text, ticks);
  }

  @Override
  public void end(long time) {
    long latest = time;
    for (Track track : tracks) {
      latest = track == null ? latest : Math.max(latest, track.now);
    }
    for (int number = 0; number < tracks.length; number++) {
      Track track = tracks[number];
      if (track != null) {
        unfinished += track.depth;
        while (track.depth > 0) {
          close(number, track, latest);
        }
      }
    }
    sink.end(latest);
  }
}
