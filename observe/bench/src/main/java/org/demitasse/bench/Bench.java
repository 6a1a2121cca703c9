package org.demitasse.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code ./dev bench}: chooses benchmarks by name, runs them, prints tables and writes JSON. */
public final class Bench {
  private static final int EXIT_USAGE = 64;
  private static final int EXIT_FAILED = 70;

  private static final String USAGE =
      """
      ./dev bench NAME... [--runs N] [--timeout SECONDS] [--json FILE]
      each side by side with qemu-system-x86_64 -M microvm -accel tcg, in turns, medians of 5 runs unless told:
        boot    Debian's cloud kernel to Run /init: demi, its interpreter alone, QEMU
        bsd     a small kernel of our own that does as much as a small BSD: demi, QEMU
        guest   programs in a Linux guest after 5 s of warm-up: integer, floating point, memcpy, sha256sum, gzip, sort, perl
        disk    a disk in a Linux guest: 4 KiB random, 1 MiB sequential, reads and writes
        warm    those two boots the second time in one JVM, against QEMU's
      demi alone:
        start   demi --version, demi run hello, and the time to the first guest instruction
        memory  resident memory beyond the guest's
        trace   a chart and a report of a trace of ten million records: time and memory
        all     all of the above
      ./dev bench v86
        Debian's kernel for 32-bit PCs, beside v86 from npm
      ./dev bench profile
        where the time of a boot goes, by cost centre
      ./dev bench ops
        which instructions a boot interprets, and which one after the other: observe/bench/data/ops.txt
      ./dev bench kvm [--runs N] [--writes N]
        Debian's cloud kernel under demi and QEMU, both on KVM: times, exits by reason, the cost of one exit; in the lab,
        or with KVM_BENCH_HERE=1 on this computer\
      """;

  private Bench() {}

  /** Runs the benchmarks that the first arguments name; without arguments, lists them. */
  public static void main(String[] arguments) throws InterruptedException {
    List<String> words = Arrays.asList(arguments);
    List<String> names = words.stream().takeWhile(word -> !word.startsWith("--")).toList();
    if (names.isEmpty()) {
      System.out.println(USAGE);
      return;
    }
    try {
      if (words.getFirst().equals("kvm")) {
        new KvmBench(KvmBench.Options.parse(words.subList(1, words.size())), System.out).run();
        return;
      }
      if (words.equals(List.of("ops"))) {
        new OpProfile(System.out).run();
        return;
      }
      if (words.equals(List.of("profile"))) {
        new BootProfile(System.out).run();
        return;
      }
      Options options = Options.parse(words.subList(names.size(), words.size()));
      run(names.equals(List.of("all")) ? Jobs.NAMES : names, options, System.out);
    } catch (IllegalArgumentException wrong) {
      System.err.println(wrong.getMessage());
      System.exit(EXIT_USAGE);
    } catch (IOException failed) {
      System.err.println("bench: " + failed.getMessage());
      System.exit(EXIT_FAILED);
    }
  }

  private static void run(List<String> names, Options options, PrintStream out)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("demitasse-bench");
    try {
      Jobs jobs = new Jobs(new Material(folder), Path.of("").toAbsolutePath(), options.timeoutSeconds());
      List<Benchmark> benchmarks = new ArrayList<>();
      for (String name : names) {
        benchmarks.add(jobs.named(name)); // all before the first one takes its minutes
      }
      List<Results> all = new ArrayList<>();
      for (Benchmark benchmark : benchmarks) {
        Results results = benchmark.run(options.runs(), out);
        out.printf("%n%s%n%n%s%n", benchmark.title(), results.table());
        all.add(results);
        write(all, options); // what is there is not lost if the next one fails
      }
      out.println(Host.describe());
    } finally {
      delete(folder);
    }
  }

  private static void write(List<Results> all, Options options) throws IOException, InterruptedException {
    if (options.json() != null) {
      String results = all.stream().map(Results::json).collect(Collectors.joining(",\n  "));
      Files.writeString(
          options.json(),
          "{\"machine\": \"%s\", \"runs\": %d, \"benchmarks\": [\n  %s\n]}\n"
              .formatted(Host.describe(), options.runs(), results));
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
