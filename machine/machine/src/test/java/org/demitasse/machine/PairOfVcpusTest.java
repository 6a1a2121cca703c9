package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.demitasse.gdb.DebugAddress;
import org.demitasse.gdb.GdbServer;
import org.demitasse.trace.chart.Chart;
import org.demitasse.trace.chart.ChartBuilder;
import org.demitasse.trace.flow.FlowRecorder;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gdb and traces with two vCPUs. */
@Timeout(120)
class PairOfVcpusTest {
  private static final int DEBUG_EXIT_STATUS = 0x10 << 1 | 1;

  @TempDir Path folder;

  private MachineSpec spec() throws Exception {
    return MachineSpec.of(new KernelSpec.KernelFile(TestKernel.build("pair", folder)))
        .withMemoryMib(32)
        .withVcpus(2)
        .withClock(ClockMode.VIRTUAL)
        .withDebugExit(true);
  }

  private String gdb(GdbServer server, String... commands) throws Exception {
    List<String> script = new ArrayList<>(List.of("set pagination off", "set confirm off"));
    script.addAll(List.of("set architecture i386:x86-64", "target remote " + server.target()));
    script.addAll(List.of("symbol-file " + folder.resolve("pair.elf")));
    script.addAll(List.of(commands));
    Path file = Files.write(folder.resolve("script.gdb"), script);
    Path output = folder.resolve("gdb.txt");
    Process gdb =
        new ProcessBuilder("gdb", "-nx", "-batch", "-x", file.toString())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(gdb.waitFor(90, TimeUnit.SECONDS)).as(Files.readString(output)).isTrue();
    } finally {
      gdb.destroyForcibly();
    }
    return Files.readString(output, StandardCharsets.ISO_8859_1);
  }

  /** Up to where the second vCPU has stepped alone. */
  private static final List<String> STEPS =
      List.of(
          "info threads",
          "hbreak second_step",
          "c",
          "printf \"stopped in thread %d count %d\\n\", $_thread, *(int*)&second_count",
          "info threads",
          "set scheduler-locking on",
          "thread 1",
          "set $first = $pc",
          "thread 2",
          "set $second = $pc",
          "stepi",
          "stepi",
          "printf \"second moved %d\\n\", $pc != $second",
          "thread 1",
          "printf \"first moved %d\\n\", $pc != $first",
          "set scheduler-locking off",
          "delete");

  private static final List<String> WATCH =
      List.of("watch *(int*)&first_count", "c", "printf \"watched in thread %d\\n\", $_thread", "delete");

  /** On a KVM, too, but for the watchpoint: one that emulates instructions looks at no data. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void gdbSeesAThreadForEachVcpuAndStepsOneAlone(String engine) throws Exception {
    boolean soft = engine.equals("cpu");
    MachineSpec spec = soft ? spec() : spec().withClock(ClockMode.HOST).withEngine(engine);
    List<String> script = new ArrayList<>(STEPS);
    script.addAll(soft ? WATCH : List.of());
    script.add("c");
    try (Machine machine = Machine.assemble(spec, value -> {}, null, sentence -> {});
        GdbServer server = GdbServer.listen(new DebugAddress.Tcp("localhost", 0), sentence -> {})) {
      machine.debugWith(server, true);
      CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(machine::run);
      String output = gdb(server, script.toArray(String[]::new));
      assertThat(output).contains("vCPU 1 waiting for start-up");
      assertThat(output).contains("stopped in thread 2 count 0").contains("vCPU 0 running").contains("vCPU 1 running");
      assertThat(output).contains("second moved 1").contains("first moved 0");
      assertThat(output.contains("watched in thread 1")).as(output).isEqualTo(soft);
      assertThat(outcome.get(30, TimeUnit.SECONDS).debugExitStatus()).as(output).isEqualTo(DEBUG_EXIT_STATUS);
    } catch (UnusableEngineException none) {
      abort("no KVM here: " + none.getMessage());
    }
  }

  private Path record(String name) throws Exception {
    Path trace = folder.resolve(name);
    try (Machine machine = Machine.assemble(spec(), value -> {}, null, sentence -> {})) {
      FlowRecorder recorder =
          new FlowRecorder(trace, new TraceInfo("pair", TraceInfo.INSTRUCTIONS, 1e9), machine.symbols());
      assertThat(machine.trace(recorder)).isTrue();
      assertThat(machine.run().debugExitStatus()).isEqualTo(DEBUG_EXIT_STATUS);
      recorder.close();
    }
    return trace;
  }

  @Test
  void aTraceHasALaneForEachVcpuAndRepeatsToTheByte() throws Exception {
    Path trace = record("a.trace");
    TraceSummary summary = TraceSummary.of(new TraceFile(trace));
    Map<String, FunctionTotal> functions =
        summary.functions().stream().collect(Collectors.toMap(FunctionTotal::name, Function.identity()));
    assertThat(functions.get("second_step").calls()).isEqualTo(5000);
    assertThat(functions.get("second_step").self()).as("MOV, ADD, MOV, RET").isEqualTo(4 * 5000);
    assertThat(functions.get("first_step").self()).isEqualTo(4 * functions.get("first_step").calls());
    assertThat(summary.troubles()).isEmpty();
    Chart chart = ChartBuilder.forBrowser(new TraceFile(trace));
    assertThat(chart.tracks()).extracting(Chart.Track::name).hasSize(2);
    assertThat(chart.tracks().stream().mapToLong(Chart.Track::busy).sum()).isEqualTo(summary.work());
    assertThat(Files.mismatch(trace, record("b.trace"))).isEqualTo(-1);
  }
}
