package org.demitasse.differential;

import java.util.SortedMap;
import java.util.TreeMap;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.SoftProcessors;
import org.demitasse.cpu.SoftVcpu;
import org.demitasse.engines.QuietApic;
import org.jspecify.annotations.Nullable;

/**
 * Any engine, through the contract that a machine uses: state in, run to the HLT of the exception's stub, state out.
 */
final class EngineSubject implements Subject {
  private static final int EFER = 0xc000_0080;

  /** More than a loop of a random program needs to push its way out of the stack. */
  static final long MOST_INSTRUCTIONS = 100_000;

  private final GuestMemory memory = new GuestMemory(GuestArena.BYTES);
  private final GuestArena arena = new GuestArena(memory);
  private final Engine.Running running;
  private final Vcpu vcpu;
  private final SortedMap<Integer, Long> msrs = new TreeMap<>();
  private final VirtualClock clock = new VirtualClock(0);
  private final TimerQueue.Timer timer = clock.timers().newTimer(this::turnEnded);
  private long dataSeed;
  private boolean dataLoaded;
  private long end;
  private long retiredBefore;
  private long turn = MOST_INSTRUCTIONS;
  private Trail trail = new Trail();

  EngineSubject(Engine engine) {
    QuietApic apic = new QuietApic();
    Bus mmio = new Bus("mmio");
    Bus ports = new Bus("ports");
    running = engine.create(new Engine.Wiring(memory, mmio, ports, clock, 1, index -> apic));
    vcpu = running.vcpus().getFirst();
    msrs.putAll(vcpu.save().msrs());
    msrs.put(EFER, GuestArena.EFER);
  }

  @Override
  public void run(TestCase[] cases, Outcome[] outcomes, int count) {
    for (int i = 0; i < count; i++) {
      enter(cases[i]);
      execute(cases[i], outcomes[i]);
      arena.leave(cases[i], outcomes[i]);
    }
  }

  /** Lets the engine's turns end after so many instructions, and notes what the CPU is then. */
  void turns(long instructions) {
    turn = instructions;
  }

  /** What was noted at the ends of turns since {@link #execute} began. */
  Trail trail() {
    return trail;
  }

  /** Instructions that translated code has retired; 0 for an engine that has none. */
  long translatedInstructions() {
    return running instanceof SoftProcessors soft ? soft.translatedInstructions() : 0;
  }

  /** What our translator failed on first; null if nothing. */
  @Nullable Throwable translatorFailure() {
    return running instanceof SoftProcessors soft ? soft.translator().failure() : null;
  }

  GuestArena arena() {
    return arena;
  }

  /** Puts a case's code and data in place. */
  void enter(TestCase test) {
    if (!dataLoaded || dataSeed != test.dataSeed) {
      dataLoaded = true;
      dataSeed = test.dataSeed;
      arena.load(Arena.contents(dataSeed));
    }
    arena.enter(test);
  }

  private void turnEnded() {
    if (isHalted()) { // the engine skips idle time up to here
      return;
    }
    long now = clock.nanos();
    note();
    if (now >= end) {
      running.stop(ExitReason.KICKED);
    } else {
      timer.arm(Math.min(end, now + turn));
    }
  }

  private boolean isHalted() {
    return vcpu instanceof SoftVcpu soft ? soft.cpu().halted : vcpu.save().activity() == VcpuState.Activity.HALTED;
  }

  private void note() {
    if (vcpu instanceof SoftVcpu soft) {
      trail.add(soft.instructionsRetired() - retiredBefore, soft.cpu());
    }
  }

  /** Runs a case whose code and data are in place; memory stays as it was left. */
  void execute(TestCase test, Outcome outcome) {
    vcpu.restore(state(test));
    trail = new Trail();
    retiredBefore = vcpu.instructionsRetired();
    end = clock.nanos() + MOST_INSTRUCTIONS;
    timer.arm(Math.min(end, clock.nanos() + turn));
    ExitReason reason = running.run();
    timer.cancel();
    note();
    VcpuState after = vcpu.save();
    outcome.timedOut = reason == ExitReason.KICKED;
    outcome.vector = reason == ExitReason.HALTED ? GuestArena.vectorOf(after.rip()) : -1;
    if (outcome.vector < 0 && !outcome.timedOut) {
      throw new IllegalStateException(
          "the engine stopped with %s at 0x%x: %s; case: %s"
              .formatted(reason, after.rip(), running.explanation(), CaseLine.format(test)));
    }
    System.arraycopy(after.gpr(), 0, outcome.gpr, 0, 16);
    if (outcome.timedOut) {
      outcome.rip = after.rip();
      outcome.rflags = after.rflags();
      outcome.cs = after.segments()[VcpuState.CS].selector();
      outcome.ss = after.segments()[VcpuState.SS].selector();
      outcome.error = 0;
    } else {
      arena.readFrame(after.gpr()[4], outcome);
    }
    outcome.cr2 = after.cr2();
    outcome.ds = after.segments()[VcpuState.DS].selector();
    outcome.es = after.segments()[VcpuState.ES].selector();
    outcome.fs = after.segments()[VcpuState.FS].selector();
    outcome.gs = after.segments()[VcpuState.GS].selector();
    outcome.fsBase = after.segments()[VcpuState.FS].base();
    outcome.gsBase = after.segments()[VcpuState.GS].base();
    System.arraycopy(after.xsave(), 0, outcome.fx.array(), 0, XsaveImage.BYTES);
  }

  private VcpuState state(TestCase test) {
    byte[] xsave = new byte[576];
    System.arraycopy(test.fx.array(), 0, xsave, 0, XsaveImage.BYTES);
    xsave[XsaveImage.BYTES] = 3;
    Segment[] segments = {
      LinuxTables.load(test.es, 0),
      LinuxTables.load(test.mode.selector, 0),
      LinuxTables.load(test.ss, 0),
      LinuxTables.load(test.ds, 0),
      LinuxTables.load(test.fs, test.fsBase),
      LinuxTables.load(test.gs, test.gsBase)
    };
    return new VcpuState(
        test.gpr.clone(),
        test.rip,
        test.rflags,
        segments,
        GuestArena.LDTR,
        GuestArena.TR,
        GuestArena.GDTR,
        GuestArena.IDTR,
        GuestArena.CR0,
        0,
        GuestArena.CR3,
        GuestArena.CR4,
        0,
        3,
        new long[] {0, 0, 0, 0, 0xffff_0ff0L, 0x400},
        xsave,
        msrs,
        VcpuState.Activity.RUNNING,
        false,
        false);
  }

  @Override
  public void close() {
    running.close();
    memory.close();
  }
}
