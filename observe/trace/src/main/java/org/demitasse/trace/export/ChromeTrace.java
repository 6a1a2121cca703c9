package org.demitasse.trace.export;

import java.io.IOException;
import java.io.Writer;
import java.util.Locale;
import org.demitasse.trace.chart.Chart;
import org.demitasse.trace.chart.ChartBuilder;
import org.demitasse.trace.json.Json;
import org.demitasse.trace.record.TraceSource;

/**
 * The trace event format of Chrome, which Perfetto reads too: complete events for spans, instants for marks. Times are
 * microseconds; where the frequency is not known, ticks.
 */
public final class ChromeTrace {
  private ChromeTrace() {}

  /** Reads the trace twice. */
  public static void write(TraceSource trace, Writer out) throws IOException {
    Chart chart = ChartBuilder.forBrowser(trace);
    double scale = chart.info().ticksPerSecond() == 0 ? 1 : 1e6 / chart.info().ticksPerSecond();
    out.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    out.write("{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"name\":\"process_name\",\"args\":{\"name\":");
    Json.string(out, chart.info().title()).append("}}");
    for (int track = 0; track < chart.tracks().size(); track++) {
      out.write(
          ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"name\":\"thread_name\",\"args\":{\"name\":".formatted(track + 1));
      Json.string(out, chart.tracks().get(track).name()).append("}}");
    }
    for (Chart.Box box : chart.boxes()) {
      out.write(",\n{\"ph\":\"X\",\"pid\":1,\"tid\":" + (box.track() + 1) + ",\"name\":");
      Json.string(out, chart.names().get(box.name()));
      out.write(",\"ts\":" + box.start() * scale + ",\"dur\":" + (box.end() - box.start()) * scale);
      out.write(",\"args\":{\"self\":" + box.self() + ",\"busy\":" + box.busy() + ",\"spans\":" + box.merged() + "}}");
    }
    for (Chart.Mark mark : chart.marks()) {
      out.write(",\n{\"ph\":\"i\",\"s\":\"g\",\"pid\":1,\"tid\":" + (mark.track() + 1) + ",\"name\":");
      Json.string(out, chart.names().get(mark.text()));
      out.write(",\"cat\":\"" + mark.kind().name().toLowerCase(Locale.ROOT) + "\",\"ts\":" + mark.time() * scale + "}");
    }
    out.write("\n]}\n");
  }
}
