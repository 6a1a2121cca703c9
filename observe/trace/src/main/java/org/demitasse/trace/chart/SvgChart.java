package org.demitasse.trace.chart;

import java.io.IOException;
import java.io.Writer;
import java.util.Locale;
import org.demitasse.trace.record.EventKind;

/** A chart as a picture: what the page shows before anyone zooms. Titles tell the details where a viewer shows them. */
public final class SvgChart {
  /** Usual width in pixels. */
  public static final int WIDTH = 1200;

  private static final int ROW = 16;
  private static final int HEAD = 20;
  private static final int TOP = 46;
  private static final int MAX_TRACKS = 24;
  private static final double CHARACTER = 6.1;

  private final Chart chart;
  private final int width;
  private final Writer out;
  private final int[] tops;
  private int height = TOP;

  private SvgChart(Chart chart, int width, Writer out) {
    this.chart = chart;
    this.width = width;
    this.out = out;
    tops = new int[chart.tracks().size()];
  }

  /** Writes the picture; of many tracks, the busiest. */
  public static void write(Chart chart, int width, Writer out) throws IOException {
    new SvgChart(chart, width, out).write();
  }

  private void write() throws IOException {
    place();
    out.write(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="monospace" font-size="10">
        <rect width="100%%" height="100%%" fill="#fbfaf8"/>
        <text x="8" y="17" font-size="13" font-family="sans-serif">%s</text>
        """
            .formatted(
                width,
                height,
                width,
                height,
                escape(chart.info().title() + " · " + chart.info().format((double) chart.length()))));
    for (int track = 0; track < tops.length; track++) {
      if (tops[track] > 0) {
        out.write(
            "<text x=\"6\" y=\"%d\" font-family=\"sans-serif\" fill=\"#6d675f\">%s · %s busy</text>%n"
                .formatted(
                    tops[track] + HEAD - 6,
                    escape(chart.tracks().get(track).name()),
                    escape(chart.info().format((double) chart.tracks().get(track).busy()))));
      }
    }
    for (Chart.Box box : chart.boxes()) {
      box(box);
    }
    marks();
    out.write("</svg>\n");
  }

  private void place() {
    long least =
        chart.tracks().stream()
            .map(Chart.Track::busy)
            .sorted(java.util.Comparator.reverseOrder())
            .skip(MAX_TRACKS - 1)
            .findFirst()
            .orElse(0L);
    long all = chart.tracks().stream().mapToLong(Chart.Track::busy).sum();
    for (int track = 0; track < tops.length; track++) {
      long busy = chart.tracks().get(track).busy();
      if (busy >= least && busy >= all / 200) {
        tops[track] = height;
        height += HEAD + chart.tracks().get(track).depth() * ROW + 4;
      }
    }
  }

  private double x(long time) {
    return (double) time * width / Math.max(1, chart.length());
  }

  private void box(Chart.Box box) throws IOException {
    double left = x(box.start());
    double wide = x(box.end()) - left;
    if (tops[box.track()] == 0 || wide < 0.3) {
      return;
    }
    String name = chart.names().get(box.name()) + (box.merged() > 1 ? " +" + (box.merged() - 1) : "");
    int y = tops[box.track()] + HEAD + box.depth() * ROW;
    out.write(
        String.format(
            Locale.ROOT,
            "<g><rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"/><title>%s: %s, busy %s</title>",
            left,
            y,
            Math.max(0.3, wide > 3 ? wide - 0.4 : wide),
            ROW - 1,
            colour(chart.names().get(box.name()), box.merged() > 1),
            escape(name),
            escape(chart.info().format((double) (box.end() - box.start()))),
            escape(chart.info().format((double) box.busy()))));
    int fit = (int) ((wide - 5) / CHARACTER);
    if (fit > 2) {
      String label = name.length() > fit ? name.substring(0, fit - 1) + "…" : name;
      out.write(String.format(Locale.ROOT, "<text x=\"%.2f\" y=\"%d\">%s</text>", left + 2.5, y + 11, escape(label)));
    }
    out.write("</g>\n");
  }

  /** One colour per family of functions, as on the page: what stands before the first underscore. */
  private static String colour(String name, boolean merged) {
    if (name.equals("(idle)") || name.equals("(off cpu)")) {
      return "#eeeae4";
    }
    String family = name.replaceFirst("^_+", "").split("[_.: ]", 2)[0];
    int hash = 0x811c_9dc5;
    for (int n = 0; n < family.length(); n++) {
      hash = (hash ^ family.charAt(n)) * 16_777_619;
    }
    double hue = 8 + Integer.remainderUnsigned(hash, 75) * 0.75;
    return String.format(Locale.ROOT, "hsl(%.0f %d%% %d%%)", hue, merged ? 50 : 85, merged ? 76 : 68);
  }

  private void marks() throws IOException {
    double free = 0;
    for (Chart.Mark mark : chart.marks()) {
      if (mark.kind() == EventKind.MILESTONE) {
        double at = x(mark.time());
        String name = chart.names().get(mark.text());
        out.write(
            String.format(
                Locale.ROOT,
                "<path d=\"M%.2f 26V%d\" stroke=\"#b3261e\"/><title>%s</title>%n",
                at,
                height,
                escape(name + " at " + chart.info().format((double) mark.time()))));
        if (at >= free && at < width - 40) {
          out.write(
              String.format(
                  Locale.ROOT, "<text x=\"%.2f\" y=\"34\" fill=\"#b3261e\">%s</text>%n", at + 3, escape(name)));
          free = at + 8 + name.length() * CHARACTER;
        }
      }
    }
  }

  static String escape(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '<' -> safe.append("&lt;");
            case '>' -> safe.append("&gt;");
            case '&' -> safe.append("&amp;");
            case '"' -> safe.append("&quot;");
            default ->
                safe.appendCodePoint(c < 0x20 || c > 0xfffd && c < 0x10000 || c >= 0xd800 && c < 0xe000 ? '?' : c);
          }
        });
    return safe.toString();
  }
}
