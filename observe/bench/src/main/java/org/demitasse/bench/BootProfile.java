package org.demitasse.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;
import org.demitasse.machine.KernelSpec;
import org.demitasse.machine.MachineSpec;
import org.demitasse.machine.UnusableInputException;

/**
 * Where a boot's time goes, by cost centre: Debian's cloud kernel to {@code Run /init}, once, in this JVM with its
 * flight recorder on. Samples are of threads that execute Java; the JVM's compilers say themselves how long each method
 * took, which includes the time that they waited for a processor.
 */
final class BootProfile {
  private static final String TRANSLATOR_THREAD = "demitasse-translator";
  private static final double PERCENT = 100.0;
  private static final double MILLIS = 1e6;

  private final PrintStream out;

  BootProfile(PrintStream out) {
    this.out = out;
  }

  /** Parts of the soft CPU that time is spent in. */
  enum CostCentre {
    TRANSLATED("translated code"),
    OPERATIONS("interpreted instructions: the work of each"),
    DISPATCH("dispatch: from block to block, from region to region"),
    MEMORY("memory accesses that are not inlined"),
    WALKS("TLB misses, page walks, flushes"),
    FLAGS("flags: settling of pending ones"),
    DECODE("decode"),
    DEVICES("devices, interrupts, timers"),
    OTHER("loading, console, the rest of the machine's thread"),
    TRANSLATOR("translator's thread: writing bytecode");

    private final String text;

    CostCentre(String text) {
      this.text = text;
    }

    /** The centre that a sample belongs to, by its top frame. */
    static CostCentre of(String type, String method) {
      if (type.contains("QuickRegion") || type.contains("LastingRegion")) {
        return TRANSLATED;
      }
      if (!type.startsWith("org.demitasse.")) {
        return OTHER;
      }
      if (type.contains(".cpu.decode.") || method.startsWith("build")) {
        return DECODE;
      }
      if (type.endsWith("PageWalk") || method.startsWith("translate") || method.startsWith("flush")) {
        return WALKS;
      }
      if (type.contains(".cpu.mmu.") || type.endsWith("HostMemory")) {
        return MEMORY;
      }
      if (method.startsWith("settle")) {
        return FLAGS;
      }
      if (type.contains(".cpu.interpret.")) {
        return DISPATCH;
      }
      boolean cpu = type.startsWith("org.demitasse.cpu.") && type.indexOf('.', "org.demitasse.cpu.".length()) > 0;
      return cpu ? OPERATIONS : DEVICES;
    }
  }

  void run() throws IOException {
    Path recorded = Files.createTempFile("demitasse-profile", ".jfr");
    try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
      recording.enable("jdk.Compilation").withThreshold(Duration.ZERO);
      recording.enable("jdk.ExecutionSample").withPeriod(Duration.ofMillis(10));
      recording.start();
      boot();
      recording.stop();
      recording.dump(recorded);
      report(RecordingFile.readAllEvents(recorded));
    } catch (ParseException broken) {
      throw new IOException("the JVM's own settings for profiles cannot be read", broken);
    } finally {
      Files.delete(recorded);
    }
  }

  private static void boot() throws IOException {
    Path initrd = Files.createTempFile("demitasse-bench", ".cpio");
    try {
      Initramfs.withBusybox(Material.busybox(), Jobs.LINUX_INIT).write(initrd);
      MachineSpec spec =
          MachineSpec.of(new KernelSpec.KernelFile(Material.linux())).withInitrd(initrd).withAppend(Jobs.CMDLINE);
      OneJvm.boot(spec, Jobs.LINUX_READY, 1);
    } catch (UnusableInputException unusable) {
      throw new IOException(unusable.getMessage(), unusable);
    } finally {
      Files.delete(initrd);
    }
  }

  private void report(List<RecordedEvent> events) {
    Map<CostCentre, Integer> samples = new EnumMap<>(CostCentre.class);
    long[] compileNanos = new long[5];
    long[] compiled = new long[5];
    long regionNanos = 0;
    long regions = 0;
    int all = 0;
    for (RecordedEvent event : events) {
      if (event.getEventType().getName().equals("jdk.ExecutionSample")) {
        samples.merge(centre(event), 1, Integer::sum);
        all++;
      } else if (event.getEventType().getName().equals("jdk.Compilation")) {
        int level = Math.min(event.getShort("compileLevel"), 4);
        compileNanos[level] += event.getDuration().toNanos();
        compiled[level]++;
        String method = String.valueOf(event.<Object>getValue("method"));
        if (method.contains("QuickRegion") || method.contains("LastingRegion")) {
          regionNanos += event.getDuration().toNanos();
          regions++;
        }
      }
    }
    out.println();
    out.println("| cost centre | samples | share |");
    out.println("|---|---|---|");
    for (CostCentre centre : CostCentre.values()) {
      int count = samples.getOrDefault(centre, 0);
      out.printf("| %s | %d | %.1f %% |%n", centre.text, count, PERCENT * count / Math.max(all, 1));
    }
    out.println();
    out.println("| the JVM's compilers | methods | ms |");
    out.println("|---|---|---|");
    out.printf(
        "| C1 | %d | %.0f |%n",
        compiled[1] + compiled[2] + compiled[3], (compileNanos[1] + compileNanos[2] + compileNanos[3]) / MILLIS);
    out.printf("| C2 | %d | %.0f |%n", compiled[4], compileNanos[4] / MILLIS);
    out.printf("| regions of these | %d | %.0f |%n", regions, regionNanos / MILLIS);
  }

  private static CostCentre centre(RecordedEvent sample) {
    if (TRANSLATOR_THREAD.equals(sample.getThread("sampledThread").getJavaName())) {
      return CostCentre.TRANSLATOR;
    }
    List<RecordedFrame> frames = sample.getStackTrace() == null ? List.of() : sample.getStackTrace().getFrames();
    if (frames.isEmpty()) {
      return CostCentre.OTHER;
    }
    RecordedFrame frame = frames.getFirst();
    return CostCentre.of(frame.getMethod().getType().getName(), frame.getMethod().getName());
  }
}
