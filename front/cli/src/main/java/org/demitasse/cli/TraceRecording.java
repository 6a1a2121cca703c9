package org.demitasse.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.demitasse.elf.Symbols;
import org.demitasse.machine.ConsoleOutput;
import org.demitasse.machine.Machine;
import org.demitasse.machine.TextMatcher;
import org.demitasse.trace.flow.FlowRecorder;
import org.demitasse.trace.flow.SampleRecorder;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.jspecify.annotations.Nullable;

/** One recording of one machine: the trace file, the symbols for it, and the lines of the console. */
final class TraceRecording {
  private static final int MAX_LINE = 200;

  private final Path output;
  private final String title;
  private final int samplesPerSecond;
  private final Map<String, TextMatcher> marks = new LinkedHashMap<>(); // those that were not printed yet
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private @Nullable FlowRecorder recorder;
  private @Nullable SampleRecorder sampler;

  /**
   * Prepares one.
   *
   * @param samplesPerSecond how often each vCPU is looked at; 0 to record every call, where the engine sees them
   * @param marks texts that are a milestone when the console first prints them
   */
  TraceRecording(Path output, String title, int samplesPerSecond, List<String> marks) {
    marks.stream().filter(mark -> !mark.isEmpty()).forEach(mark -> this.marks.put(mark, new TextMatcher(mark)));
    this.samplesPerSecond = samplesPerSecond;
    this.output = output;
    this.title = title;
  }

  /** A console that notes each line too. */
  ConsoleOutput around(ConsoleOutput console) {
    return value -> {
      if (value == '\n') {
        endOfLine();
      } else if (value >= ' ' && line.size() < MAX_LINE) {
        line.write(value);
      }
      if (!marks.isEmpty()) {
        mark(value);
      }
      console.put(value);
    };
  }

  private void endOfLine() {
    String text = line.toString(StandardCharsets.UTF_8).strip();
    line.reset();
    if (!text.isEmpty()) {
      note(EventKind.CONSOLE, text);
    }
  }

  private void mark(int value) {
    for (Iterator<Map.Entry<String, TextMatcher>> left = marks.entrySet().iterator(); left.hasNext(); ) {
      Map.Entry<String, TextMatcher> mark = left.next();
      if (mark.getValue().feed(value)) {
        left.remove();
        note(EventKind.MILESTONE, "'%s' printed".formatted(mark.getKey()));
      }
    }
  }

  private void note(EventKind kind, String text) {
    FlowRecorder to = recorder;
    SampleRecorder samples = sampler;
    if (to != null) {
      to.text(kind, text);
    } else if (samples != null) {
      samples.event(System.nanoTime(), kind, text);
    }
  }

  void begin(Machine machine) throws FailedException {
    Symbols symbols = machine.symbols();
    if (symbols.isEmpty()) {
      System.err.println(
          "demi: this kernel has no symbols, so the trace shows addresses; give some with --symbols FILE");
    }
    try {
      if (samplesPerSecond > 0) {
        SampleRecorder samples =
            new SampleRecorder(output, title, symbols, machine.kernelMoves(), machine.vcpus(), System.nanoTime());
        sampler = samples;
        machine.sample(samples, samplesPerSecond);
        return;
      }
      FlowRecorder made =
          new FlowRecorder(output, new TraceInfo(title, TraceInfo.INSTRUCTIONS, 1e9), symbols, machine.kernelMoves());
      recorder = made;
      if (!machine.trace(made)) {
        throw new FailedException(ExitStatus.USAGE, "this engine does not see calls; record with --engine cpu", null);
      }
    } catch (IOException unwritable) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT, "cannot write the trace %s: %s".formatted(output, unwritable), unwritable);
    }
  }

  void end() throws FailedException {
    endOfLine(); // what is printed last may not be a whole one
    SampleRecorder samples = sampler;
    if (samples != null) {
      samples.close();
      System.err.printf(
          "demi: %,d samples in %s, not every call; demi trace chart %s -o boot.html draws them%n",
          samples.samples(), output, output);
    }
    FlowRecorder made = recorder;
    if (made == null) {
      return;
    }
    try {
      made.close();
    } catch (UncheckedIOException lost) {
      throw new FailedException(ExitStatus.FAILED, String.valueOf(lost.getMessage()), lost);
    }
    System.err.printf(
        "demi: every call, on the soft CPU: %,d records in %s; demi trace chart %s -o boot.html draws them%n",
        made.records(), output, output);
  }
}
