package org.demitasse.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One run of a monitor on KVM to a text of its guest, and what Linux knows of it at that moment. */
final class KvmRun {
  /** Where Linux counts what each machine does, in a folder THREAD-DESCRIPTOR (virt/kvm/kvm_main.c). */
  private static final Path COUNTERS = Path.of("/sys/kernel/debug/kvm");

  private static final Path TRACING = Path.of("/sys/kernel/debug/tracing");
  private static final String ENTRY = "events/kvm/kvm_entry";

  /** Clock ticks a second of /proc (sysconf(_SC_CLK_TCK) on every Linux). */
  private static final double TICKS = 100;

  /** Fields of /proc/PID/stat after the name in parentheses: utime, stime, guest_time (proc(5)). */
  private static final int UTIME = 11;

  private static final int STIME = 12;
  private static final int GUEST_TIME = 40;

  private final List<String> command;
  private final Duration limit;
  private final boolean tracesEntry = Files.isWritable(TRACING.resolve(ENTRY).resolve("trigger"));

  KvmRun(List<String> command, Duration limit) {
    this.command = command;
    this.limit = limit;
  }

  /**
   * What was measured.
   *
   * @param wallSeconds from the start of the process to the text
   * @param guestSeconds from the first entry of a guest to the text, or NaN where the kernel does not trace it
   * @param betweenSeconds from the text in front of it, if one was given
   * @param cpuSeconds of the process outside its guest
   * @param exits KVM's counters for the machine
   */
  record Figures(
      double wallSeconds, double guestSeconds, double betweenSeconds, double cpuSeconds, Map<String, Long> exits) {}

  /** Runs it, and ends it at the text; empty if the text did not come. */
  Optional<Figures> to(String first, String last) throws IOException, InterruptedException {
    traceFirstEntry();
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread killer = Thread.ofPlatform().daemon().start(() -> killAfterLimit(process));
    try (InputStream output = process.getInputStream()) {
      StringBuilder seen = new StringBuilder();
      long begun = first.isEmpty() ? start : readTo(first, output, seen);
      long end = readTo(last, output, seen);
      if (end < 0) {
        System.err.println(seen.substring(Math.max(0, seen.length() - 2000)));
        return Optional.empty();
      }
      return Optional.of(figures(process.pid(), start, begun, end));
    } finally {
      killer.interrupt();
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private void killAfterLimit(Process process) {
    try {
      Thread.sleep(limit);
      process.destroyForcibly();
    } catch (InterruptedException finished) {
      Thread.currentThread().interrupt();
    }
  }

  private static long readTo(String text, InputStream output, StringBuilder seen) throws IOException {
    byte[] buffer = new byte[8192];
    while (seen.indexOf(text) < 0) {
      int read = output.read(buffer);
      if (read < 0) {
        return -1;
      }
      seen.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
    }
    return System.nanoTime();
  }

  private Figures figures(long pid, long start, long begun, long end) throws IOException {
    Map<String, Long> exits = counters(pid);
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    double cpu =
        (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]) - Long.parseLong(fields[GUEST_TIME])) / TICKS;
    long entered = firstEntry();
    return new Figures(
        (end - start) / 1e9, entered < 0 ? Double.NaN : (end - entered) / 1e9, (end - begun) / 1e9, cpu, exits);
  }

  private static Map<String, Long> counters(long pid) throws IOException {
    Map<String, Long> counts = new TreeMap<>();
    if (!Files.isReadable(COUNTERS)) {
      return counts;
    }
    try (DirectoryStream<Path> machines = Files.newDirectoryStream(COUNTERS, Files::isDirectory)) {
      for (Path machine : machines) {
        String thread = String.valueOf(machine.getFileName()).replaceFirst("-.*", "");
        if (!Files.exists(Path.of("/proc/" + pid + "/task/" + thread))) {
          continue; // another process's
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(machine)) {
          for (Path file : files) {
            if (Files.isRegularFile(file)) {
              count(file).ifPresent(value -> counts.merge(String.valueOf(file.getFileName()), value, Long::sum));
            }
          }
        }
      }
    }
    return counts;
  }

  private static Optional<Long> count(Path file) throws IOException {
    try {
      return Optional.of(Long.parseLong(Files.readString(file).strip()));
    } catch (NumberFormatException histogram) {
      return Optional.empty();
    }
  }

  // --- the first entry of a guest, by the kernel's own trace
  // ---------------------------------------------------------------------------------

  private void traceFirstEntry() throws IOException {
    if (!tracesEntry) {
      return;
    }
    write("trace_clock", "mono"); // the clock of System.nanoTime
    write(ENTRY + "/enable", "0");
    write("trace", "");
    write(ENTRY + "/trigger", "!traceoff");
    write(ENTRY + "/trigger", "traceoff"); // one entry is enough, and thousands would be slow
    write("tracing_on", "1");
    write(ENTRY + "/enable", "1");
  }

  private static void write(String file, String text) throws IOException {
    try {
      Files.writeString(TRACING.resolve(file), text);
    } catch (IOException noSuchTrigger) {
      if (!text.startsWith("!")) {
        throw noSuchTrigger;
      }
    }
  }

  /** Nanoseconds, or -1: a line of the trace is {@code NAME-PID [CPU] FLAGS SECONDS.MICROS: kvm_entry: ...}. */
  private long firstEntry() throws IOException {
    if (!tracesEntry) {
      return -1;
    }
    try {
      return Files.readAllLines(TRACING.resolve("trace")).stream()
          .filter(line -> line.contains(": kvm_entry:"))
          .mapToLong(KvmRun::moment)
          .min()
          .orElse(-1);
    } finally {
      write(ENTRY + "/enable", "0");
    }
  }

  private static long moment(String line) {
    String before = line.substring(0, line.indexOf(": kvm_entry:"));
    return Math.round(Double.parseDouble(before.substring(before.lastIndexOf(' ') + 1)) * 1e9);
  }
}
