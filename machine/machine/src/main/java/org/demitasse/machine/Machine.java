package org.demitasse.machine;

import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.demitasse.boot.loader.KernelImage;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.elf.Symbols;
import org.demitasse.gdb.GdbServer;
import org.demitasse.gdb.History;
import org.demitasse.machine.Milestones.Milestone;
import org.demitasse.machine.Outcome.Kind;
import org.demitasse.storage.Disk;
import org.demitasse.trace.flow.FlowRecorder;
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
      @Nullable Timeline timeline) {}

  private final Parts parts;
  private final Semaphore drained = new Semaphore(0);
  private volatile @Nullable GdbServer debugger;
  private boolean waitsForDebugger;
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
    debugger = server;
    waitsForDebugger = wait;
    server.attach(
        new DebuggedMachine(
            parts.engine,
            parts.memory,
            parts.clock instanceof VirtualClock,
            parts.subjects,
            () -> end(Outcome.of(Kind.LEFT)),
            Optional.<History>ofNullable(
                parts.timeline == null || !parts.timeline.keepsPast() ? null : parts.timeline)));
  }

  /** The kernel's symbols; slow to read. None if its file has none. */
  public Symbols symbols() {
    return parts.kernel.symbols();
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
    IdentityHashMap<Bus.Mapping, Integer> names = new IdentityHashMap<>();
    for (Bus bus : List.of(parts.ports, parts.mmio)) {
      bus.mappings().forEach(mapping -> names.put(mapping, recorder.device(mapping.device())));
      bus.onAccess((mapping, write, offset) ->
          log.add(FlowLog.DEVICE, 0, log.now(), names.getOrDefault(mapping, 0), write ? 1 : 0, offset));
    }
    return true;
  }

  /** Runs the machine to its end. */
  public Outcome run() {
    parts.milestones.reach(Milestone.FIRST_GUEST_INSTRUCTION, parts.ending.instructions());
    GdbServer server = debugger;
    Outcome outcome = server == null ? runFree() : runDebugged(server);
    if (parts.timeline != null) {
      parts.timeline.end();
    }
    parts.milestones.reach(Milestone.EXIT, parts.ending.instructions());
    boolean crashed = outcome.kind() == Kind.CRASHED || outcome.kind() == Kind.ENGINE_FAILED;
    if (!crashed) {
      return outcome;
    }
    CrashReport report = panicReport == null ? report() : panicReport;
    return new Outcome(outcome.kind(), outcome.sentence(), outcome.debugExitStatus(), report);
  }

  /** What an exit means. A panicked kernel is looked at while its stack still tells who called. */
  private @Nullable Outcome outcomeOf(ExitReason reason) {
    if (parts.ending.takeJustPanicked()) {
      panicReport = report();
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

  private Outcome runFree() {
    Outcome outcome = null;
    while (outcome == null) {
      outcome = outcomeOf(runEngine());
    }
    return outcome;
  }

  private ExitReason runEngine() {
    return parts.timeline == null ? parts.engine.run() : parts.timeline.run();
  }

  private Outcome runDebugged(GdbServer server) {
    server.begin(waitsForDebugger);
    Outcome outcome = null;
    while (outcome == null) {
      ExitReason reason = runEngine();
      if (parts.ending.isWanted() || !server.handled(reason)) {
        outcome = outcomeOf(reason);
      }
    }
    server.ended(outcome.kind() == Kind.CRASHED ? 1 : outcome.debugExitStatus());
    return outcome;
  }

  private CrashReport report() {
    Symbols symbols = parts.kernel.symbols();
    Vcpu vcpu = parts.engine.stopped();
    return CrashReport.of(
        vcpu, parts.memory, address -> symbols.nearest(address).map(Symbols.Nearest::toString).or(Optional::empty));
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
    return new Statistics(parts.ending.instructions(), parts.milestones, List.copyOf(devices.values()));
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
