package org.demitasse.cpu.interpret;

import org.demitasse.cpu.core.Op;
import org.jspecify.annotations.Nullable;

/** A run of ops without a branch in between, all in one page. Holds nothing of where the page is mapped. */
public final class Block {
  /** The ops; the last may be a terminator. */
  final Op[] ops;

  /** Bytes of all ops. */
  final int bytes;

  /** True for one instruction that may touch devices and running code. */
  final boolean alone;

  /** True when its one instruction goes over the end of the page: its bytes are compared before each use. */
  final boolean crossing;

  /** True when the next block's place follows from this one's and so may be linked. */
  final boolean chains;

  /** RIP of the branch target relative to the start, or {@link Op#NO_TARGET}. */
  final long targetDelta;

  /** Where it starts in its page. */
  final int pageOffset;

  /** For a crossing block: its bytes. */
  final byte[] code;

  /** False once its bytes were written to. */
  boolean valid = true;

  /** The block that follows in memory, in the same page. */
  @Nullable Block following;

  /** The block at the branch target, in the same page. */
  @Nullable Block target;

  /** How often it was entered. */
  int executions;

  Block(Op[] ops, int pageOffset, int bytes, boolean alone, boolean crossing, byte[] code) {
    this.ops = ops;
    this.pageOffset = pageOffset;
    this.bytes = bytes;
    this.alone = alone;
    this.crossing = crossing;
    this.code = code;
    Op last = ops[ops.length - 1];
    long displacement = last.branchDisplacement();
    chains = !last.isTerminator() || displacement != Op.NO_TARGET;
    targetDelta = displacement == Op.NO_TARGET ? Op.NO_TARGET : bytes + displacement;
  }
}
