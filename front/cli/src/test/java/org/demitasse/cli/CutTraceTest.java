package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace whose end is missing: shown as far as it goes, and never taken for the whole. */
class CutTraceTest {
  private static final String BREAKS_OFF = " breaks off after \\d+ records, at [0-9.]+ .*: what came later is missing";

  @TempDir private Path folder;
  private String whole;
  private String cut;

  @BeforeEach
  void write() throws IOException {
    Path file = folder.resolve("whole.trace");
    try (TraceWriter writer = new TraceWriter(file, new TraceInfo("a boot", TraceInfo.INSTRUCTIONS, 1e9))) {
      for (int n = 0; n < 200; n++) {
        writer.string(n, "function" + n * n);
        writer.track(0, "boot");
        writer.enter(0, n * 10, n);
      }
      writer.event(0, 2000, EventKind.MILESTONE, 0);
      writer.end(2000);
    }
    byte[] bytes = Files.readAllBytes(file);
    whole = file.toString();
    cut = Files.write(folder.resolve("cut.trace"), Arrays.copyOf(bytes, bytes.length / 2)).toString();
  }

  private static DemiProcess.Result trace(int status, String... words) {
    String[] line = new String[words.length + 1];
    line[0] = "trace";
    System.arraycopy(words, 0, line, 1, words.length);
    DemiProcess.Result result = DemiProcess.run("", line);
    assertThat(result.status()).as(result.err() + result.out()).isEqualTo(status);
    return result;
  }

  @Test
  void everyCommandSaysWhereItBreaksOff() {
    assertThat(trace(0, "report", cut).out()).containsPattern("note: this trace" + BREAKS_OFF);
    assertThat(trace(0, "report", whole).out()).doesNotContain("note:");
    String told = "demi: the trace " + cut + BREAKS_OFF;
    assertThat(trace(0, "top", cut).err()).containsPattern(told);
    assertThat(trace(0, "top", cut).out()).contains("function100");
    assertThat(trace(0, "diff", whole, cut).err()).containsPattern(told);
    for (String format : new String[] {"html", "folded"}) {
      String output = folder.resolve("x." + format).toString();
      assertThat(trace(0, "convert", cut, "-o", output).err()).containsPattern(told);
    }
    assertThat(trace(0, "chart", cut, "-o", folder.resolve("x.svg").toString()).err()).containsPattern(told);
  }

  @Test
  void aPartOfABootIsNeitherWithinABudgetNorMakesOne() throws IOException {
    String budget = folder.resolve("boot.budget").toString();
    assertThat(trace(ExitStatus.UNUSABLE_INPUT, "budget", cut, "-o", budget).err()).containsPattern(cut + BREAKS_OFF);
    assertThat(Path.of(budget)).doesNotExist();
    trace(0, "budget", whole, "-o", budget);
    assertThat(trace(0, "check", whole, "--budget", budget).out()).contains("within budget");
    DemiProcess.Result check = trace(ExitStatus.UNUSABLE_INPUT, "check", cut, "--budget", budget);
    assertThat(check.out()).contains("NOT KNOWN", "function0", "not in this part").doesNotContain("within budget");
    assertThat(check.err()).containsPattern("cannot be held against a budget: the trace " + cut + BREAKS_OFF);
    Files.writeString(Path.of(budget), "length 50 all\n");
    assertThat(trace(ExitStatus.OVER_BUDGET, "check", cut, "--budget", budget).out()).contains("OVER BUDGET");
  }
}
