package org.demitasse.cpu.core;

/**
 * One decoded instruction, ready to execute: operands in final fields, its work in {@link #execute}. Shared by all
 * machines of the JVM, so it holds nothing of any one of them.
 *
 * <p>An op throws {@link org.demitasse.cpu.fault.GuestFault} before it changed anything that a restart could see. An op
 * that may change RIP, the mode, the flow, interrupts or time is a <em>terminator</em>: the last of its block. Before a
 * terminator executes, nothing has set {@code cpu.rip}: a terminator sets it to the next instruction's (see {@link
 * #nextRip}).
 */
public abstract class Op {
  // Small, as a kernel's boot goes through a quarter of a million of these, and the cache is what limits that.

  /** Bytes from the start of the block to the start of this instruction. */
  public short offset;

  /** Bytes from the start of the block to the next instruction: {@link #offset} + {@link #length()}. */
  public short end;

  /** True when a non-canonical address means #SS rather than #GP: the memory operand is relative to SS. */
  public boolean stackSegment;

  /** Sets where it is in its block: bytes from the start, and its length, 1-15. */
  public final void place(int from, int length) {
    offset = (short) from;
    end = (short) (from + length);
  }

  /** Length in bytes, 1-15. */
  public final int length() {
    return end - offset;
  }

  /** Does the instruction's work. */
  public abstract void execute(Cpu cpu);

  /** Says whether the instruction ends its block. */
  public boolean isTerminator() {
    return false;
  }

  /**
   * For a terminator that goes to a fixed place: the displacement of its branch target from the next instruction,
   * already sign-extended; {@link #NO_TARGET} for all others. Lets blocks chain.
   */
  public long branchDisplacement() {
    return NO_TARGET;
  }

  /** No fixed branch target. */
  public static final long NO_TARGET = Long.MIN_VALUE;

  /**
   * Writes the instruction as bytecode.
   *
   * @return false if it has no such form (and nothing was written): translated code then calls {@link #execute}
   */
  public boolean emit(Emitter emitter) {
    return false;
  }

  /** The answer of {@link #registersRead} for ops that may do anything. */
  public static final int ANYTHING = -1;

  /**
   * The general registers that {@link #execute} reads, as bits, with {@link Cpu#BLOCK_RIP} as one of them; for an op
   * that changes none but {@link #registersChanged}, and neither flags nor RIP nor the count of instructions. Lets
   * translated code keep the others in locals.
   */
  public int registersRead() {
    return ANYTHING;
  }

  /** The general registers that {@link #execute} changes, as bits; where {@link #registersRead} knows. */
  public int registersChanged() {
    return 0;
  }

  /** RIP of this instruction, in the block that is executing. */
  public final long thisRip(Cpu cpu) {
    return cpu.wrapRip(cpu.gpr[Cpu.BLOCK_RIP] + offset);
  }

  /** RIP of the next instruction in memory. */
  public final long nextRip(Cpu cpu) {
    return cpu.wrapRip(cpu.gpr[Cpu.BLOCK_RIP] + end);
  }
}
