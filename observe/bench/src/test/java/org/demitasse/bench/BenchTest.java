package org.demitasse.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {
  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  @Test
  void contestantsTakeTurnsAndRatiosAreOfMedians() throws Exception {
    Iterator<Double> ours = List.of(3.0, 1.0, 8.0).iterator();
    StringBuilder order = new StringBuilder();
    Benchmark benchmark =
        new Benchmark(
            "b",
            "t",
            "seconds",
            List.of(
                new Contestant(
                    "ours",
                    () -> {
                      order.append('o');
                      return Optional.of(Map.of("x", ours.next()));
                    }),
                new Contestant(
                    "peer",
                    () -> {
                      order.append('p');
                      return Optional.of(Map.of("x", 6.0));
                    })));
    Results results = benchmark.run(3, NOWHERE);
    assertThat(order.toString()).isEqualTo("opopop");
    assertThat(results.median("x", "ours")).isEqualTo(3);
    assertThat(results.ratio("x", "ours")).isEqualTo(0.5);
    assertThat(results.table()).contains("| x | ours | 3 | 1.00 | 3.00 | 8.00 | 0.500 |");
    assertThat(results.json()).contains("\"values\": [3.000000, 1.000000, 8.000000]", "\"ratio\": 0.500000");
  }

  @Test
  void aRunThatFailsIsTriedAgainAndThenLeftOut() throws Exception {
    Iterator<Optional<Map<String, Double>>> runs =
        List.<Optional<Map<String, Double>>>of(
                Optional.empty(), Optional.of(Map.of("x", 2.0)), Optional.empty(), Optional.empty(), Optional.empty())
            .iterator();
    Results results = new Benchmark("b", "t", "s", List.of(new Contestant("ours", runs::next))).run(2, NOWHERE);
    assertThat(results.values("x", "ours")).containsExactly(2.0);
    assertThat(runs).isExhausted();
  }

  @Test
  void aMeanRatioIsGeometricOverWhatBothHave() {
    Benchmark benchmark =
        new Benchmark(
            "b", "t", "s", List.of(new Contestant("a", Optional::empty), new Contestant("b", Optional::empty)));
    Results results = new Results(benchmark, new java.util.ArrayList<>());
    results.add("a", Optional.of(Map.of("x", 1.0, "y", 8.0, "z", 5.0)));
    results.add("b", Optional.of(Map.of("x", 2.0, "y", 1.0)));
    assertThat(results.meanRatio("a")).isCloseTo(2.0, org.assertj.core.data.Offset.offset(1e-9));
    assertThat(Results.median(DoubleStream.of(1, 2, 3, 4))).isEqualTo(2.5);
    assertThat(Results.median(DoubleStream.empty())).isNaN();
  }

  @Test
  void theInitramfsIsACpioArchive(@TempDir Path folder) throws Exception {
    Path busybox = Files.writeString(folder.resolve("busybox"), "abc");
    Path archive = Initramfs.withBusybox(busybox, "#!/bin/sh\n").write(folder.resolve("initrd"));
    String text = Files.readString(archive);
    assertThat(text).startsWith("070701").contains("bin/busybox\0", "abc", "TRAILER!!!");
    assertThat(text.length() % 4).isZero();
    assertThat(text.indexOf("TRAILER!!!") % 4).isEqualTo(110 % 4);
  }

  @Test
  void theSmallKernelsCodeIsAlwaysTheSame() {
    assertThat(SmallKernel.functions()).isEqualTo(SmallKernel.functions()).contains("f1599(");
  }

  @Test
  void wrongWordsAreRefusedByName() {
    assertThatThrownBy(() -> Options.parse(List.of("--runs", "none")))
        .hasMessage("bench: --runs needs a positive number, not none");
    assertThatThrownBy(() -> Options.parse(List.of("--fast"))).hasMessageContaining("--fast");
  }
}
