package org.demitasse.cpu;

import java.util.HashSet;
import java.util.Set;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.ExecuteWatch;
import org.demitasse.cpu.fault.DebugStop;
import org.demitasse.cpu.interpret.CodeCache;
import org.demitasse.cpu.mmu.LinearMemory;
import org.demitasse.cpu.system.Debugging;

/**
 * A debugger's hold on one soft vCPU, and the guest's own data breakpoints.
 *
 * <p>The CPU runs at full speed but for what is watched: instructions at the page offset of a breakpoint ask before
 * they execute, and pages with a watchpoint stay out of the TLB. Breakpoints take effect when the machine runs again,
 * so that a debugger that takes all away at each stop and puts them back costs nothing.
 */
final class SoftDebug implements DebugTarget, LinearMemory.AccessWatch, ExecuteWatch {
  private record Point(Kind kind, long linear, int length) {}

  private final Cpu cpu;
  private final CodeCache code;
  private final DebugStop stop = new DebugStop();
  private final Set<Point> data = new HashSet<>();
  private final Set<Long> executes = new HashSet<>();
  private final Set<Long> applied = new HashSet<>();
  private boolean singleStep;
  private boolean interruptsHeld;
  private boolean held;
  private boolean executeHit;
  private boolean dataHit;
  private long watchHit = -1;

  SoftDebug(Cpu cpu, CodeCache code) {
    this.cpu = cpu;
    this.code = code;
    cpu.executeWatch = this;
    cpu.memory.watchAccesses(this);
  }

  boolean isStepping() {
    return singleStep;
  }

  boolean holdsInterrupts() {
    return singleStep && interruptsHeld;
  }

  boolean isHeld() {
    return held;
  }

  @Override
  public boolean addBreakpoint(Kind kind, long linear, int length) {
    if (kind == Kind.EXECUTE) {
      executes.add(linear);
    } else {
      data.add(new Point(kind, linear, length));
      cpu.memory.flush();
    }
    return true;
  }

  @Override
  public boolean removeBreakpoint(Kind kind, long linear, int length) {
    return kind == Kind.EXECUTE ? executes.remove(linear) : data.remove(new Point(kind, linear, length));
  }

  @Override
  public boolean watches(long page) {
    if (data.isEmpty()) {
      return Debugging.anyBreakpoint(cpu); // asked at every TLB miss
    }
    for (Point point : data) {
      if (overlaps(point.linear, point.length, page, 4096)) {
        return true;
      }
    }
    return Debugging.anyBreakpoint(cpu);
  }

  @Override
  public boolean stops(long linear, int size, boolean write) {
    for (Point point : data) {
      boolean kind = point.kind == Kind.ACCESS || write;
      if (kind && overlaps(point.linear, point.length, linear, size)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void accessed(long linear, int size, boolean write) {
    for (Point point : data) {
      boolean kind = point.kind == Kind.ACCESS || write;
      if (kind && overlaps(point.linear, point.length, linear, size)) {
        dataHit = true;
        watchHit = point.linear;
        cpu.endSlice();
      }
    }
    cpu.dataHits |= Debugging.dataHits(cpu, linear, size, write);
  }

  private static boolean overlaps(long start, long bytes, long otherStart, long otherBytes) {
    return start < otherStart + otherBytes && otherStart < start + bytes;
  }

  /** DR6 bits of the guest's data breakpoints that were hit since the last call. */
  long takeGuestHits() {
    long hits = cpu.dataHits;
    cpu.dataHits = 0;
    return hits;
  }

  @Override
  public void setSingleStep(boolean on) {
    singleStep = on;
  }

  @Override
  public void setInterruptsHeld(boolean on) {
    interruptsHeld = on;
  }

  @Override
  public void setHeld(boolean on) {
    held = on;
  }

  @Override
  public long translate(long linear) {
    return cpu.memory.peek(linear);
  }

  @Override
  public long watchHit() {
    return watchHit;
  }

  /**
   * A run begins.
   *
   * @return true if the instruction at RIP was stopped at before and must be passed
   */
  boolean resume() {
    boolean pass = executeHit;
    executeHit = false;
    dataHit = false;
    watchHit = -1;
    if (!applied.equals(executes)) {
      applied.stream()
          .filter(linear -> !executes.contains(linear))
          .forEach(linear -> code.unwatch((int) (linear & 4095)));
      executes.stream()
          .filter(linear -> !applied.contains(linear))
          .forEach(linear -> code.watch((int) (linear & 4095)));
      applied.clear();
      applied.addAll(executes);
    }
    return pass;
  }

  @Override
  public void beforeInstruction(long linear) {
    if (executes.contains(linear)) {
      executeHit = true;
      throw stop;
    }
  }

  /** The CPU was put somewhere else: no hit of before counts. */
  void forget() {
    executeHit = false;
    dataHit = false;
    watchHit = -1;
  }

  /** Says whether to stop before the instruction at a linear address. */
  boolean stopsBefore(long linear) {
    executeHit = executes.contains(linear);
    return executeHit;
  }

  /** Says whether a breakpoint or watchpoint was hit. */
  boolean isHit() {
    return executeHit || dataHit;
  }
}
