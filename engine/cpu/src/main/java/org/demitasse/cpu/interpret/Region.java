package org.demitasse.cpu.interpret;

import java.lang.reflect.Method;
import java.util.List;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.integer.PendingFlags;
import org.jspecify.annotations.Nullable;

/** One machine's use of {@link TranslatedCode}. Dropped as a whole when one of its blocks is written to. */
public final class Region {
  private static final int OFFSET_BITS = 12;
  private static final int COUNT_BITS = 8;
  private static final int STACK_BIT = OFFSET_BITS + COUNT_BITS;
  private static final int KIND_SHIFT = STACK_BIT + 1;
  private static final int KIND_MASK = (1 << PendingFlags.BITS) - 1;

  /** With {@link #at}: registers and the count are in the CPU already, because the interpreter's op was called. */
  public static final int IN_CPU = 1 << 31;

  /** How often it was run, where that is counted: by {@link RegionCheck}. */
  int runs;

  /** The code. */
  final TranslatedCode code;

  private final int bytecodeBytes;

  /** Says whether the code tells of calls and returns. */
  final boolean tellsFlow;

  /** What it takes the place of, or null. */
  @Nullable TranslatedCode replaces;

  /** True once its machine has put it in place or thrown it away. */
  private volatile boolean settled;

  /** True until one of its blocks is written to, or its code is evicted. */
  boolean inUse = true;

  /** Where it is in place, or null. */
  @Nullable CodeCache place;

  private final List<Block> blocks;

  /** Makes a use of code that was made from these blocks, in the order of its entry numbers. */
  public Region(TranslatedCode code, List<Block> blocks, boolean tellsFlow, int bytecodeBytes, boolean quick) {
    this.code = code;
    this.blocks = List.copyOf(blocks);
    this.tellsFlow = tellsFlow;
    this.bytecodeBytes = bytecodeBytes;
    code.quick = quick;
  }

  /** Says whether its code is to be compiled quickly and not well. */
  public boolean isQuick() {
    return code.quick;
  }

  /** The method that its code is, for the JVM's compilers. */
  public Method method() {
    try {
      return code.getClass().getMethod("run", Cpu.class, int.class, long.class);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("translated code is not as it was made", e);
    }
  }

  /** Bytes of its bytecode. */
  public int bytecodeBytes() {
    return bytecodeBytes;
  }

  /** The blocks it is made of, by entry number. */
  public List<Block> blocks() {
    return blocks;
  }

  /** Says whether its code is out of use, because there is better code. May be asked by any thread. */
  public boolean isEvicted() {
    return code.evicted;
  }

  /** Its machine has put it in place or thrown it away. */
  void settle() {
    settled = true;
  }

  /** Says whether its machine has put it in place or thrown it away. May be asked by any thread. */
  public boolean isSettled() {
    return settled;
  }

  /** From now on it takes the place of another region of the same blocks, wherever that is used. */
  public void replace(Region other) {
    replaces = other.code;
  }

  /** Says whether its code tells of calls and returns. */
  public boolean tellsFlow() {
    return tellsFlow;
  }

  /** Runs it: see {@link TranslatedCode#run}. */
  public void run(Cpu cpu, int entry, long base) {
    run(code, cpu, entry, base);
  }

  /** Runs a region's code: see {@link TranslatedCode#run}. */
  static void run(TranslatedCode code, Cpu cpu, int entry, long base) {
    if (code.quick) {
      runQuick(code, cpu, entry, base);
    } else {
      code.run(cpu, entry, base);
    }
  }

  /** Quick code has no handler of its own: what it would tell of an exception is in the CPU. */
  private static void runQuick(TranslatedCode code, Cpu cpu, int entry, long base) {
    try {
      code.run(cpu, entry, base);
    } catch (Throwable cause) { // whatever it is, it goes on from the instruction that it left
      leave(
          cpu,
          cause,
          cpu.regionAt,
          base,
          cpu.remaining,
          cpu.pendingFlags,
          cpu.pendingFirst,
          cpu.pendingSecond,
          cpu.pendingThird,
          cpu.pendingOver);
      throw cause;
    }
  }

  /** Takes it out of use. */
  @SuppressWarnings("ReferenceEquality") // this very region, not one like it
  void drop() {
    inUse = false;
    if (place != null) {
      place.countDrop();
    }
    for (Block block : blocks) {
      block.droppedBy(this);
    }
  }

  /**
   * Packs what must be known of an instruction that faults: where it is, how many instructions of its block have not
   * been executed (itself among them), whether it uses the stack segment, and what its pending flags are (see {@link
   * PendingFlags#pack}).
   */
  public static int at(int pageOffset, int unexecuted, boolean stackSegment, int pendingFlags) {
    return pageOffset | unexecuted << OFFSET_BITS | (stackSegment ? 1 << STACK_BIT : 0) | pendingFlags << KIND_SHIFT;
  }

  /**
   * An instruction of a region is left by an exception: puts RIP, the count and the flags right. Called by generated
   * code.
   */
  public static void leave(
      Cpu cpu,
      Throwable cause,
      int at,
      long base,
      long remaining,
      int pending,
      long first,
      long second,
      long third,
      long over) {
    cpu.rip = cpu.wrapRip(base + (at & (1 << OFFSET_BITS) - 1));
    cpu.remaining = (at < 0 ? cpu.remaining : remaining) + (at >>> OFFSET_BITS & (1 << COUNT_BITS) - 1);
    int packed = at >>> KIND_SHIFT & KIND_MASK;
    PendingFlags.settle(cpu, PendingFlags.isElsewhere(packed) ? pending : packed, first, second, third, over);
    if (cause instanceof GuestFault fault && fault.isNonCanonical() && (at >>> STACK_BIT & 1) != 0) {
      fault.with(GuestFault.SS, 0);
    }
  }

  /** Raises what a branch to an address raises. Called by generated code. */
  public static void checkTarget(long target, Cpu cpu) {
    if (target << 16 >> 16 != target) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  /** Raises what an indirect call raises before its push; RSP is in the CPU. Called by generated code. */
  public static void checkCallTarget(long target, Cpu cpu) {
    int size = cpu.codeSize;
    if (cpu.isBadBranchTarget(target)) {
      cpu.probePush(size); // its faults come first
      throw cpu.raise(GuestFault.GP, 0);
    }
    cpu.requireCanonicalStack(cpu.gpr[Cpu.RSP] - size, size);
  }
}
