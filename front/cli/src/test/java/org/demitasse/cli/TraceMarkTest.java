package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.report.TraceSummary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the console prints, as milestones and events of a trace. */
class TraceMarkTest {
  @TempDir private Path folder;

  private TraceSummary recorded(String... options) throws Exception {
    Path trace = folder.resolve("hello.trace");
    List<String> words =
        new ArrayList<>(List.of("trace", "run", "hello", "--clock", "virtual", "-o", trace.toString()));
    words.addAll(List.of(options));
    DemiProcess.Result result = DemiProcess.run("", words.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    return TraceSummary.of(new TraceFile(trace));
  }

  @Test
  void aMarkIsAMilestoneWhenItIsFirstPrinted() throws Exception {
    TraceSummary summary = recorded("--mark", "usable", "--mark", "never said", "--mark", "microVM");
    assertThat(summary.milestones().keySet()).containsSubsequence("'microVM' printed", "'usable' printed");
    assertThat(summary.milestones()).doesNotContainKey("'never said' printed");
    assertThat(summary.milestones().get("'usable' printed")).isLessThan(summary.length());
  }

  @Test
  void whatEndsTheMachineIsOneAndTheLineIsKept() throws Exception {
    TraceSummary summary = recorded("--until", "from a micro");
    assertThat(summary.milestones()).containsKey("'from a micro' printed");
    assertThat(summary.events().get(EventKind.CONSOLE)).containsKey("Hello from a micro");
  }
}
