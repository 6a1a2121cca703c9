package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.demitasse.machine.Outcome.Kind;
import org.demitasse.trace.export.FoldedText;
import org.demitasse.trace.flow.FlowRecorder;
import org.demitasse.trace.flow.SampleRecorder;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.record.TraceInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of a kernel's functions while it runs at its physical addresses, wherever it is linked. */
@Timeout(120)
class EarlyTest {
  private static final long FOR_EVER = 0xffff_ffffL;

  @TempDir Path folder;

  private Machine machine(int bits, long base, long turns, String engine) throws Exception {
    MachineSpec spec =
        MachineSpec.of(new KernelSpec.KernelFile(TestKernel.early(bits, base, turns, folder)))
            .withMemoryMib(32)
            .withEngine(engine);
    return Machine.assemble(spec, value -> {}, null, sentence -> {});
  }

  private static List<String> report(Outcome outcome) {
    CrashReport report = outcome.report();
    assertThat(report).isNotNull();
    return report == null ? List.of() : report.lines();
  }

  @ParameterizedTest
  @CsvSource({"64, 0xffffffff80000000", "64, 0xffff800000000000", "32, 0xc0000000"})
  void aCrashIsToldWithNames(int bits, String base) throws Exception {
    try (Machine machine = machine(bits, Long.parseUnsignedLong(base.substring(2), 16), 5, "cpu")) {
      Outcome outcome = machine.run();
      assertThat(outcome.kind()).isEqualTo(Kind.CRASHED);
      List<String> lines = report(outcome);
      assertThat(lines).anyMatch(line -> line.matches("rip 00000000001000..  inner\\+0x10"));
      assertThat(lines).anyMatch(line -> line.matches("stack 0{8}001000..  outer\\+0x8"));
      assertThat(lines).anyMatch(line -> line.matches(" +0{8}001000..  start\\+0xc"));
      assertThat(lines).anyMatch(line -> line.startsWith("branches outer inner (leaf "));
    }
  }

  @ParameterizedTest
  @CsvSource({"cpu", "kvm"})
  void samplesAndTheEndOfItsTimeTellNames(String engine) throws Exception {
    Path trace = folder.resolve("early.trace");
    try (Machine machine = machine(64, 0xffff_ffff_8000_0000L, FOR_EVER, engine)) {
      SampleRecorder recorder = new SampleRecorder(trace, "early", machine.symbols(), false, 1, System.nanoTime());
      machine.sample(recorder, 200);
      CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(machine::run);
      for (int n = 0; n < 300 && recorder.samples() < 20; n++) {
        Thread.sleep(20);
      }
      machine.end(new Outcome(Kind.TIMED_OUT, "late", 0, null));
      assertThat(report(outcome.get(30, TimeUnit.SECONDS)))
          .last()
          .asString()
          .matches("vcpu 0  running  interrupts off  rip 00000000001000..  (inner|leaf).*");
      recorder.close();
    } catch (UnusableEngineException none) {
      abort("no KVM here: " + none.getMessage());
    }
    assertThat(folded(trace)).contains("start;outer;inner");
  }

  @Test
  void exactTracesTellNamesOfAKernelThatIsLinkedAnywhere() throws Exception {
    Path trace = folder.resolve("early.trace");
    try (Machine machine = machine(64, 0xffff_8000_0000_0000L, 5, "cpu")) {
      FlowRecorder recorder =
          new FlowRecorder(trace, new TraceInfo("early", TraceInfo.INSTRUCTIONS, 1e9), machine.symbols());
      assertThat(machine.trace(recorder)).isTrue();
      assertThat(machine.run().kind()).isEqualTo(Kind.CRASHED);
      recorder.close();
    }
    assertThat(folded(trace)).contains("outer;inner;leaf 5");
  }

  private static String folded(Path trace) throws Exception {
    StringWriter folded = new StringWriter();
    FoldedText.write(new TraceFile(trace), folded);
    return folded.toString();
  }
}
