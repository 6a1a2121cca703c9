package org.demitasse.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The same boots again in one JVM, against QEMU, which always starts cold. */
final class WarmBoot {
  private static final int BOOTS = 3;

  private final Path top;
  private final Duration limit;
  private final Map<String, Boot> boots = new LinkedHashMap<>();

  /**
   * What is booted again.
   *
   * @param text how far
   */
  record Boot(Guest guest, String text) {}

  WarmBoot(Path top, Duration limit) {
    this.top = top;
    this.limit = limit;
  }

  WarmBoot with(String name, Guest guest, String text) {
    boots.put(name, new Boot(guest, text));
    return this;
  }

  Benchmark benchmark() {
    return new Benchmark(
        "warm",
        "the same boot again in one JVM, with --engine cpu; QEMU's is a whole process",
        "seconds",
        List.of(new Contestant(Guest.DEMI, this::demi), new Contestant(Guest.QEMU, this::qemu)));
  }

  private Optional<Map<String, Double>> demi() throws IOException, InterruptedException {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (Map.Entry<String, Boot> boot : boots.entrySet()) {
      Stopwatch watch = new Stopwatch();
      List<String> command = boot.getValue().guest.inOneJvm("boots", BOOTS, boot.getValue().text);
      if (new TimedProcess(command, "", limit, watch).run(top).isEmpty()) {
        return Optional.empty();
      }
      watch.secondsPerRound().forEach((name, seconds) -> figures.put(boot.getKey() + ", " + name, seconds));
    }
    return Optional.of(figures);
  }

  private Optional<Map<String, Double>> qemu() throws IOException, InterruptedException {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (Map.Entry<String, Boot> boot : boots.entrySet()) {
      Optional<Timed> timed =
          new TimedProcess(Jobs.toldTsc(boot.getValue().guest).qemu(), boot.getValue().text, limit).run(top);
      if (timed.isEmpty()) {
        return Optional.empty();
      }
      for (int n = 1; n <= BOOTS; n++) { // what to compare each with
        figures.put(boot.getKey() + ", boot " + n, timed.get().wallSeconds());
      }
    }
    return Optional.of(figures);
  }
}
