package org.demitasse.trace.chart;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceSource;
import org.demitasse.trace.span.SpanBuilder;
import org.demitasse.trace.span.SpanSink;

/**
 * Makes a chart of a trace of any length, in two readings: the first finds out from which length on there are few
 * enough spans, the second keeps those and joins the shorter ones, side by side in one row, to runs.
 */
public final class ChartBuilder {
  /** Boxes that browsers draw without effort. */
  public static final int BROWSER_SPANS = 150_000;

  private static final int MAX_MARKS = 20_000;

  private final int spans;
  private final double pixels;

  /**
   * Sets the limits.
   *
   * @param spans most spans to keep as they are
   * @param pixels how wide the finest picture is: nothing narrower than one of them is kept
   */
  public ChartBuilder(int spans, double pixels) {
    this.spans = spans;
    this.pixels = pixels;
  }

  /** A chart for a browser, where one can zoom in. */
  public static Chart forBrowser(TraceSource trace) throws IOException {
    return new ChartBuilder(BROWSER_SPANS, 4e6).build(trace);
  }

  /** A chart for a picture of so many pixels. */
  public static Chart forPicture(TraceSource trace, int width) throws IOException {
    return new ChartBuilder(BROWSER_SPANS, width).build(trace);
  }

  /** Reads the trace twice. */
  public Chart build(TraceSource trace) throws IOException {
    Measuring measuring = new Measuring();
    trace.read(new SpanBuilder(measuring));
    long grain =
        Math.max(measuring.lengths.lengthForAtMost(spans), Math.max(1, (long) Math.ceil(measuring.length / pixels)));
    Keeping keeping = new Keeping(grain, Math.max(1, measuring.length / 4000));
    trace.read(new SpanBuilder(keeping));
    return keeping.chart(trace, measuring);
  }

  private static final class Measuring implements SpanSink {
    private final LengthHistogram lengths = new LengthHistogram();
    private long count;
    private long length;

    @Override
    public void close(Span span) {
      lengths.add(span.length());
      count++;
    }

    @Override
    public void end(long time) {
      length = time;
    }
  }

  /** A run of short spans in one row of one track, still growing. */
  private static final class Run {
    private long start = -1;
    private long end;
    private long busy;
    private long self;
    private long longest;
    private int name;
    private int count;
  }

  private static final class Lane {
    private Run[] runs = new Run[0];
    private String name = "";
    private int depth;
    private long busy;

    Run run(int at) {
      if (at >= runs.length) {
        int old = runs.length;
        runs = Arrays.copyOf(runs, Math.max(at + 1, old * 2 + 16));
        for (int n = old; n < runs.length; n++) {
          runs[n] = new Run();
        }
      }
      return runs[at];
    }
  }

  private static final class Keeping implements SpanSink {
    private final long grain;
    private final long markGrain;
    private final List<String> strings = new ArrayList<>();
    private final List<Lane> lanes = new ArrayList<>();
    private final List<Chart.Box> boxes = new ArrayList<>();
    private final List<Chart.Mark> marks = new ArrayList<>();
    private final int[] lastMark = new int[EventKind.values().length];
    private long length;

    Keeping(long grain, long markGrain) {
      this.grain = grain;
      this.markGrain = markGrain;
      Arrays.fill(lastMark, -1);
    }

    @Override
    public void string(int number, String text) {
      strings.add(text);
    }

    @Override
    public void track(int number, String name) {
      lane(number).name = name;
    }

    private Lane lane(int number) {
      while (lanes.size() <= number) {
        lanes.add(new Lane());
      }
      return lanes.get(number);
    }

    @Override
    public void close(Span span) {
      Lane lane = lane(span.track);
      if (span.depth == 0) {
        lane.busy += span.busy;
      }
      if (span.length() >= grain) {
        for (int depth = span.depth; depth < lane.runs.length; depth++) {
          flush(span.track, lane, depth);
        }
        keep(lane, new Chart.Box(span.track, span.depth, span.function, span.start, span.end, span.busy, span.self, 1));
      } else {
        join(lane, span);
      }
    }

    private void join(Lane lane, Span span) {
      Run run = lane.run(span.depth);
      if (run.start >= 0 && span.start - run.end >= grain) {
        flush(span.track, lane, span.depth);
      }
      if (run.start < 0) {
        run.start = span.start;
      }
      run.end = span.end;
      run.busy += span.busy;
      run.self += span.self;
      run.count++;
      if (span.length() >= run.longest) {
        run.longest = span.length();
        run.name = span.function;
      }
    }

    private void flush(int track, Lane lane, int depth) {
      Run run = lane.run(depth);
      if (run.start >= 0 && run.end - run.start >= grain) {
        keep(lane, new Chart.Box(track, depth, run.name, run.start, run.end, run.busy, run.self, run.count));
      }
      run.start = -1;
      run.busy = 0;
      run.self = 0;
      run.longest = 0;
      run.count = 0;
    }

    private void keep(Lane lane, Chart.Box box) {
      boxes.add(box);
      lane.depth = Math.max(lane.depth, box.depth() + 1);
    }

    @Override
    public void event(int track, long time, EventKind kind, int text) {
      int last = lastMark[kind.ordinal()];
      boolean alone = kind == EventKind.MILESTONE || kind == EventKind.CONSOLE;
      if (!alone && last >= 0 && marks.get(last).text() == text && time - marks.get(last).time() < markGrain) {
        Chart.Mark mark = marks.get(last);
        marks.set(last, new Chart.Mark(mark.track(), mark.time(), kind, text, mark.count() + 1));
      } else if (marks.size() < MAX_MARKS) {
        lastMark[kind.ordinal()] = marks.size();
        marks.add(new Chart.Mark(track, time, kind, text, 1));
      }
    }

    @Override
    public void end(long time) {
      length = time;
      for (int track = 0; track < lanes.size(); track++) {
        for (int depth = 0; depth < lanes.get(track).runs.length; depth++) {
          flush(track, lanes.get(track), depth);
        }
      }
    }

    Chart chart(TraceSource trace, Measuring measured) {
      int[] place = new int[lanes.size()];
      List<Chart.Track> tracks = new ArrayList<>();
      for (int n = 0; n < place.length; n++) {
        Lane lane = lanes.get(n);
        place[n] = lane.depth == 0 ? -1 : tracks.size();
        if (lane.depth > 0) {
          tracks.add(new Chart.Track(lane.name, lane.depth, lane.busy));
        }
      }
      int[] names = new int[strings.size()];
      List<String> used = new ArrayList<>();
      boxes.replaceAll(b ->
          new Chart.Box(
              place[b.track()],
              b.depth(),
              use(b.name(), names, used),
              b.start(),
              b.end(),
              b.busy(),
              b.self(),
              b.merged()));
      boxes.sort(
          Comparator.comparingInt(Chart.Box::track)
              .thenComparingInt(Chart.Box::depth)
              .thenComparingLong(Chart.Box::start));
      marks.replaceAll(
          m -> new Chart.Mark(placeOf(m.track(), place), m.time(), m.kind(), use(m.text(), names, used), m.count()));
      marks.sort(Comparator.comparingLong(Chart.Mark::time));
      return new Chart(trace.info(), length, used, tracks, Nesting.of(boxes), marks, grain, measured.count);
    }

    private static int placeOf(int track, int[] place) {
      return track < place.length ? Math.max(0, place[track]) : 0;
    }

    private int use(int string, int[] names, List<String> used) {
      if (names[string] == 0) {
        used.add(strings.get(string));
        names[string] = used.size();
      }
      return names[string] - 1;
    }
  }
}
