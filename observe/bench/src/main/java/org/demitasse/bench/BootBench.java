package org.demitasse.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Boots Debian's cloud kernel to the line {@code Run /init} with demi and with QEMU's microvm machine under TCG, in
 * turns, and compares the medians of wall time from the start of the process. A run that hangs (QEMU now and then does,
 * calibrating the TSC) is ended and tried again.
 */
final class BootBench {
  static final String TEXT = "Run /init";
  static final String CMDLINE = "console=ttyS0 panic=-1";
  private static final int TRIES = 3;
  static final String INIT = "#!/bin/busybox sh\n/bin/busybox poweroff -f\n";

  private final Options options;
  private final Path top;
  private final PrintStream out;

  BootBench(Options options, Path top, PrintStream out) {
    this.options = options;
    this.top = top;
    this.out = out;
  }

  /**
   * What to do.
   *
   * @param runs counted runs of each contestant
   * @param timeoutSeconds longest run
   * @param json where the figures go as JSON, or null
   */
  record Options(int runs, int timeoutSeconds, @Nullable Path json) {
    static Options parse(List<String> arguments) {
      int runs = 5;
      int timeout = 120;
      Path json = null;
      for (Iterator<String> words = arguments.iterator(); words.hasNext(); ) {
        String word = words.next();
        switch (word) {
          case "--runs" -> runs = number(word, words);
          case "--timeout" -> timeout = number(word, words);
          case "--json" -> json = Path.of(value(word, words));
          default -> throw new IllegalArgumentException("bench boot: unknown word " + word);
        }
      }
      return new Options(runs, timeout, json);
    }

    private static String value(String word, Iterator<String> words) {
      if (!words.hasNext()) {
        throw new IllegalArgumentException("bench boot: " + word + " needs a value");
      }
      return words.next();
    }

    private static int number(String word, Iterator<String> words) {
      String value = value(word, words);
      try {
        int number = Integer.parseInt(value);
        if (number > 0) {
          return number;
        }
      } catch (NumberFormatException notOne) {
        // the sentence below tells
      }
      throw new IllegalArgumentException("bench boot: " + word + " needs a positive number, not " + value);
    }
  }

  /** Runs all turns, prints the table, and writes the JSON file. */
  void run() throws IOException, InterruptedException {
    Path kernel = kernel();
    Path initrd = Files.createTempFile("demitasse-bench", ".cpio");
    try {
      Initramfs.write(initrd, busybox(), INIT);
      Map<String, List<String>> contestants = contestants(kernel, initrd);
      Map<String, List<Timed>> times = new LinkedHashMap<>();
      Map<String, Integer> failures = new LinkedHashMap<>();
      for (int turn = 0; turn < options.runs; turn++) {
        for (Map.Entry<String, List<String>> contestant : contestants.entrySet()) {
          String name = contestant.getKey();
          Optional<Timed> timed = tryRuns(name, contestant.getValue(), failures);
          timed.ifPresent(time -> times.computeIfAbsent(name, _ -> new ArrayList<>()).add(time));
        }
      }
      report(contestants.keySet(), times, failures);
    } finally {
      Files.delete(initrd);
    }
  }

  private Optional<Timed> tryRuns(String name, List<String> command, Map<String, Integer> failures)
      throws IOException, InterruptedException {
    for (int n = 0; n < TRIES; n++) {
      Optional<Timed> timed = new TimedProcess(command, TEXT, Duration.ofSeconds(options.timeoutSeconds)).run(top);
      if (timed.isPresent()) {
        out.printf("%-18s %7.2f s%n", name, timed.get().wallSeconds());
        return timed;
      }
      failures.merge(name, 1, Integer::sum);
      out.printf("%-18s did not get there%n", name);
    }
    return Optional.empty();
  }

  private static Map<String, List<String>> contestants(Path kernel, Path initrd) {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    String[] same = {"--kernel", kernel.toString(), "--initrd", initrd.toString(), "--append", CMDLINE, "-m", "256"};
    List<String> demi = new ArrayList<>(List.of("./demi", "run", "--engine", "cpu"));
    demi.addAll(List.of(same));
    commands.put("demi", demi);
    List<String> interpreter = new ArrayList<>(List.of("env", "JDK_JAVA_OPTIONS=-Ddemitasse.translation=none"));
    interpreter.addAll(demi);
    commands.put("demi, interpreter", interpreter);
    commands.put(
        "qemu microvm tcg",
        List.of(
            "qemu-system-x86_64",
            "-M",
            "microvm",
            "-accel",
            "tcg",
            "-cpu",
            "max",
            "-m",
            "256",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-serial",
            "stdio",
            "-no-reboot",
            "-kernel",
            kernel.toString(),
            "-initrd",
            initrd.toString(),
            "-append",
            CMDLINE));
    return commands;
  }

  private void report(Iterable<String> names, Map<String, List<Timed>> times, Map<String, Integer> failures)
      throws IOException {
    List<Summary> all = new ArrayList<>();
    for (String name : names) {
      all.add(new Summary(name, times.getOrDefault(name, List.of()), failures.getOrDefault(name, 0)));
    }
    Summary peer = all.getLast();
    String machine =
        "%s %s, %d processors, Java %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"));
    out.println();
    out.println("Debian cloud kernel to \"" + TEXT + "\", whole process, cold; ratio of medians to " + peer.name());
    out.println(machine);
    out.println(Summary.head());
    for (Summary summary : all) {
      out.println(summary.line(peer));
    }
    Path json = options.json;
    if (json != null) {
      String body = String.join(",\n  ", all.stream().map(summary -> summary.json(peer)).toList());
      Files.writeString(
          json, "{\"benchmark\": \"boot\", \"machine\": \"" + machine + "\", \"contestants\": [\n  " + body + "\n]}\n");
    }
  }

  /** Debian's cloud kernel. */
  static Path kernel() throws IOException {
    String folder = System.getenv("DEMITASSE_TEST_FILES");
    if (folder == null) {
      throw new IOException("DEMITASSE_TEST_FILES is not set: ./dev bench sets it to where the kernels are");
    }
    Path kernel = Path.of(folder, "linux-cloud", "vmlinuz");
    if (!Files.isReadable(kernel)) {
      throw new IOException(kernel + " cannot be read: ./dev bench fetches it on Debian");
    }
    return kernel;
  }

  /** A busybox that needs no other file. */
  static Path busybox() throws IOException {
    for (String place : new String[] {"/bin/busybox", "/usr/bin/busybox"}) {
      if (Files.isExecutable(Path.of(place))) {
        return Path.of(place);
      }
    }
    throw new IOException("busybox is at neither /bin/busybox nor /usr/bin/busybox");
  }
}
