package org.demitasse.trace.chart;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.demitasse.trace.json.Json;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;

/**
 * A chart as one HTML page that needs nothing else: no network, no fonts, no libraries. The boxes are in it as base64
 * of numbers in groups of seven bits.
 */
public final class HtmlChart {
  private static final String PLACE = "/*CHART*/null";

  private HtmlChart() {}

  /** Writes the page. */
  public static void write(Chart chart, Writer out) throws IOException {
    write(chart, Map.of(), out);
  }

  /**
   * Writes the page of a boot that is compared with another: red is what costs more than there, blue what costs less.
   *
   * @param changes from function to -1 (gone) to 1 (new); what did not change may be left out. Empty for no comparison
   */
  public static void write(Chart chart, Map<String, Double> changes, Writer out) throws IOException {
    String page = page();
    int at = page.indexOf(PLACE);
    out.write(page, 0, at);
    data(chart, changes, out);
    out.write(page.substring(at + PLACE.length()));
  }

  private static String page() throws IOException {
    try (InputStream in = HtmlChart.class.getResourceAsStream("chart.html")) {
      if (in == null) {
        throw new IllegalStateException("chart.html is missing from the module");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void data(Chart chart, Map<String, Double> changes, Writer out) throws IOException {
    TraceInfo info = chart.info();
    out.write("{\"title\":");
    Json.string(out, info.title());
    out.write(",\"unit\":");
    Json.string(out, info.unit());
    out.write(
        ",\"perSecond\":%s,\"length\":%d,\"grain\":%d,\"spans\":%d,\"names\":["
            .formatted(info.ticksPerSecond(), chart.length(), chart.grain(), chart.spans()));
    strings(chart.names(), out);
    if (!changes.isEmpty()) {
      out.write("],\"changes\":[");
      out.write(
          chart.names().stream()
              .map(name -> String.format(Locale.ROOT, "%.3f", changes.getOrDefault(name, 0.0)))
              .collect(Collectors.joining(",")));
    }
    out.write("],\"kinds\":[");
    strings(java.util.Arrays.stream(EventKind.values()).map(Enum::name).toList(), out);
    out.write("],\"tracks\":[");
    String comma = "";
    for (Chart.Track track : chart.tracks()) {
      out.write(comma + "{\"name\":");
      Json.string(out, track.name());
      out.write(",\"depth\":%d,\"busy\":%d}".formatted(track.depth(), track.busy()));
      comma = ",";
    }
    out.write("],\"boxes\":\"" + boxes(chart) + "\",\"count\":" + chart.boxes().size());
    out.write(",\"marks\":\"" + marks(chart) + "\",\"markCount\":" + chart.marks().size() + "}");
  }

  private static void strings(List<String> strings, Writer out) throws IOException {
    String comma = "";
    for (String text : strings) {
      out.write(comma);
      Json.string(out, text);
      comma = ",";
    }
  }

  /**
   * Boxes one after the other: track, depth, name, start less the start before in the same row, length, busy, self,
   * merged.
   */
  private static String boxes(Chart chart) {
    Groups groups = new Groups();
    int track = -1;
    int depth = -1;
    long start = 0;
    for (Chart.Box box : chart.boxes()) {
      if (box.track() != track || box.depth() != depth) {
        start = 0;
      }
      track = box.track();
      depth = box.depth();
      groups.add(track);
      groups.add(depth);
      groups.add(box.name());
      groups.add(box.start() - start);
      groups.add(box.end() - box.start());
      groups.add(box.busy());
      groups.add(box.self());
      groups.add(box.merged());
      start = box.start();
    }
    return groups.base64();
  }

  private static String marks(Chart chart) {
    Groups groups = new Groups();
    long time = 0;
    for (Chart.Mark mark : chart.marks()) {
      groups.add(mark.track());
      groups.add(mark.time() - time);
      groups.add(mark.kind().ordinal());
      groups.add(mark.text());
      groups.add(mark.count());
      time = mark.time();
    }
    return groups.base64();
  }

  private static final class Groups {
    private final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();

    void add(long number) {
      long rest = number;
      while ((rest & ~0x7fL) != 0) {
        bytes.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
    }

    String base64() {
      return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
  }
}
