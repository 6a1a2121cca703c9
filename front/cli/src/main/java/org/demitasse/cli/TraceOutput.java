package org.demitasse.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.demitasse.trace.chart.ChartBuilder;
import org.demitasse.trace.chart.HtmlChart;
import org.demitasse.trace.chart.SvgChart;
import org.demitasse.trace.export.ChromeTrace;
import org.demitasse.trace.export.FoldedText;
import org.demitasse.trace.export.Pprof;
import org.demitasse.trace.export.SpeedscopeJson;
import org.demitasse.trace.record.TraceSource;

/** What a trace can be turned into. */
enum TraceOutput {
  HTML(".html"),
  SVG(".svg"),
  FOLDED(".folded"),
  SPEEDSCOPE(".speedscope.json"),
  CHROME(".json"),
  PPROF(".pb.gz");

  private final String ending;

  TraceOutput(String ending) {
    this.ending = ending;
  }

  /** The one that a file's name ends with: the first that fits. */
  static TraceOutput of(Path file) throws FailedException {
    for (TraceOutput output : values()) {
      if (file.toString().endsWith(output.ending)) {
        return output;
      }
    }
    throw new FailedException(
        ExitStatus.USAGE,
        file + " does not tell its format: end it with .html, .svg, .folded, .speedscope.json, .json or .pb.gz",
        null);
  }

  void write(TraceSource trace, Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      if (this == PPROF) {
        Pprof.write(trace, out);
        return;
      }
      try (Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8)) {
        write(trace, writer);
      }
    }
  }

  private void write(TraceSource trace, Writer out) throws IOException {
    switch (this) {
      case HTML -> HtmlChart.write(ChartBuilder.forBrowser(trace), out);
      case SVG -> SvgChart.write(ChartBuilder.forPicture(trace, SvgChart.WIDTH), SvgChart.WIDTH, out);
      case FOLDED -> FoldedText.write(trace, out);
      case SPEEDSCOPE -> SpeedscopeJson.write(trace, out);
      case CHROME -> ChromeTrace.write(trace, out);
      case PPROF -> throw new IllegalStateException("pprof is not text");
    }
  }
}
