package org.demitasse.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimedProcessTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void aProcessIsTimedToTheTextAndThenEnded(@TempDir Path folder) throws Exception {
    TimedProcess process =
        new TimedProcess(List.of("sh", "-c", "printf 'Run /'; printf 'init\\n'; sleep 100"), "Run /init", LONG);
    assertThat(process.run(folder)).hasValueSatisfying(timed -> assertThat(timed.wallSeconds()).isBetween(0.0, 59.0));
  }

  @Test
  void aProcessThatHangsOrEndsWithoutTheTextCountsForNothing(@TempDir Path folder) throws Exception {
    assertThat(new TimedProcess(List.of("sleep", "100"), "x", Duration.ofMillis(50)).run(folder)).isEmpty();
    assertThat(new TimedProcess(List.of("echo", "y"), "x", LONG).run(folder)).isEmpty();
  }

  @Test
  void withoutATextAProcessMustEndWellInTime(@TempDir Path folder) throws Exception {
    assertThat(new TimedProcess(List.of("echo", "y"), "", LONG).run(folder))
        .hasValueSatisfying(timed -> assertThat(timed.output()).isEqualTo("y\n"));
    assertThat(new TimedProcess(List.of("false"), "", LONG).run(folder)).isEmpty();
    assertThat(new TimedProcess(List.of("sleep", "100"), "", Duration.ofMillis(50)).run(folder)).isEmpty();
  }

  @Test
  void whatAGuestDoesIsTimedByItsLines(@TempDir Path folder) throws Exception {
    Stopwatch watch = new Stopwatch();
    String script = "echo BEGIN a b; sleep 0.2; echo END 2; echo BEGIN c; echo END 1; echo END 7";
    new TimedProcess(List.of("sh", "-c", script), "", LONG, watch).run(folder);
    assertThat(watch.secondsPerRound()).containsOnlyKeys("a b", "c");
    assertThat(watch.secondsPerRound().get("a b")).isBetween(0.09, 30.0);
  }
}
