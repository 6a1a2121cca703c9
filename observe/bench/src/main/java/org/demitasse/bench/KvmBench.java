package org.demitasse.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * Debian's cloud kernel to the line {@code Run /init} under demi and under QEMU's microvm machine, both on KVM, in
 * turns: wall time, time of the monitor's process outside the guest, and KVM's counters. Then what one exit costs, by a
 * guest that does nothing but write to a port.
 */
final class KvmBench {
  private static final String INIT = "#!/bin/busybox sh\nexec /bin/busybox sleep 1000\n";
  private static final String CMDLINE = "console=ttyS0 panic=-1";

  /** KVM's counters that tell why the guest was left, or what that cost. */
  private static final List<String> TOLD =
      List.of(
          "exits",
          "io_exits",
          "mmio_exits",
          "halt_exits",
          "irq_exits",
          "irq_window_exits",
          "signal_exits",
          "request_irq_exits",
          "insn_emulation",
          "hypercalls",
          "irq_injections",
          "pf_fixed",
          "pf_mmio_spte_created");

  private final Options options;
  private final PrintStream out;

  KvmBench(Options options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /**
   * What to do.
   *
   * @param runs of each contestant
   * @param writes to a port, for the cost of an exit
   */
  record Options(int runs, int writes) {
    static Options parse(List<String> arguments) {
      int runs = 3;
      int writes = 20_000;
      for (Iterator<String> words = arguments.iterator(); words.hasNext(); ) {
        String word = words.next();
        String value = words.hasNext() ? words.next() : "";
        if (!value.matches("[1-9][0-9]{0,8}") || !List.of("--runs", "--writes").contains(word)) {
          throw new IllegalArgumentException("bench kvm: %s %s is not --runs N or --writes N".formatted(word, value));
        }
        if (word.equals("--runs")) {
          runs = Integer.parseInt(value);
        } else {
          writes = Integer.parseInt(value);
        }
      }
      return new Options(runs, writes);
    }
  }

  /** Runs all turns and prints the tables. */
  void run() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("demitasse-bench");
    Path initrd = folder.resolve("initrd");
    Path ports = folder.resolve("ports.elf");
    Initramfs.withBusybox(Material.busybox(), INIT).write(initrd);
    PortGuest.write(ports, options.writes);
    String kernel = Material.linux().toString();
    out.printf("JVM start alone (demi --version): %.2f s of CPU time%n%n", jvmStart());
    String[] words = {"-initrd", initrd.toString(), "-append", CMDLINE};
    out.println("Debian's cloud kernel to \"Run /init\"; medians of " + options.runs);
    Map<String, List<String>> boots = new LinkedHashMap<>();
    boots.put("demi", demi(kernel, "--initrd", initrd.toString(), "--append", CMDLINE));
    boots.put("qemu", qemu("microvm", kernel, words));
    boots.put("qemu, chips in kernel", qemu("microvm,kernel-irqchip=on", kernel, words));
    compare(boots, "", "Run /init", 1);
    out.printf(
        "%n%d writes to port 0x80, from the A before to the B behind; medians of %d%n", options.writes, options.runs);
    Map<String, List<String>> writers = new LinkedHashMap<>();
    writers.put("demi", demi(ports.toString()));
    writers.put("qemu", qemu("microvm", ports.toString()));
    compare(writers, "A", "B", options.writes);
  }

  private double jvmStart() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(java());
    command.add("--version");
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < options.runs; i++) {
      long before = childTicks();
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
      seconds.add((childTicks() - before) / 100.0);
    }
    return median(seconds, value -> value);
  }

  /** CPU time of ended children: fields cutime and cstime of /proc/self/stat (proc(5)). */
  private static long childTicks() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[13]) + Long.parseLong(fields[14]);
  }

  /**
   * As ./demi starts it, with the runtime that its AOT cache was made with, as another JVM would not take the cache,
   * without a word; two emulations deep, however, C2's compilations would take longer than the guest's boot.
   */
  private static List<String> java() {
    boolean lab = System.getenv("DEMITASSE_LAB") != null;
    return List.of(
        "build/demi/java",
        lab ? "-XX:TieredStopAtLevel=1" : "-XX:+TieredCompilation",
        "-XX:+UseSerialGC",
        "-XX:+UseCompactObjectHeaders",
        "-XX:-UsePerfData",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:AOTCache=build/demi/demi.aot",
        "-Xlog:disable",
        "-Xlog:all=off",
        "-Ddemi.terminal=false",
        "-jar",
        "build/demi/lib/demitasse-cli.jar");
  }

  private static List<String> demi(String kernel, String... more) {
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("run", "--engine", "kvm", "-m", "256", "--kernel", kernel));
    command.addAll(Arrays.asList(more));
    return command;
  }

  private static List<String> qemu(String machine, String kernel, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of("qemu-system-x86_64", "-M", machine, "-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults"));
    command.addAll(List.of("-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", kernel));
    command.addAll(Arrays.asList(more));
    return command;
  }

  private void compare(Map<String, List<String>> contestants, String first, String last, int per)
      throws IOException, InterruptedException {
    Map<String, List<KvmRun.Figures>> figures = new LinkedHashMap<>();
    for (int turn = 0; turn < options.runs; turn++) {
      for (Map.Entry<String, List<String>> contestant : contestants.entrySet()) {
        out.printf("%s ... ", contestant.getKey());
        out.flush();
        Optional<KvmRun.Figures> run = new KvmRun(contestant.getValue(), Duration.ofMinutes(3)).to(first, last);
        out.println(run.map(found -> "%.2f s".formatted(found.wallSeconds())).orElse("did not get there"));
        run.ifPresent(found -> figures.computeIfAbsent(contestant.getKey(), _ -> new ArrayList<>()).add(found));
      }
    }
    if (!figures.containsKey("demi") || !figures.containsKey("qemu")) {
      throw new IOException("only " + figures.keySet() + " got to " + last);
    }
    table(figures, per);
  }

  private void table(Map<String, List<KvmRun.Figures>> figures, int per) {
    out.printf("%-30s", "");
    figures.keySet().forEach(name -> out.printf(" %22s", name));
    out.printf(" %10s%n", "demi/qemu");
    if (per > 1) {
      line("microseconds a write", figures, run -> run.betweenSeconds() / per * 1e6);
    } else {
      line("wall from exec, s", figures, KvmRun.Figures::wallSeconds);
      line("wall from the first entry, s", figures, KvmRun.Figures::guestSeconds);
    }
    line("CPU outside the guest, s", figures, KvmRun.Figures::cpuSeconds);
    NavigableSet<String> names = new TreeSet<>();
    figures.values().forEach(runs -> runs.forEach(run -> names.addAll(run.exits().keySet())));
    TOLD.stream()
        .filter(names::contains)
        .forEach(name -> line(name, figures, run -> run.exits().getOrDefault(name, 0L)));
  }

  private void line(String name, Map<String, List<KvmRun.Figures>> figures, ToDoubleFunction<KvmRun.Figures> value) {
    Map<String, Double> medians = new LinkedHashMap<>();
    figures.forEach((contestant, runs) -> medians.put(contestant, median(runs, value)));
    boolean whole = name.indexOf('_') >= 0 || name.equals("exits");
    out.printf("%-30s", name);
    medians.values().forEach(median -> out.printf(" %22s", (whole ? "%.0f" : "%.2f").formatted(median)));
    double peer = medians.getOrDefault("qemu", 0.0);
    out.printf(" %10s%n", peer == 0 ? "" : "%.2f".formatted(medians.getOrDefault("demi", 0.0) / peer));
  }

  private static <T> double median(List<T> values, ToDoubleFunction<T> value) {
    double[] sorted = values.stream().mapToDouble(value).sorted().toArray();
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }
}
