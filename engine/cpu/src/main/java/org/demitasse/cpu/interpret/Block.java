package org.demitasse.cpu.interpret;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.jspecify.annotations.Nullable;

/** A run of ops without a branch in between, all in one page. Holds nothing of where the page is mapped. */
public final class Block {
  /** The bytes of a block whose bytes are not compared. */
  static final byte[] NO_CODE = {};

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

  /** True when its last op sets RIP. */
  final boolean terminates;

  /** RIP of the branch target relative to the start, or {@link Op#NO_TARGET}. */
  final long targetDelta;

  /** Where it starts in its page. */
  final int pageOffset;

  /** For a crossing block: its bytes. */
  final byte[] code;

  /** False once its bytes were written to. */
  boolean valid = true;

  /** The page that it is in. */
  final CodePage page;

  /** The block that follows in memory, in the same page. */
  @Nullable Block following;

  /** The block at the branch target, in the same page. */
  @Nullable Block target;

  /** How often it was entered while it had no region. */
  int executions;

  /** As {@link #noteAt}: it has been asked for a translation. */
  static final int NEVER = 0;

  /** The number of executions at which the interpreter has something to do about it. */
  int noteAt = 1;

  /** The mode it was decoded for: {@link org.demitasse.cpu.core.Cpu#mode}. */
  final int mode;

  /** The translated code that has it, or null. */
  @Nullable Region region;

  /** All regions in use that have it, the one above among them. */
  private List<Region> holders = List.of();

  /** Its entry number in the region. */
  int entry;

  Block(CodePage page, Op[] ops, int pageOffset, int bytes, boolean alone, boolean crossing, byte[] code, int mode) {
    this.page = page;
    this.mode = mode;
    this.ops = ops;
    this.pageOffset = pageOffset;
    this.bytes = bytes;
    this.alone = alone;
    this.crossing = crossing;
    this.code = code;
    Op last = ops[ops.length - 1];
    long displacement = last.branchDisplacement();
    terminates = last.isTerminator();
    chains = !terminates || displacement != Op.NO_TARGET;
    targetDelta = displacement == Op.NO_TARGET ? Op.NO_TARGET : bytes + displacement;
  }

  /** Its bytes were written to, or it must be made anew: neither it nor its region is used again. */
  void invalidate() {
    valid = false;
    for (Region holder : holders) {
      holder.drop();
    }
  }

  /** A region that has it goes out of use: another takes its place, or it must become hot again. */
  @SuppressWarnings("ReferenceEquality") // this very region, not one like it
  void droppedBy(Region holder) {
    holders = holders.stream().filter(one -> one != holder).toList();
    if (region == holder) {
      region = null;
      executions = 0;
      noteAt = 1;
    }
  }

  /** The region that was made for it, or has it, is thrown away, as another of its blocks is no longer valid. */
  void askAgain() {
    if (valid && region == null && noteAt == NEVER) {
      noteAt = executions + 1;
    }
  }

  /** A region that has it comes into use; it becomes the block's own if it has none yet. */
  void heldBy(Region holder, int entryNumber) {
    List<Region> all = new ArrayList<>(holders);
    all.add(holder);
    holders = List.copyOf(all);
    if (region == null) {
      region = holder;
      entry = entryNumber;
    }
  }

  /** Says whether it has any of the bytes [offset, offset + length) of its page. */
  boolean overlaps(int offset, int length) {
    return pageOffset < offset + length && offset < pageOffset + bytes;
  }

  /** Where it starts in its page. */
  public int pageOffset() {
    return pageOffset;
  }

  /** How many ops it has. */
  public int count() {
    return ops.length;
  }

  /** An op. */
  public Op op(int number) {
    return ops[number];
  }

  /**
   * The blocks that were seen to follow it, in the same page, and what follows a call that it ends with. May be asked
   * by any thread: one that was made just now may be missed.
   */
  public List<Block> successors() {
    List<Block> found = new ArrayList<>(3);
    Block next = following;
    Block after = next == null && pageOffset + bytes < 4096 ? page.find(pageOffset + bytes, mode) : null;
    for (Block one : new @Nullable Block[] {next, target, after}) {
      if (one != null && one.valid) {
        found.add(one);
      }
    }
    return found;
  }

  /** How often it was entered without translated code. */
  public int executions() {
    return executions;
  }

  /** Says whether a region has it already. */
  public boolean isTranslated() {
    return region != null;
  }

  /** Says whether it is 64-bit code. */
  public boolean isWide() {
    return (mode & 3) == 0;
  }

  /** Says whether it may be translated: 64-bit or flat 32-bit code that need not run alone, with no breakpoint. */
  public boolean isTranslatable() {
    return (isWide() || mode == Cpu.FLAT_32)
        && !crossing
        && (mode & Interpreter.SINGLE) == 0
        && !alone
        && valid
        && !(ops[0] instanceof WatchedOp);
  }
}
