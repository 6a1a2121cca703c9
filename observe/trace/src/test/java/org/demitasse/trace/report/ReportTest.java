package org.demitasse.trace.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.demitasse.trace.Script;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceFormatException;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static Script boot(int delay) {
    Script script = new Script().enter("boot", 0, "main").event("boot", 5, EventKind.MILESTONE, "root mounted");
    script.enter("boot", 100, "i8254_wait");
    for (int n = 0; n < 40; n++) {
      script.event("boot", 100 + n, EventKind.DEVICE, "pit");
    }
    script.exit("boot", 100 + delay, "i8254_wait").enter("boot", 1000, "memset").exit("boot", 1300, "memset");
    return script.exit("boot", 2000, "main").end(2000);
  }

  @Test
  void recognisesALoopThatOnlyReadsAClock() throws IOException {
    TraceSummary summary = TraceSummary.of(boot(500));
    assertThat(summary.delayLoops())
        .containsExactly(
            new TraceSummary.DelayLoop("i8254_wait", "pit", 40, 500, List.of(new TraceSummary.Asker("main", 500))));
    assertThat(summary.costs()).containsEntry(CostKind.ZEROING, 300L);
    assertThat(BootReport.of(summary))
        .anyMatch(line -> line.contains("zeroing memory"))
        .anyMatch(line -> line.contains("read pit 40 times"))
        .anyMatch(line -> line.strip().equals("asked for by main 0.500 µs (500 instr)"));
  }

  @Test
  void advisesEachKernelInItsOwnWords() throws IOException {
    assertThat(adviceTo("start_kernel")).contains("tsc_early_khz").doesNotContain("NetBSD");
    assertThat(adviceTo("cpu_configure"))
        .contains("NetBSD measures TSC and APIC timer")
        .doesNotContain("tsc_early_khz");
    assertThat(adviceTo("kmain")).contains("CPUID leaves").doesNotContain("tsc_early_khz", "NetBSD");
  }

  private static String adviceTo(String kernelFunction) throws IOException {
    Script script = new Script().enter("boot", 0, kernelFunction).enter("boot", 10, "lapic_calibrate_timer");
    script.exit("boot", 900, "lapic_calibrate_timer").exit("boot", 1000, kernelFunction).end(1000);
    return String.join("\n", BootReport.of(TraceSummary.of(script)));
  }

  @Test
  void keepsItsOwnBudgetAndBreaksATighterOne() throws IOException {
    TraceSummary summary = TraceSummary.of(boot(500));
    Budget budget = Budget.parse(Budget.of(summary, 0, 10).text(summary));
    assertThat(budget.check(summary)).hasSize(6).allMatch(Budget.Verdict::isKept);
    assertThat(budget.check(TraceSummary.of(boot(501))))
        .filteredOn(verdict -> !verdict.isKept())
        .extracting(verdict -> verdict.limit().name() + " " + verdict.measured())
        .containsExactly("i8254_wait 501");
    assertThat(Budget.parse("milestone 10 login:\n").check(summary)).noneMatch(Budget.Verdict::isKept);
  }

  @Test
  void refusesALineThatIsNoLimit() {
    assertThatThrownBy(() -> Budget.parse("# ok\nlength many all"))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining("line 2 of the budget");
  }

  @Test
  void tellsWhatChanged() throws IOException {
    TraceDiff diff = TraceDiff.of(TraceSummary.of(boot(500)), TraceSummary.of(boot(700)));
    assertThat(diff.functions()).extracting(TraceDiff.Change::name).containsExactly("i8254_wait", "main");
    assertThat(diff.functions().getFirst().self()).isEqualTo(200);
    assertThat(diff.functions().get(1).self()).isEqualTo(-200);
    assertThat(diff.shares().get("i8254_wait")).isCloseTo(200 / 700.0, org.assertj.core.data.Offset.offset(1e-9));
  }
}
