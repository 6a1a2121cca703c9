package org.demitasse.trace.chart;

import java.util.List;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;

/**
 * A flame chart, ready to be drawn: few enough boxes for a browser.
 *
 * @param info what the trace is of
 * @param length ticks from its start to its end
 * @param names all strings that boxes and marks use
 * @param tracks from top to bottom
 * @param boxes by track, depth and start
 * @param marks by time
 * @param grain spans shorter than this many ticks are drawn as one with their neighbours
 * @param spans how many spans the trace has
 */
public record Chart(
    TraceInfo info,
    long length,
    List<String> names,
    List<Track> tracks,
    List<Box> boxes,
    List<Mark> marks,
    long grain,
    long spans) {
  /** Takes copies. */
  public Chart {
    names = List.copyOf(names);
    tracks = List.copyOf(tracks);
    boxes = List.copyOf(boxes);
    marks = List.copyOf(marks);
  }

  /**
   * A lane of the chart.
   *
   * @param name its thread
   * @param depth how many rows it has
   * @param busy ticks of work in it
   */
  public record Track(String name, int depth, long busy) {}

  /**
   * A span, or a run of short ones.
   *
   * @param track number of its track in {@link #tracks}
   * @param depth row
   * @param name index in {@link #names}; of a run, its longest span's
   * @param start ticks
   * @param end ticks
   * @param busy ticks of work
   * @param self ticks of work in no inner span
   * @param merged how many spans it stands for; 1 for a span of its own
   */
  public record Box(int track, int depth, int name, long start, long end, long busy, long self, int merged) {}

  /**
   * A moment.
   *
   * @param time ticks
   * @param text index in {@link #names}
   * @param count how many of the same kind and text are so near that they are one line
   */
  public record Mark(int track, long time, EventKind kind, int text, int count) {}
}
