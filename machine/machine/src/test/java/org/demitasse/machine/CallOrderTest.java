package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.flow.FlowRecorder;
import org.demitasse.trace.flow.SymbolFile;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSink;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The order of calls and the instructions of each function, as QEMU executes the same kernel one by one. */
@Timeout(180)
class CallOrderTest {
  private static final Pattern PC = Pattern.compile("^Trace \\d+: 0x[0-9a-f]+ \\[[0-9a-f]+/([0-9a-f]+)/");
  private static final int DEBUG_EXIT_STATUS = 0x10 << 1 | 1;

  @TempDir Path folder;

  @Test
  void aTraceHasTheCallsAndCountsThatQemuHas() throws Exception {
    Path kernel = TestKernel.build("calls", folder);
    Symbols symbols = SymbolFile.read(kernel);
    List<String> qemuOrder = new ArrayList<>();
    Map<String, Long> qemuCounts = new HashMap<>();
    for (long pc : executedByQemu(kernel)) {
      Symbols.Nearest at = symbols.nearest(pc).orElseThrow();
      if (at.offset() == 0) {
        qemuOrder.add(at.symbol().name());
      }
      qemuCounts.merge(at.symbol().name(), 1L, Long::sum);
    }
    Path trace = record(kernel);
    assertThat(entered(trace)).hasSizeGreaterThan(200).isEqualTo(qemuOrder);
    Map<String, Long> counts =
        TraceSummary.of(new TraceFile(trace)).functions().stream()
            .collect(Collectors.toMap(FunctionTotal::name, FunctionTotal::self));
    assertThat(counts).isEqualTo(qemuCounts);
  }

  /** Every instruction of the kernel's own, by QEMU's log of blocks of one instruction. */
  private List<Long> executedByQemu(Path kernel) throws Exception {
    Path log = folder.resolve("qemu.log");
    List<String> command = new ArrayList<>(List.of("qemu-system-x86_64", "-M", "pc", "-display", "none", "-no-reboot"));
    command.addAll(List.of("-kernel", kernel.toString(), "-device", "isa-debug-exit,iobase=0xf4,iosize=4"));
    command.addAll(List.of("-d", "exec,nochain", "-dfilter", "0x100000+0x4000", "-D", log.toString()));
    List<String> singly = new ArrayList<>(command);
    singly.addAll(List.of("-accel", "tcg,one-insn-per-tb=on")); // since QEMU 8.1; before, -singlestep
    if (TestKernel.run(singly, folder) != DEBUG_EXIT_STATUS) {
      command.add("-singlestep");
      assertThat(TestKernel.run(command, folder)).isEqualTo(DEBUG_EXIT_STATUS);
    }
    List<Long> executed = new ArrayList<>();
    for (String text : Files.readAllLines(log)) {
      Matcher line = PC.matcher(text);
      if (line.find()) {
        long pc = Long.parseLong(line.group(1), 16);
        if (executed.isEmpty() || executed.getLast() != pc) { // a block that QEMU's own timer kept from beginning
          executed.add(pc);
        }
      }
    }
    return executed;
  }

  private Path record(Path kernel) throws Exception {
    Path trace = folder.resolve("calls.trace");
    MachineSpec spec =
        MachineSpec.of(new KernelSpec.KernelFile(kernel)).withClock(ClockMode.VIRTUAL).withDebugExit(true);
    try (Machine machine = Machine.assemble(spec, value -> {}, null, sentence -> {})) {
      FlowRecorder recorder =
          new FlowRecorder(trace, new TraceInfo("calls", TraceInfo.INSTRUCTIONS, 1e9), machine.symbols());
      assertThat(machine.trace(recorder)).isTrue();
      assertThat(machine.run().debugExitStatus()).isEqualTo(DEBUG_EXIT_STATUS);
      recorder.close();
    }
    return trace;
  }

  /** The functions in the order in which they were entered. */
  private static List<String> entered(Path trace) throws IOException {
    List<String> names = new ArrayList<>();
    List<String> order = new ArrayList<>();
    new TraceFile(trace)
        .read(
            new TraceSink() {
              @Override
              public void string(int number, String text) {
                names.add(text);
              }

              @Override
              public void track(int number, String name) {}

              @Override
              public void enter(int track, long time, int function) {
                order.add(names.get(function));
              }

              @Override
              public void exit(int track, long time, int function) {}

              @Override
              public void event(int track, long time, EventKind kind, int text) {}

              @Override
              public void end(long time) {}
            });
    return order;
  }
}
