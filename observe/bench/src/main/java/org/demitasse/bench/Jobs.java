package org.demitasse.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All benchmarks. Making one makes the guests that it needs. */
final class Jobs {
  /** In the order in which {@code bench all} runs them. */
  static final List<String> NAMES = List.of("start", "boot", "bsd", "warm", "guest", "disk", "memory", "trace");

  static final String LINUX_READY = "Run /init";

  /** What an idle guest prints when it has nothing left to do. */
  static final String IDLE_TEXT = "nothing left to do";

  static final String LINUX_INIT = "#!/bin/busybox sh\n/bin/busybox poweroff -f\n";
  static final String CMDLINE = "console=ttyS0 panic=-1";
  private static final String QUIET = CMDLINE + " quiet";
  private static final int LINUX_MIB = 256;
  private static final int IDLE_MIB = 128;
  private static final String FAILED = "\nFAILED";
  private static final String PROGRAMS_DONE = "BENCHES DONE";
  private static final List<String> PROGRAMS = List.of("sha256sum", "gzip", "sort", "perl");
  private static final List<String> DISK_MODULES = List.of("virtio", "virtio_ring", "virtio_mmio", "virtio_blk");

  private final Material material;
  private final Path top;
  private final Duration limit;

  /**
   * Prepares to make benchmarks.
   *
   * @param top where ./demi is
   * @param timeoutSeconds longest run
   */
  Jobs(Material material, Path top, int timeoutSeconds) {
    this.material = material;
    this.top = top;
    limit = Duration.ofSeconds(timeoutSeconds);
  }

  /** Makes a benchmark. */
  Benchmark named(String name) throws IOException, InterruptedException {
    return switch (name) {
      case "start" -> new StartUp(material, top, limit).benchmark();
      case "boot" -> boot();
      case "bsd" -> bsd();
      case "warm" -> warm();
      case "guest" -> programs();
      case "disk" -> disk();
      case "memory" -> memory();
      case V86Boot.NAME -> v86();
      case "trace" -> new TraceDrawing(material, top, limit).benchmark();
      default -> throw new IllegalArgumentException("bench: there is no benchmark " + name);
    };
  }

  private Benchmark boot() throws IOException, InterruptedException {
    Guest guest = linux();
    Guest toldTsc = toldTsc(guest);
    return new Benchmark(
        "boot",
        "Debian's cloud kernel to '%s', whole process, cold".formatted(LINUX_READY),
        "seconds",
        List.of(
            new Contestant(Guest.DEMI, () -> wall("boot", guest.demi(), LINUX_READY)),
            new Contestant("demi, interpreter", () -> wall("boot", guest.interpreter(), LINUX_READY)),
            new Contestant(Guest.QEMU, () -> wall("boot", toldTsc.qemu(), LINUX_READY))));
  }

  private Benchmark v86() throws IOException {
    V86Boot boot = new V86Boot(material, linux().initrd().orElseThrow(), CMDLINE, LINUX_MIB);
    return new Benchmark(
        V86Boot.NAME,
        "Debian's kernel for 32-bit PCs without PAE to '%s', whole process, cold".formatted(LINUX_READY),
        "seconds",
        List.of(
            new Contestant(Guest.DEMI, () -> wall("boot", boot.guest().demi(), LINUX_READY)),
            new Contestant("v86 in node", () -> wall("boot", boot.command(), LINUX_READY))));
  }

  private Guest linux() throws IOException {
    Path initrd = material.file("linux.cpio");
    Initramfs.withBusybox(Material.busybox(), LINUX_INIT).write(initrd);
    return new Guest(Material.linux(), Optional.of(initrd), CMDLINE, LINUX_MIB, List.of());
  }

  private Benchmark bsd() throws IOException, InterruptedException {
    Guest guest = bsdGuest();
    return new Benchmark(
        "bsd",
        "a small kernel of our own that does as much as a small BSD (about %d million instructions), whole process, cold"
            .formatted(SmallKernel.MILLION_INSTRUCTIONS),
        "seconds",
        List.of(
            new Contestant(Guest.DEMI, () -> wall("boot", guest.demi(), SmallKernel.READY)),
            new Contestant(Guest.QEMU, () -> wall("boot", guest.qemu(), SmallKernel.READY))));
  }

  private Guest bsdGuest() throws IOException, InterruptedException {
    return new Guest(material.smallKernel(), Optional.empty(), "", 64, List.of());
  }

  private Benchmark warm() throws IOException, InterruptedException {
    return new WarmBoot(top, limit)
        .with("Debian's kernel", linux(), LINUX_READY)
        .with("small kernel", bsdGuest(), SmallKernel.READY)
        .benchmark();
  }

  private Benchmark memory() throws IOException {
    Path initrd = material.file("idle.cpio");
    String init = "#!/bin/busybox sh\n/bin/busybox echo %s\nexec /bin/busybox sleep 1000000\n".formatted(IDLE_TEXT);
    Initramfs.withBusybox(Material.busybox(), init).write(initrd);
    Guest idle = new Guest(Material.linux(), Optional.of(initrd), QUIET, IDLE_MIB, List.of());
    return new Memory(top, limit, linux(), idle, material.file("memory.json")).benchmark();
  }

  private Benchmark programs() throws IOException, InterruptedException {
    Initramfs files = new Initramfs().directory("dev").file("init", material.program("programs"));
    for (String program : PROGRAMS) {
      Material.addProgram(files, program);
    }
    Path initrd = files.write(material.file("programs.cpio"));
    Guest guest = new Guest(Material.linux(), Optional.of(initrd), QUIET, LINUX_MIB, List.of());
    return insideGuest("guest", "programs in a Linux guest, each after 5 s of warm-up", guest);
  }

  private Benchmark disk() throws IOException, InterruptedException {
    Initramfs files = new Initramfs().directory("dev").directory("proc").file("init", material.program("disk"));
    for (String module : DISK_MODULES) {
      Material.module(module).ifPresent(bytes -> files.file("modules/" + module, bytes));
    }
    Path initrd = files.write(material.file("disk.cpio"));
    Path image = material.randomFile("disk.img", 128 << 20);
    Guest guest = new Guest(Material.linux(), Optional.of(initrd), QUIET, LINUX_MIB, List.of(image));
    return insideGuest("disk", "direct I/O of a Linux guest on a raw virtio disk, an operation at a time", guest);
  }

  private Benchmark insideGuest(String name, String title, Guest guest) throws InterruptedException {
    Guest toldTsc = toldTsc(guest);
    return new Benchmark(
        name,
        title,
        "seconds",
        List.of(
            new Contestant(Guest.DEMI, () -> reported(guest.demi())),
            new Contestant(Guest.QEMU, () -> reported(toldTsc.qemu()))));
  }

  /** Linux waits for ever, two times in three on some hosts, for a QEMU microvm's TSC unless it is told. */
  static Guest toldTsc(Guest guest) throws InterruptedException {
    return Host.tscKhz().map(khz -> guest.withWords("tsc_early_khz=" + khz)).orElse(guest);
  }

  private Optional<Map<String, Double>> wall(String figure, List<String> command, String text)
      throws IOException, InterruptedException {
    return new TimedProcess(command, text, limit)
        .run(top)
        .map(timed -> {
          Map<String, Double> figures = new LinkedHashMap<>();
          figures.put(figure, timed.wallSeconds());
          figures.put(figure + Results.CPU_TIME, timed.cpuSeconds());
          return figures;
        });
  }

  private Optional<Map<String, Double>> reported(List<String> command) throws IOException, InterruptedException {
    Stopwatch watch = new Stopwatch();
    Optional<Timed> timed = new TimedProcess(command, PROGRAMS_DONE, limit, watch).run(top);
    boolean good = timed.isPresent() && !timed.get().output().contains(FAILED);
    return good && !watch.secondsPerRound().isEmpty() ? Optional.of(watch.secondsPerRound()) : Optional.empty();
  }
}
