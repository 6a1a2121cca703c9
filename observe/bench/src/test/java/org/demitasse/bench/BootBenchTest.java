package org.demitasse.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootBenchTest {
  @Test
  void aProcessIsTimedToTheTextAndThenEnded(@TempDir Path folder) throws Exception {
    TimedProcess process =
        new TimedProcess(
            List.of("sh", "-c", "printf 'Run /'; printf 'init\\n'; sleep 100"), "Run /init", Duration.ofSeconds(60));
    assertThat(process.run(folder)).hasValueSatisfying(timed -> assertThat(timed.wallSeconds()).isBetween(0.0, 59.0));
  }

  @Test
  void aProcessThatHangsOrEndsWithoutTheTextCountsForNothing(@TempDir Path folder) throws Exception {
    assertThat(new TimedProcess(List.of("sleep", "100"), "x", Duration.ofMillis(50)).run(folder)).isEmpty();
    assertThat(new TimedProcess(List.of("echo", "y"), "x", Duration.ofSeconds(60)).run(folder)).isEmpty();
  }

  @Test
  void mediansAndRatiosAreTaken() {
    Summary ours = new Summary("ours", List.of(new Timed(3, 1), new Timed(1, 1), new Timed(2, 1)), 0);
    Summary peer = new Summary("peer", List.of(new Timed(4, 1)), 1);
    assertThat(ours.medianWall()).isEqualTo(2);
    assertThat(ours.json(peer)).contains("\"ratio\": 0.5000");
    assertThat(new Summary("none", List.of(), 3).json(peer)).contains("\"ratio\": null");
    assertThat(Summary.median(DoubleStream.of(1, 2, 3, 4))).isEqualTo(2.5);
  }

  @Test
  void theInitramfsIsACpioArchive(@TempDir Path folder) throws Exception {
    Path busybox = Files.writeString(folder.resolve("busybox"), "abc");
    Path archive = folder.resolve("initrd");
    Initramfs.write(archive, busybox, "#!/bin/sh\n");
    String text = Files.readString(archive);
    assertThat(text).startsWith("070701").contains("bin/busybox\0", "abc", "TRAILER!!!");
    assertThat(text.length() % 4).isZero();
    assertThat(text.indexOf("TRAILER!!!") % 4).isEqualTo(110 % 4);
  }

  @Test
  void wrongWordsAreRefusedByName() {
    assertThatThrownBy(() -> BootBench.Options.parse(List.of("--runs", "none")))
        .hasMessage("bench boot: --runs needs a positive number, not none");
    assertThatThrownBy(() -> BootBench.Options.parse(List.of("--fast"))).hasMessageContaining("--fast");
  }
}
