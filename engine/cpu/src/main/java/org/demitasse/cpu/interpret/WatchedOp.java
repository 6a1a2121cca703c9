package org.demitasse.cpu.interpret;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;

/**
 * An instruction where a debugger may have a breakpoint, the first of its block: asks before it executes. It counts as
 * the instruction itself, so that breakpoints change nothing of time.
 */
final class WatchedOp extends Op {
  private final Op op;

  WatchedOp(Op op) {
    this.op = op;
    offset = op.offset;
    end = op.end;
    stackSegment = op.stackSegment;
  }

  @Override
  public void execute(Cpu cpu) {
    cpu.executeWatch.beforeInstruction(cpu.linearOf(thisRip(cpu)));
    op.execute(cpu);
  }

  @Override
  public boolean isTerminator() {
    return op.isTerminator();
  }

  @Override
  public long branchDisplacement() {
    return op.branchDisplacement();
  }
}
