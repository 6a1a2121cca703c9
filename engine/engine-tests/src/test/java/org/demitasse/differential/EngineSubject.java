package org.demitasse.differential;

import java.util.SortedMap;
import java.util.TreeMap;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;

/**
 * Any engine, through the contract that a machine uses: state in, run to the HLT of the exception's stub, state out.
 */
final class EngineSubject implements Subject {
  private static final int EFER = 0xc000_0080;

  private final GuestMemory memory = new GuestMemory(GuestArena.BYTES);
  private final GuestArena arena = new GuestArena(memory);
  private final Engine.Running running;
  private final Vcpu vcpu;
  private final SortedMap<Integer, Long> msrs = new TreeMap<>();
  private long dataSeed;
  private boolean dataLoaded;

  EngineSubject(Engine engine) {
    QuietApic apic = new QuietApic();
    Bus mmio = new Bus("mmio");
    Bus ports = new Bus("ports");
    running = engine.create(new Engine.Wiring(memory, mmio, ports, new VirtualClock(0), 1, index -> apic));
    vcpu = running.vcpus().getFirst();
    msrs.putAll(vcpu.save().msrs());
    msrs.put(EFER, GuestArena.EFER);
  }

  @Override
  public void run(TestCase[] cases, Outcome[] outcomes, int count) {
    if (!dataLoaded || dataSeed != cases[0].dataSeed) {
      dataLoaded = true;
      dataSeed = cases[0].dataSeed;
      arena.load(Arena.contents(dataSeed));
    }
    for (int i = 0; i < count; i++) {
      run(cases[i], outcomes[i]);
    }
  }

  private void run(TestCase test, Outcome outcome) {
    arena.enter(test);
    vcpu.restore(state(test));
    ExitReason reason = running.run();
    VcpuState after = vcpu.save();
    outcome.timedOut = false;
    outcome.vector = reason == ExitReason.HALTED ? GuestArena.vectorOf(after.rip()) : -1;
    if (outcome.vector < 0) {
      throw new IllegalStateException(
          "the engine stopped with %s at 0x%x: %s; case: %s"
              .formatted(reason, after.rip(), running.explanation(), CaseLine.format(test)));
    }
    System.arraycopy(after.gpr(), 0, outcome.gpr, 0, 16);
    arena.readFrame(after.gpr()[4], outcome);
    outcome.cr2 = after.cr2();
    outcome.ds = after.segments()[VcpuState.DS].selector();
    outcome.es = after.segments()[VcpuState.ES].selector();
    outcome.fs = after.segments()[VcpuState.FS].selector();
    outcome.gs = after.segments()[VcpuState.GS].selector();
    outcome.fsBase = after.segments()[VcpuState.FS].base();
    outcome.gsBase = after.segments()[VcpuState.GS].base();
    System.arraycopy(after.xsave(), 0, outcome.fx.array(), 0, XsaveImage.BYTES);
    arena.leave(test, outcome);
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
