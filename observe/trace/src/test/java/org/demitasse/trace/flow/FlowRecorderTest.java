package org.demitasse.trace.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowRecorderTest {
  private static final long BASE = 0xffff_ffff_8020_0000L;
  private static final long STACK = 0xffff_ffff_8090_0000L;

  private static final Symbols NETBSD =
      new Symbols(
          List.of(
              new Symbol("start", BASE, 0x100),
              new Symbol("main", BASE + 0x1000, 0x400),
              new Symbol("cpu_configure", BASE + 0x2000, 0x100),
              new Symbol("vfs_mountroot", BASE + 0x3000, 0x200),
              new Symbol("ffs_mountroot", BASE + 0x4000, 0x200)));

  @TempDir Path directory;

  private final long[] now = new long[1];

  private TraceSummary record(java.util.function.Consumer<FlowLog> guest) throws Exception {
    Path file = directory.resolve("boot.trace");
    FlowRecorder recorder = new FlowRecorder(file, new TraceInfo("netbsd", TraceInfo.INSTRUCTIONS, 1e9), NETBSD);
    recorder.log().clock(() -> now[0]);
    guest.accept(recorder.log());
    recorder.close();
    return TraceSummary.of(new TraceFile(file));
  }

  private static void call(FlowLog log, long time, long from, long to, long slot) {
    log.add(FlowLog.CALL, 0, time, BASE + to, slot, BASE + from);
  }

  private static void ret(FlowLog log, long time, long to, long slot) {
    log.add(FlowLog.RETURN, 0, time, BASE + to, slot, 0);
  }

  @Test
  void functionsOfAModuleHaveNamesFromTheBlockOnInWhichItWasLoaded() throws Exception {
    long module = 0x4000_0000L;
    Symbols loaded = new Symbols(List.of(new Symbol("disk_read", BASE + module, 0x80)));
    int[] asked = new int[1];
    Path file = directory.resolve("modules.trace");
    FlowRecorder recorder = new FlowRecorder(file, new TraceInfo("linux", TraceInfo.INSTRUCTIONS, 1e9), NETBSD);
    recorder.watchModules(slide -> asked[0]++ == 1 ? loaded : null);
    recorder.log().clock(() -> now[0]);
    call(recorder.log(), 1, 0x10, 0x1000, STACK - 8);
    for (int n = 0; n < 10_000; n++) {
      long time = 10 + 10L * n;
      call(recorder.log(), time, 0x1010, module, STACK - 16);
      ret(recorder.log(), time + 5, 0x1010, STACK - 16);
      now[0] = time + 5;
    }
    recorder.close();
    List<FunctionTotal> totals = TraceSummary.of(new TraceFile(file)).functions();
    assertThat(totals.stream().filter(total -> total.name().equals("disk_read")).mapToLong(FunctionTotal::calls).sum())
        .isBetween(10_000L - 2_100, 10_000L - 1_900);
    assertThat(totals).extracting(FunctionTotal::name).contains("0x" + Long.toHexString(BASE + module));
  }

  @Test
  void rootIsMountedWhenTheFunctionThatDoesItHasEnded() throws Exception {
    TraceSummary summary =
        record(log -> {
          call(log, 100, 0x10, 0x1000, STACK - 8);
          call(log, 200, 0x1010, 0x2000, STACK - 16);
          ret(log, 300, 0x1010, STACK - 16);
          call(log, 400, 0x1020, 0x3000, STACK - 16);
          call(log, 500, 0x3010, 0x4000, STACK - 24);
          ret(log, 600, 0x3010, STACK - 24);
          call(log, 610, 0x3020, 0x4000, STACK - 24);
          ret(log, 650, 0x3020, STACK - 24);
          ret(log, 700, 0x1020, STACK - 16);
          now[0] = 1000;
        });
    assertThat(summary.milestones())
        .containsExactly(
            java.util.Map.entry("main", 100L),
            java.util.Map.entry("cpu_configure", 200L),
            java.util.Map.entry("root mounted", 700L));
  }

  /** As a module's initialisers, which lie somewhere behind it and have no symbols. */
  @Test
  void codeFarBehindTheEndOfAFunctionIsNotThatFunction() throws Exception {
    TraceSummary summary =
        record(log -> {
          call(log, 100, 0x10, 0x1000, STACK - 8);
          call(log, 200, 0x1010, 0x4000 + 0x1300, STACK - 16);
          ret(log, 300, 0x1010, STACK - 16);
          now[0] = 400;
        });
    assertThat(summary.functions())
        .extracting(FunctionTotal::name)
        .contains("0xffffffff80205300")
        .doesNotContain("ffs_mountroot");
  }
}
