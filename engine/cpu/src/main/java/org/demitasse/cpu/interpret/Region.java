package org.demitasse.cpu.interpret;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter.FlagKind;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;

/**
 * Several blocks of one page as one JVM method. Made by the translator; holds nothing of any machine. Dropped as a
 * whole when one of its blocks is written to.
 */
public abstract class Region {
  private static final int OFFSET_BITS = 12;
  private static final int COUNT_BITS = 8;
  private static final int STACK_BIT = OFFSET_BITS + COUNT_BITS;
  private static final int KIND_SHIFT = STACK_BIT + 1;
  private static final int SIZE_SHIFT = KIND_SHIFT + 2;

  /** With {@link #at}: registers and the count are in the CPU already, because the interpreter's op was called. */
  public static final int IN_CPU = 1 << 31;

  /** How often it was run, where that is counted: by {@link RegionCheck}. */
  int runs;

  private Block[] blocks = {};

  /** Made by generated classes only. */
  protected Region() {}

  /**
   * Runs from a block's start until something outside the region is next, {@code cpu.remaining} is used up, or an
   * exception; then all registers are in the CPU.
   *
   * @param entry number of the block to start at
   * @param base RIP of the page's first byte
   */
  public abstract void run(Cpu cpu, int entry, long base);

  /** Tells which blocks it is made of, by entry number. */
  public void holds(Block[] made) {
    blocks = made;
  }

  /** The blocks it is made of. */
  Block[] blocks() {
    return blocks;
  }

  /** Takes it out of use. */
  @SuppressWarnings("ReferenceEquality") // this very region, not one like it
  void drop() {
    for (Block block : blocks) {
      block.droppedBy(this);
    }
  }

  /**
   * Packs what must be known of an instruction that faults: where it is, how many instructions of its block have not
   * been executed (itself among them), whether it uses the stack segment, and what its pending flags are.
   */
  public static int at(int pageOffset, int unexecuted, boolean stackSegment, FlagKind kind, int size) {
    return pageOffset
        | unexecuted << OFFSET_BITS
        | (stackSegment ? 1 << STACK_BIT : 0)
        | kind.ordinal() << KIND_SHIFT
        | Integer.numberOfTrailingZeros(size) << SIZE_SHIFT;
  }

  /**
   * An instruction of a region is left by an exception: puts RIP, the count and the flags right. Called by generated
   * code.
   */
  public static void leave(Cpu cpu, Throwable cause, int at, long base, long remaining, long first, long second) {
    cpu.rip = cpu.wrapRip(base + (at & (1 << OFFSET_BITS) - 1));
    cpu.remaining = (at < 0 ? cpu.remaining : remaining) + (at >>> OFFSET_BITS & (1 << COUNT_BITS) - 1);
    settleFlags(cpu, at >>> KIND_SHIFT & 3, 1 << (at >>> SIZE_SHIFT & 3), first, second);
    if (cause instanceof GuestFault fault && fault.isNonCanonical() && (at >>> STACK_BIT & 1) != 0) {
      fault.with(GuestFault.SS, 0);
    }
  }

  /** Makes the CPU's flag fields right. Called by generated code. */
  public static void settleFlags(Cpu cpu, int kind, int size, long first, long second) {
    int shift = 64 - size * 8;
    long x = first << shift;
    long y = second << shift;
    if (kind == FlagKind.LOGIC.ordinal()) {
      cpu.flagResult = x >> shift;
      cpu.flagCarries = 0;
    } else if (kind == FlagKind.SUB.ordinal()) {
      long difference = x - y;
      cpu.flagResult = difference >> shift;
      cpu.flagCarries = kept(Flags.subtractBorrows(x, y, difference), shift);
    } else if (kind == FlagKind.ADD.ordinal()) {
      long sum = x + y;
      cpu.flagResult = sum >> shift;
      cpu.flagCarries = kept(Flags.addCarries(x, y, sum), shift);
    }
  }

  private static long kept(long carries, int shift) {
    return (carries & 3L << 62) | (carries >>> shift & 8);
  }
}
