package org.demitasse.trace.export;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.demitasse.trace.chart.Chart;
import org.demitasse.trace.chart.ChartBuilder;
import org.demitasse.trace.json.Json;
import org.demitasse.trace.record.TraceSource;

/** The file format of speedscope: one evented profile per track. Spans below the chart's grain are joined as there. */
public final class SpeedscopeJson {
  private SpeedscopeJson() {}

  /** Reads the trace twice. */
  public static void write(TraceSource trace, Writer out) throws IOException {
    Chart chart = ChartBuilder.forBrowser(trace);
    out.write("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":\"demi\",\"name\":");
    Json.string(out, chart.info().title());
    out.write(",\"activeProfileIndex\":0,\"shared\":{\"frames\":[");
    String comma = "";
    for (String name : chart.names()) {
      out.write(comma + "{\"name\":");
      Json.string(out, name).append('}');
      comma = ",\n";
    }
    out.write("]},\"profiles\":[");
    profiles(chart, out);
    out.write("]}\n");
  }

  private static void profiles(Chart chart, Writer out) throws IOException {
    List<List<Chart.Box>> tracks = new ArrayList<>();
    chart.tracks().forEach(track -> tracks.add(new ArrayList<>()));
    chart.boxes().forEach(box -> tracks.get(box.track()).add(box));
    double scale = chart.info().ticksPerSecond() == 0 ? 1 : 1e9 / chart.info().ticksPerSecond();
    String unit = chart.info().ticksPerSecond() == 0 ? "none" : "nanoseconds";
    for (int track = 0; track < tracks.size(); track++) {
      out.write(track == 0 ? "\n" : ",\n");
      out.write("{\"type\":\"evented\",\"name\":");
      Json.string(out, chart.tracks().get(track).name());
      out.write(
          ",\"unit\":\"%s\",\"startValue\":0,\"endValue\":%s,\"events\":[".formatted(unit, chart.length() * scale));
      new Events(out, scale).all(tracks.get(track));
      out.write("]}");
    }
  }

  /** Opening and closing, properly nested. */
  private static final class Events {
    private final Writer out;
    private final double scale;
    private final Deque<Chart.Box> open = new ArrayDeque<>();
    private String comma = "\n";

    Events(Writer out, double scale) {
      this.out = out;
      this.scale = scale;
    }

    void all(List<Chart.Box> boxes) throws IOException {
      boxes.sort(Comparator.comparingLong(Chart.Box::start).thenComparingInt(Chart.Box::depth));
      for (Chart.Box box : boxes) {
        while (!open.isEmpty() && (open.peek().end() <= box.start() || open.peek().depth() >= box.depth())) {
          close(open.pop());
        }
        event('O', box.name(), box.start());
        open.push(box);
      }
      while (!open.isEmpty()) {
        close(open.pop());
      }
    }

    private void close(Chart.Box box) throws IOException {
      event('C', box.name(), Math.min(box.end(), open.isEmpty() ? box.end() : open.peek().end()));
    }

    private void event(char type, int frame, long time) throws IOException {
      out.write("%s{\"type\":\"%c\",\"frame\":%d,\"at\":%s}".formatted(comma, type, frame, time * scale));
      comma = ",\n";
    }
  }
}
