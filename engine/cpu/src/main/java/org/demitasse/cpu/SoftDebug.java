package org.demitasse.cpu;

import java.util.HashSet;
import java.util.Set;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.mmu.LinearMemory;
import org.demitasse.cpu.system.Debugging;

/**
 * A debugger's hold on one soft vCPU, and the guest's own debug registers: while either is active the vCPU runs one instruction
 * at a time.
 */
final class SoftDebug implements DebugTarget, LinearMemory.AccessWatch {
  private record Point(Kind kind, long linear, int length) {}

  private final Cpu cpu;
  private final Set<Point> points = new HashSet<>();
  private final Set<Long> executes = new HashSet<>();
  private boolean singleStep;
  private boolean resuming = true;
  private long watchHit = -1;
  private long guestHits;

  SoftDebug(Cpu cpu) {
    this.cpu = cpu;
  }

  boolean isActive() {
    return singleStep || !points.isEmpty();
  }

  @Override
  public boolean addBreakpoint(Kind kind, long linear, int length) {
    points.add(new Point(kind, linear, length));
    if (kind == Kind.EXECUTE) {
      executes.add(linear);
    }
    watch();
    return true;
  }

  @Override
  public boolean removeBreakpoint(Kind kind, long linear, int length) {
    boolean was = points.remove(new Point(kind, linear, length));
    if (was && kind == Kind.EXECUTE) {
      executes.remove(linear);
    }
    watch();
    return was;
  }

  private void watch() {
    cpu.memory.watchAccesses(this);
  }

  @Override
  public boolean watches(long page) {
    for (Point point : points) {
      if (point.kind != Kind.EXECUTE && overlaps(point.linear, point.length, page, 4096)) {
        return true;
      }
    }
    return Debugging.anyBreakpoint(cpu);
  }

  @Override
  public void accessed(long linear, int size, boolean write) {
    for (Point point : points) {
      boolean kind = point.kind == Kind.ACCESS || point.kind == Kind.WRITE && write;
      if (kind && overlaps(point.linear, point.length, linear, size)) {
        watchHit = point.linear;
      }
    }
    guestHits |= Debugging.dataHits(cpu, linear, size, write);
  }

  private static boolean overlaps(long start, long bytes, long otherStart, long otherBytes) {
    return start < otherStart + otherBytes && otherStart < start + bytes;
  }

  /** DR6 bits of the guest's data breakpoints that were hit since the last call. */
  long takeGuestHits() {
    long hits = guestHits;
    guestHits = 0;
    return hits;
  }

  @Override
  public void setSingleStep(boolean on) {
    singleStep = on;
  }

  @Override
  public long translate(long linear) {
    return cpu.memory.peek(linear);
  }

  @Override
  public long watchHit() {
    return watchHit;
  }

  /** A run begins: the last stop is over. */
  void resume() {
    watchHit = -1;
  }

  /** Says whether to stop before the instruction at RIP; one that was just stopped at is passed. */
  boolean stopsBefore(long rip) {
    boolean hit = executes.contains(rip) && !resuming;
    resuming = hit;
    return hit;
  }

  /** Says whether to stop after the instruction that was just executed. */
  boolean stopsAfter() {
    return singleStep || watchHit >= 0;
  }
}
