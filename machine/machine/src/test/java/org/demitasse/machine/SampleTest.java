package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.demitasse.trace.export.FoldedText;
import org.demitasse.trace.flow.SampleRecorder;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.report.BootReport;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stacks that are looked at now and then, on both engines. */
@Timeout(120)
class SampleTest {
  @TempDir Path folder;

  private Path record(String engine) throws Exception {
    Path trace = folder.resolve("samples.trace");
    MachineSpec spec =
        MachineSpec.of(new KernelSpec.KernelFile(TestKernel.build("nest", folder)))
            .withMemoryMib(32)
            .withEngine(engine);
    try (Machine machine = Machine.assemble(spec, value -> {}, null, sentence -> {})) {
      SampleRecorder recorder = new SampleRecorder(trace, "nest", machine.symbols(), false, 1, System.nanoTime());
      machine.sample(recorder, 200);
      CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(machine::run);
      for (int n = 0; n < 600 && recorder.samples() < 30; n++) {
        Thread.sleep(100);
      }
      machine.end(Outcome.of(Outcome.Kind.LEFT));
      assertThat(outcome.get(30, TimeUnit.SECONDS).kind()).isEqualTo(Outcome.Kind.LEFT);
      assertThat(recorder.samples()).isGreaterThanOrEqualTo(30);
      recorder.close();
    }
    return trace;
  }

  private static void assertInnerTakesTheTime(Path trace) throws Exception {
    TraceSummary summary = TraceSummary.of(new TraceFile(trace));
    Map<String, FunctionTotal> functions =
        summary.functions().stream().collect(Collectors.toMap(FunctionTotal::name, Function.identity()));
    assertThat(functions.get("inner").self()).isGreaterThan(summary.work() * 8 / 10);
    assertThat(functions.get("outer").total()).isGreaterThanOrEqualTo(functions.get("inner").total());
    StringWriter folded = new StringWriter();
    FoldedText.write(new TraceFile(trace), folded);
    assertThat(folded.toString()).contains("start;outer;inner ");
  }

  @Test
  void samplesShowTheFramesOfTheSoftCpu() throws Exception {
    assertInnerTakesTheTime(record("cpu"));
  }

  @Test
  void samplesShowTheFramesUnderKvm() throws Exception {
    Path trace = folder;
    try {
      trace = record("kvm"); // also by a KVM without hardware, which this guest is simple enough for
    } catch (UnusableEngineException none) {
      abort("no KVM here: " + none.getMessage());
    }
    assertInnerTakesTheTime(trace);
    TraceSummary summary = TraceSummary.of(new TraceFile(trace));
    assertThat(summary.exits())
        .as("each sample takes the vCPU out of the guest")
        .anyMatch(exit -> exit.reason().equals("exit interrupted") && exit.count() >= 30 && exit.ticks() > 0)
        .allMatch(exit -> exit.longest() <= exit.ticks() && exit.ticks() <= summary.length());
    assertThat(BootReport.of(summary)).anyMatch(line -> line.contains("exit interrupted"));
  }
}
