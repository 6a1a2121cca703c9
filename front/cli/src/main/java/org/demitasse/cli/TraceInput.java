package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.record.TraceSource;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.tslog.TslogReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Opens traces that commands are given: ours, or a tslog. */
final class TraceInput {
  @Option(
      names = "--tsc-frequency",
      paramLabel = "HZ",
      description = "Of a tslog: ticks per second (sysctl machdep.tsc_freq), to show time.")
  private @Nullable Double frequency;

  TraceSource open(Path file) throws FailedException {
    try {
      if (TraceFile.isTrace(file)) {
        return new TraceFile(file);
      }
      if (TslogReader.isTslog(file)) {
        return new TslogReader(file, frequency == null ? 0 : frequency);
      }
    } catch (IOException unreadable) {
      throw unusable(file, unreadable);
    } catch (IllegalArgumentException wrong) {
      throw new FailedException(ExitStatus.USAGE, String.valueOf(wrong.getMessage()), wrong);
    }
    throw new FailedException(
        ExitStatus.UNUSABLE_INPUT, file + " is neither a trace of demi trace run nor the text of a tslog", null);
  }

  /** After it was read: says if its end is missing. */
  static void warnIfCut(Path file, TraceSource source) {
    source.breakOff().ifPresent(where -> System.err.printf("demi: the trace %s %s%n", file, where));
  }

  /** Opens a trace, adds it up, and says if its end is missing. */
  TraceSummary summary(Path file) throws FailedException {
    TraceSummary summary = quietSummary(file);
    summary.breakOff().ifPresent(where -> System.err.printf("demi: the trace %s %s%n", file, where));
    return summary;
  }

  /** Opens a trace and adds it up, for somebody who says himself if its end is missing. */
  TraceSummary quietSummary(Path file) throws FailedException {
    TraceSource source = open(file);
    try {
      return TraceSummary.of(source);
    } catch (IOException unreadable) {
      throw unusable(file, unreadable);
    }
  }

  static FailedException unusable(Path file, IOException why) {
    return new FailedException(
        ExitStatus.UNUSABLE_INPUT, "cannot read the trace %s: %s".formatted(file, why.getMessage()), why);
  }
}
