package org.demitasse.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The computer that measures, as lscpu tells it; little is known where there is no lscpu. */
final class Host {
  private Host() {}

  /** What figures were measured on, in a line. */
  static String describe() throws InterruptedException {
    return String.format(
        Locale.ROOT,
        "%s, %d processors, %s %s, Java %s",
        told("Model name:").orElse(System.getProperty("os.arch")),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("java.vm.version"));
  }

  /** The frequency of the TSC in kHz, which Linux's BogoMIPS are twice of. */
  static Optional<Long> tscKhz() throws InterruptedException {
    return told("BogoMIPS:").map(mips -> Math.round(Double.parseDouble(mips) * 500));
  }

  private static Optional<String> told(String name) throws InterruptedException {
    try {
      return Material.output(List.of("lscpu"))
          .lines()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(name.length()).strip())
          .findFirst();
    } catch (IOException notLinux) {
      return Optional.empty();
    }
  }
}
