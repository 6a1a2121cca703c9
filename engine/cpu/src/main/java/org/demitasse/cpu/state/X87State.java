package org.demitasse.cpu.state;

/**
 * The x87 registers: eight 80-bit values by physical number, control, status and tag words, and the last-instruction
 * pointers.
 */
public final class X87State {
  /** Significands (64 bits with explicit integer bit) by physical register number; ST(i) is (top + i) mod 8. */
  public final long[] significand = new long[8];

  /** Sign (bit 15) and biased exponent (bits 0-14), by physical register number. */
  public final int[] signExponent = new int[8];

  /** Control word. */
  public int control = 0x37f;

  /** Status word without TOP, which is in {@link #top}. */
  public int status;

  /** TOP, 0-7. */
  public int top;

  /** Bit n set: physical register n is empty (full tag word's 11). */
  public int empty = 0xff;

  /** Last non-control instruction's 11-bit opcode. */
  public int opcode;

  /** Last instruction pointer: offset in the code segment, 64 bits. */
  public long instructionPointer;

  /** Last data pointer: offset in its segment, 64 bits. */
  public long dataPointer;

  /** Selector of the instruction pointer outside 64-bit mode. */
  public int instructionSelector;

  /** Selector of the data pointer outside 64-bit mode. */
  public int dataSelector;

  // Scratch of the running instruction: nothing here outlives it, so nothing here is saved.

  /** Result of the last arithmetic meaning: significand. */
  public long resultSignificand;

  /** Result of the last arithmetic meaning: sign and exponent. */
  public int resultSignExponent;

  /** Operand from memory, widened: significand. */
  public long sourceSignificand;

  /** Operand from memory, widened: sign and exponent. */
  public int sourceSignExponent;

  /** True if the operand from memory was a denormal of its own format. */
  public boolean sourceDenormal;

  /** Exceptions that the running instruction has met: status word bits IE to PE and SF. */
  public int raised;

  /** True if the result's magnitude is larger than the exact one's (C1 when PE is raised). */
  public boolean roundedUp;
}
