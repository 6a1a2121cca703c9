package org.demitasse.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.demitasse.elf.Symbols;
import org.demitasse.machine.ConsoleOutput;
import org.demitasse.machine.Machine;
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
  private @Nullable FlowRecorder recorder;
  private @Nullable SampleRecorder sampler;

  /**
   * Prepares one.
   *
   * @param samplesPerSecond how often each vCPU is looked at; 0 to record every call, where the engine sees them
   */
  TraceRecording(Path output, String title, int samplesPerSecond) {
    this.samplesPerSecond = samplesPerSecond;
    this.output = output;
    this.title = title;
  }

  /** A console that notes each line too. */
  ConsoleOutput around(ConsoleOutput console) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    return value -> {
      if (value == '\n') {
        note(line.toString(StandardCharsets.UTF_8).strip());
        line.reset();
      } else if (value >= ' ' && line.size() < MAX_LINE) {
        line.write(value);
      }
      console.put(value);
    };
  }

  private void note(String line) {
    FlowRecorder to = recorder;
    SampleRecorder samples = sampler;
    if (line.isEmpty()) {
      return;
    }
    if (to != null) {
      to.text(EventKind.CONSOLE, line);
    } else if (samples != null) {
      samples.event(System.nanoTime(), EventKind.CONSOLE, line);
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
