package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.demitasse.trace.flow.FlowRecorder;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces of the embedded guest, whose disassembly tells what each function costs. */
class TraceTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream console = new ByteArrayOutputStream();

  private Path record(String name) throws Exception {
    Path file = directory.resolve(name);
    MachineSpec spec = MachineSpec.of(new KernelSpec.Hello()).withClock(ClockMode.VIRTUAL);
    console.reset();
    try (Machine machine = Machine.assemble(spec, console::write, null, warning -> {})) {
      FlowRecorder recorder =
          new FlowRecorder(file, new TraceInfo("hello", TraceInfo.INSTRUCTIONS, 1e9), machine.symbols());
      assertThat(machine.trace(recorder)).isTrue();
      machine.run();
      recorder.close();
    }
    return file;
  }

  @Test
  void twoRunsOnTheVirtualClockGiveTheSameBytes() throws Exception {
    assertThat(Files.mismatch(record("a"), record("b"))).isEqualTo(-1);
  }

  /**
   * print_char with an empty transmitter is MOV, MOV, IN, TEST, JNE taken, MOV, MOV, OUT, and for the virtio console
   * MOV, TEST, JE not taken, MOVZX, MOV, then RET: 14 instructions for each character; ticks_a_millisecond once the
   * answer is known is MOV, TEST, JNE taken, RET.
   */
  @Test
  void countsEveryInstructionWhereItBelongs() throws Exception {
    TraceSummary summary = summary(record("hello.trace"));
    Map<String, FunctionTotal> functions =
        summary.functions().stream().collect(Collectors.toMap(FunctionTotal::name, Function.identity()));
    assertThat(console.toString(StandardCharsets.UTF_8)).contains("All is well");
    FunctionTotal printChar = functions.get("print_char");
    assertThat(printChar.calls()).isEqualTo(console.size());
    assertThat(printChar.self()).isEqualTo(14L * console.size());
    assertThat(printChar.total()).isEqualTo(printChar.self());
    FunctionTotal ticks = functions.get("ticks_a_millisecond");
    assertThat(ticks.self()).isEqualTo(4 * ticks.calls());
    assertThat(summary.functions().stream().mapToLong(FunctionTotal::self).sum()).isEqualTo(summary.length());
    assertThat(summary.troubles()).isEmpty();
  }

  @Test
  void countsTheAccessesThatTheMachineCountsItself() throws Exception {
    Map<String, Long> devices = summary(record("hello.trace")).events().get(EventKind.DEVICE);
    assertThat(devices.get("serial")).isEqualTo(2L * console.size());
  }

  private static TraceSummary summary(Path file) throws IOException {
    return TraceSummary.of(new TraceFile(file));
  }
}
