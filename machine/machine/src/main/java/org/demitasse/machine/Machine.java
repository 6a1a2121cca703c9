package org.demitasse.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.demitasse.boot.loader.KernelImage;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.DirtyBitmap;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.cpu.SoftProcessors;
import org.demitasse.elf.Symbols;
import org.demitasse.gdb.GdbServer;
import org.demitasse.gdb.History;
import org.demitasse.machine.Milestones.Milestone;
import org.demitasse.machine.Outcome.Kind;
import org.demitasse.storage.Disk;
import org.demitasse.trace.flow.FlowRecorder;
import org.demitasse.trace.flow.LoadedModules;
import org.demitasse.trace.flow.SampleRecorder;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.tslog.TslogMemory;
import org.jspecify.annotations.Nullable;

/** A machine that is ready to run, running, or has ended. Runs once. */
public final class Machine implements AutoCloseable {
  /**
   * What the assembly made.
   *
   * @param engine the vCPUs
   * @param kernel what was booted, for its symbols
   * @param memory RAM
   * @param ports the port bus
   * @param mmio the memory bus
   * @param disks what to close, in the order of the guest's numbering
   * @param input the way into the console
   * @param ending who decides about the end
   * @param milestones what has been reached
   * @param clock guest time
   * @param subjects what a debugger can ask about, by name
   * @param timeline the past, if it is kept
   * @param boot what the guest was given
   * @param engineName what runs it: "cpu" or "kvm"
   * @param consoleLines the last lines that the guest printed
   */
  record Parts(
      Engine.Running engine,
      KernelImage kernel,
      GuestMemory memory,
      Bus ports,
      Bus mmio,
      List<Disk> disks,
      ConsoleInput input,
      Ending ending,
      Milestones milestones,
      GuestClock clock,
      Map<String, Supplier<String>> subjects,
      @Nullable Timeline timeline,
      BootFacts boot,
      String engineName,
      Supplier<List<String>> consoleLines) {}

  private final Parts parts;
  private static final long HANG_LOOK_MS = 250;

  /** Where a look takes every vCPU out of the guest, and nobody has asked for it. */
  private static final long RARE_HANG_LOOK_MS = 1000;

  private final Semaphore drained = new Semaphore(0);
  private volatile @Nullable GdbServer debugger;
  private boolean waitsForDebugger;
  private double hangSeconds;
  private @Nullable Symbols givenSymbols;
  private ExitReason lastExit = ExitReason.KICKED; // the machine's thread
  private volatile @Nullable Runnable toInspect;
  private @Nullable SampleRecorder sampler;
  private long sampleMicros;
  private volatile boolean sampleDue;
  private OptionalLong sampledSlide = OptionalLong.empty(); // how far the kernel that is sampled has moved
  private @Nullable LoadedModules sampledModules;
  private @Nullable Vcpu hung; // the machine's thread
  private @Nullable CrashReport panicReport; // the machine's thread

  Machine(Parts parts) {
    this.parts = parts;
    parts.input.onDrained(drained::release);
  }

  /**
   * Makes the machine that is wanted: opens its files, allocates its memory, loads its kernel.
   *
   * @param console takes what the guest prints
   * @param until a text that ends the machine when the console has printed it, or null
   * @param warnings takes a sentence for the user now and then; any thread
   * @throws UnusableInputException if a file or the command line cannot be used, or memory is too small for them
   */
  public static Machine assemble(
      MachineSpec spec, ConsoleOutput console, @Nullable String until, Consumer<String> warnings)
      throws UnusableInputException {
    return assemble(spec, console, until, warnings, PastSpec.NONE);
  }

  /**
   * Lets a gdb server hold this machine; before it runs. The server is not closed with the machine.
   *
   * @param wait whether the first instruction waits for a client that lets it go
   */
  public void debugWith(GdbServer server, boolean wait) {
    waitsForDebugger = wait;
    attach(server);
  }

  /** Lets a gdb server hold this machine, which may be running already. Any thread; once. */
  public void debugFromNowOn(GdbServer server) {
    attach(server);
    parts.engine.kick();
  }

  private void attach(GdbServer server) {
    debugger = server;
    Map<String, Supplier<String>> subjects = new LinkedHashMap<>(parts.subjects);
    DebugSymbols offer = new DebugSymbols(this::kernelNames, this::read);
    subjects.put("kaslr", () -> kernelMoves() ? kernelNames().explanation() : KernelNames.UNMOVED);
    subjects.put("lsmod", offer::modules);
    subjects.put("symbol-files", offer::commands);
    server.attach(
        new DebuggedMachine(
            parts.engine,
            parts.memory,
            parts.clock instanceof VirtualClock,
            subjects,
            Map.of(DebugSymbols.FILE, offer::file, DebugSymbols.EARLY_FILE, offer::earlyFile),
            () -> end(Outcome.of(Kind.LEFT)),
            () -> {
              if (parts.timeline != null) {
                parts.timeline.change();
              }
            },
            Optional.<History>ofNullable(
                parts.timeline == null || !parts.timeline.keepsPast() ? null : parts.timeline)));
  }

  /** How many vCPUs it has. */
  public int vcpus() {
    return parts.engine.vcpus().size();
  }

  /** What runs the vCPUs: "cpu" or "kvm". */
  public String engineName() {
    return parts.engineName;
  }

  /** The kernel's symbols; slow to read. None if its file has none, and none were given. */
  public Symbols symbols() {
    Symbols given = givenSymbols;
    return given == null ? parts.kernel.symbols() : given;
  }

  /**
   * Says whether the kernel's own unpacker runs, which may put it elsewhere than it is linked: its symbols are then off
   * by what {@link org.demitasse.trace.flow.KernelSlide} finds.
   */
  public boolean kernelMoves() {
    return parts.boot.moves();
  }

  private KernelNames kernelNames() {
    return KernelNames.of(symbols(), parts.kernel.linkage(), kernelMoves(), parts.engine.vcpus(), parts.memory);
  }

  private KernelNames names() {
    return kernelNames().withModules(this::read);
  }

  /** Uses these symbols instead of those in the kernel's file; before it runs. */
  public void useSymbols(Symbols symbols) {
    givenSymbols = symbols;
  }

  /**
   * The boot log that a FreeBSD or NetBSD kernel with {@code options TSLOG} keeps in its memory, as the text of its
   * sysctls. The machine must not be running.
   *
   * @throws IllegalStateException in one sentence if it keeps none
   */
  public List<String> tslog() {
    return new TslogMemory(this::read, symbols()).lines();
  }

  /** Memory as the first vCPU sees it, or null if some of it is not there. */
  private byte @Nullable [] read(long linear, int bytes) {
    Vcpu vcpu = parts.engine.vcpus().getFirst();
    byte[] copy = new byte[bytes];
    for (int done = 0; done < bytes; ) {
      int piece = (int) Math.min(bytes - done, 4096 - (linear + done & 4095));
      long gpa = vcpu.debug().translate(linear + done);
      if (gpa < 0 || !parts.memory.contains(gpa, piece)) {
        return null;
      }
      System.arraycopy(parts.memory.readBytes(gpa, piece), 0, copy, done, piece);
      done += piece;
    }
    return copy;
  }

  /**
   * Records every call, return, interrupt and device access from now on. To be called before {@link #run()}; the
   * recorder is closed after it.
   *
   * @return false if this machine's engine does not see calls
   */
  public boolean trace(FlowRecorder recorder) {
    FlowLog log = recorder.log();
    if (!parts.engine.traceFlow(log)) {
      return false;
    }
    recorder.linkage(parts.kernel.linkage());
    recorder.watchModules(modules());
    if (kernelMoves()) {
      recorder.watchPlace(() -> KernelNames.physicalSlide(symbols(), parts.kernel.linkage(), parts.memory));
    }
    IdentityHashMap<Bus.Mapping, Integer> names = new IdentityHashMap<>();
    for (Bus bus : List.of(parts.ports, parts.mmio)) {
      bus.mappings().forEach(mapping -> names.put(mapping, recorder.device(mapping.device())));
      bus.onAccess((mapping, write, offset) ->
          log.add(FlowLog.DEVICE, 0, log.now(), names.getOrDefault(mapping, 0), write ? 1 : 0, offset));
    }
    return true;
  }

  /**
   * Has each vCPU looked at so many times a second from now on, by stopping the machine for a moment; and tells of
   * every access to a device, and of every exit and its cost. For engines that do not see calls. To be called before
   * {@link #run()}; the recorder is closed after it.
   */
  public void sample(SampleRecorder recorder, int perSecond) {
    sampler = recorder;
    sampledSlide = kernelMoves() ? OptionalLong.empty() : OptionalLong.of(0);
    recorder.linkage(parts.kernel.linkage());
    sampleMicros = 1_000_000 / perSecond;
    boolean _ = parts.engine.onExits((vcpu, reason, end, nanos) -> recorder.exit(vcpu, end, reason, nanos));
    for (Bus bus : List.of(parts.ports, parts.mmio)) {
      bus.onAccess((mapping, write, offset) -> recorder.event(System.nanoTime(), EventKind.DEVICE, mapping.device()));
    }
  }

  private LoadedModules modules() {
    return new LoadedModules(symbols(), this::read);
  }

  private void takeSample(SampleRecorder recorder) {
    LoadedModules modules = sampledModules == null ? modules() : sampledModules;
    sampledModules = modules;
    if (sampledSlide.isEmpty()) {
      sampledSlide = KernelNames.slide(modules.kernel(), parts.engine.vcpus(), parts.memory);
      sampledSlide.ifPresent(recorder::moved);
    }
    Symbols loaded = sampledSlide.isEmpty() ? null : modules.changed(sampledSlide.getAsLong());
    if (loaded != null) {
      recorder.modules(loaded);
    }
    for (Vcpu vcpu : parts.engine.vcpus()) {
      StackSample seen = StackSample.of(vcpu, parts.memory);
      recorder.sample(vcpu.index(), System.nanoTime(), seen.doing(), seen.stack());
    }
  }

  /**
   * Ends the machine when it shows no sign of life for so many seconds with interrupts off; before it runs. A machine
   * that certainly hangs is ended at once without being asked.
   */
  public void endWhenHanging(double seconds) {
    hangSeconds = seconds;
  }

  /** Runs the machine to its end. */
  public Outcome run() {
    parts.milestones.reach(Milestone.FIRST_GUEST_INSTRUCTION, parts.ending.instructions());
    Outcome outcome = runWatched();
    if (parts.timeline != null) {
      parts.timeline.end(isGuests(outcome), told(outcome));
    }
    parts.milestones.reach(Milestone.EXIT, parts.ending.instructions());
    if (outcome.kind() == Kind.TIMED_OUT) {
      List<String> lines = new ArrayList<>(places().lines());
      CrashCause.late(parts.boot, parts.consoleLines.get())
          .ifPresent(cause -> lines.addFirst("likely cause: " + cause));
      return new Outcome(outcome.kind(), outcome.sentence(), 0, new CrashReport(List.copyOf(lines)));
    }
    boolean crashed = outcome.kind() == Kind.CRASHED || outcome.kind() == Kind.ENGINE_FAILED;
    if (!crashed) {
      return outcome;
    }
    CrashReport report = panicReport == null ? report(lastExit == ExitReason.TRIPLE_FAULT) : panicReport;
    return new Outcome(outcome.kind(), outcome.sentence(), outcome.debugExitStatus(), report);
  }

  /** Whether a guest ended its machine itself, so that it will when it executes the same again. */
  private boolean isGuests(Outcome outcome) {
    return switch (outcome.kind()) {
      case POWERED_OFF, HALTED, REBOOTED, DEBUG_EXIT -> true;
      case CRASHED -> hung == null;
      case TEXT_SEEN, LEFT, TIMED_OUT, ENGINE_FAILED -> false;
    };
  }

  private static String told(Outcome outcome) {
    return outcome.sentence().isEmpty()
        ? outcome.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ')
        : outcome.sentence();
  }

  /** Where each vCPU is, a line each; the machine must not be running. */
  private CrashReport places() {
    KernelNames names = names();
    return new CrashReport(
        parts.engine.vcpus().stream().map(vcpu -> CrashReport.place(vcpu, names.seenBy(vcpu))).toList());
  }

  /** What an exit means. A panicked kernel is looked at while its stack still tells who called. */
  private @Nullable Outcome outcomeOf(ExitReason reason) {
    lastExit = reason;
    Optional<String> over = parts.timeline == null ? Optional.empty() : parts.timeline.recordingsEnd();
    if (over.isPresent() && !parts.ending.isWanted()) {
      return new Outcome(
          Kind.LEFT,
          "the recording ends here, after %d instructions: %s".formatted(parts.ending.instructions(), over.get()),
          0,
          null);
    }
    if (parts.ending.takeJustPanicked()) {
      panicReport = report(false);
      parts.ending.stillTalking(); // reading symbols took its time
    }
    return parts.ending.outcomeOf(reason);
  }

  /**
   * As {@link #assemble(MachineSpec, ConsoleOutput, String, Consumer)}, for a machine that a debugger may take back in
   * time: where execution can be repeated exactly, with one vCPU on virtual time, its past is kept; elsewhere there is
   * no difference.
   */
  public static Machine assembleReversible(
      MachineSpec spec, ConsoleOutput console, @Nullable String until, Consumer<String> warnings)
      throws UnusableInputException {
    return assemble(spec, console, until, warnings, new PastSpec(true, null, null));
  }

  /**
   * As {@link #assemble(MachineSpec, ConsoleOutput, String, Consumer)}, for a machine whose past matters.
   *
   * @throws UnusableInputException also for a recording that cannot be read, written or repeated on this machine
   */
  public static Machine assemble(
      MachineSpec spec, ConsoleOutput console, @Nullable String until, Consumer<String> warnings, PastSpec past)
      throws UnusableInputException {
    return new MachineAssembly(spec, console, until, warnings, past).assemble();
  }

  private Outcome runWatched() {
    HangWatch hangs = new HangWatch(parts.engine.vcpus(), parts.memory, List.of(parts.ports, parts.mmio), hangSeconds);
    Thread looker = looker(hangs);
    Thread metronome = sampler == null ? null : metronome();
    try {
      return runToEnd();
    } finally {
      if (metronome != null) {
        metronome.interrupt();
      }
      looker.interrupt();
    }
  }

  private Outcome runToEnd() {
    GdbServer server = null;
    Outcome outcome = null;
    while (outcome == null) {
      if (server == null && debugger != null) { // from the beginning, or since it was asked for
        server = debugger;
        server.begin(waitsForDebugger);
      }
      ExitReason reason = runEngine();
      Runnable inspection = toInspect;
      if (inspection != null) {
        inspection.run();
      }
      if (sampleDue && sampler != null) {
        sampleDue = false;
        takeSample(sampler);
      }
      if (server == null || parts.ending.isWanted() || !server.handled(reason)) {
        outcome = outcomeOf(reason);
      }
    }
    if (server != null) {
      server.ended(outcome.kind() == Kind.CRASHED ? 1 : outcome.debugExitStatus());
    }
    return outcome;
  }

  private Thread metronome() {
    return Thread.ofPlatform()
        .daemon()
        .name("sampler")
        .start(() -> {
          while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(sampleMicros * 1000);
            if (!sampleDue) { // else the last one has not been taken yet
              sampleDue = true;
              parts.engine.kick();
            }
          }
        });
  }

  /** A thread that has the vCPUs looked at now and then, in a way that changes nothing of what they do. */
  private Thread looker(HangWatch hangs) {
    boolean turns = parts.engine instanceof SoftProcessors; // then a task runs while no vCPU does
    long pause = turns || hangSeconds > 0 ? HANG_LOOK_MS : RARE_HANG_LOOK_MS;
    AtomicBoolean due = new AtomicBoolean();
    Runnable look =
        () -> {
          toInspect = null;
          due.set(false);
          lookForHang(hangs);
        };
    return Thread.ofPlatform()
        .daemon()
        .name("hang watch")
        .start(() -> {
          try {
            while (true) {
              Thread.sleep(pause);
              if (due.getAndSet(true)) { // the machine stands
                continue;
              }
              if (turns) {
                parts.engine.post(look);
              } else {
                toInspect = look;
                parts.engine.kick();
              }
            }
          } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void lookForHang(HangWatch hangs) {
    GdbServer server = debugger;
    if (server != null && server.hasClient()) { // it may be standing, or be stood up again
      hangs.forget();
      return;
    }
    hangs
        .look(System.nanoTime())
        .ifPresent(hang -> {
          hung = hang.vcpu();
          parts.ending.end(new Outcome(Kind.CRASHED, "the guest hangs: " + hang.why(), 0, null));
        });
  }

  private ExitReason runEngine() {
    return parts.timeline == null ? parts.engine.run() : parts.timeline.run();
  }

  private CrashReport report(boolean tripleFault) {
    Vcpu vcpu = hung == null ? parts.engine.stopped() : hung;
    CrashReport report =
        CrashReport.of(vcpu, parts.memory, names().seenBy(vcpu), parts.boot, parts.consoleLines.get(), tripleFault);
    if (parts.engine.vcpus().size() == 1) {
      return report;
    }
    List<String> lines = new ArrayList<>(report.lines());
    lines.add("all vCPUs:");
    lines.addAll(places().lines());
    return new CrashReport(List.copyOf(lines));
  }

  /** Ends the machine soon, with this outcome if it has not ended otherwise before. Any thread. */
  public void end(Outcome outcome) {
    parts.ending.end(outcome);
    GdbServer server = debugger;
    if (server != null) {
      server.wake();
    }
  }

  /** Types on the guest's console; it is never lost, however long the guest takes to listen. Any thread. */
  public void type(byte[] bytes) {
    Timeline timeline = parts.timeline;
    parts.engine.post(() -> {
      if (timeline == null) {
        parts.input.offer(bytes);
      } else {
        timeline.type(bytes);
      }
    });
  }

  /** As {@link #type}, and waits until the guest has taken it all: for one thread that brings a long input. */
  public void typeAndWait(byte[] bytes) throws InterruptedException {
    if (bytes.length > 0) {
      drained.drainPermits();
      type(bytes);
      drained.acquire();
    }
  }

  /** What the machine did so far; while it runs, the numbers may be a little old. */
  public Statistics statistics() {
    Map<String, Statistics.DeviceCount> devices = new LinkedHashMap<>();
    for (Bus bus : List.of(parts.ports, parts.mmio)) {
      for (Bus.Mapping mapping : bus.mappings()) {
        Statistics.DeviceCount count = new Statistics.DeviceCount(mapping.device(), mapping.reads(), mapping.writes());
        devices.merge(count.name(), count, Statistics.DeviceCount::plus);
      }
      String unclaimed = bus == parts.ports ? "unclaimed ports" : "unclaimed memory";
      devices.put(unclaimed, new Statistics.DeviceCount(unclaimed, bus.unclaimedReads(), bus.unclaimedWrites()));
    }
    long written = parts.memory.dirty().count() << DirtyBitmap.PAGE_SHIFT;
    return new Statistics(
        parts.ending.instructions(),
        parts.milestones,
        List.copyOf(devices.values()),
        new Statistics.MemoryCount(parts.memory.bytes(), written),
        parts.engine.tallies(),
        parts.engine.exits());
  }

  /** Frees everything. Must not be running. */
  @Override
  public void close() {
    parts.engine.close();
    for (Disk disk : parts.disks) {
      try {
        disk.close();
      } catch (IOException lost) {
        throw new java.io.UncheckedIOException("cannot close disk " + disk.name(), lost);
      }
    }
    parts.memory.close();
  }
}
