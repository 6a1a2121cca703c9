package org.demitasse.trace.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.demitasse.trace.Script;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSink;
import org.demitasse.trace.record.TraceSource;
import org.junit.jupiter.api.Test;

class ChartBuilderTest {
  private static final Script BOOT =
      new Script()
          .enter("boot", 0, "main")
          .event("boot", 10, EventKind.MILESTONE, "main begins")
          .enter("boot", 100, "probe</script>")
          .exit("boot", 400, "probe</script>")
          .enter("boot", 500, "mount")
          .exit("boot", 900, "mount")
          .exit("boot", 1000, "main")
          .end(1000);

  @Test
  void keepsEverySpanOfASmallTrace() throws IOException {
    Chart chart = ChartBuilder.forBrowser(BOOT);
    assertThat(chart.boxes())
        .extracting(box ->
            chart.names().get(box.name()) + " " + box.depth() + " " + box.start() + "-" + box.end() + " " + box.self())
        .containsExactly("main 0 0-1000 300", "probe</script> 1 100-400 300", "mount 1 500-900 400");
    assertThat(chart.marks()).extracting(Chart.Mark::time).containsExactly(10L);
    assertThat(chart.tracks()).containsExactly(new Chart.Track("boot", 2, 1000));
  }

  @Test
  void joinsShortNeighboursAndKeepsTheirSums() throws IOException {
    Script script = new Script().enter("t", 0, "main");
    for (int n = 0; n < 1000; n++) {
      script.enter("t", 1000 + n * 10L, "short").exit("t", 1008 + n * 10L, "short");
    }
    Chart chart = new ChartBuilder(10, 100).build(script.exit("t", 20_000, "main").end(20_000));
    assertThat(chart.boxes()).hasSize(2);
    Chart.Box run = chart.boxes().get(1);
    assertThat(run).isEqualTo(new Chart.Box(0, 1, run.name(), 1000, 10_998, 8000, 8000, 1000));
  }

  @Test
  void writesAPageThatNothingInTheTraceCanBreakOutOf() throws IOException {
    StringWriter page = new StringWriter();
    HtmlChart.write(ChartBuilder.forBrowser(BOOT), page);
    assertThat(page.toString())
        .startsWith("<!DOCTYPE html>")
        .contains("probe\\u003c/script\\u003e")
        .doesNotContain("probe</script>", "http://", "https://", "/*CHART*/");
  }

  @Test
  void writesAPicture() throws IOException {
    StringWriter svg = new StringWriter();
    SvgChart.write(ChartBuilder.forPicture(BOOT, 1200), 1200, svg);
    assertThat(svg.toString()).startsWith("<svg").contains("probe&lt;/script&gt;", "main begins").endsWith("</svg>\n");
  }

  /** Ten million records, 5 million spans: the page stays small. How long it takes is measured by ./dev bench trace. */
  @Test
  void drawsTenMillionRecordsAsASmallPage() throws IOException {
    StringWriter page = new StringWriter();
    Chart chart = ChartBuilder.forBrowser(new Endless(5_000_000));
    HtmlChart.write(chart, page);
    assertThat(chart.spans()).isEqualTo(5_000_000);
    assertThat(chart.boxes()).hasSizeLessThan(4 * ChartBuilder.BROWSER_SPANS);
    assertThat(page.getBuffer().length()).isLessThan(20_000_000);
  }

  /** Spans of all lengths, nested five deep, made as they are read. */
  private record Endless(int spans) implements TraceSource {
    @Override
    public TraceInfo info() {
      return new TraceInfo("long", TraceInfo.INSTRUCTIONS, 1e9);
    }

    @Override
    public void read(TraceSink sink) {
      sink.track(0, "t");
      List.of("a", "b", "c", "d", "e", "f", "g").forEach(name -> sink.string(name.charAt(0) - 'a', name));
      java.util.SplittableRandom random = new java.util.SplittableRandom(1);
      int depth = 0;
      long time = 0;
      for (int entered = 0; entered < spans || depth > 0; ) {
        time += 1 + (1L << random.nextInt(12));
        if (depth == 0 || depth < 5 && entered < spans && random.nextBoolean()) {
          sink.enter(0, time, random.nextInt(7));
          depth++;
          entered++;
        } else {
          sink.exit(0, time, TraceSink.UNKNOWN);
          depth--;
        }
      }
      sink.end(time);
    }
  }
}
