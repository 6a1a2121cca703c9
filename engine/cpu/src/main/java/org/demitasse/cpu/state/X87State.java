package org.demitasse.cpu.state;

/** The x87 registers: eight 80-bit values by physical number, control, status and tag words, and the last-instruction pointers. */
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

  /** Last instruction pointer (64 bits, or selector in bits 32-47 and offset in 0-31). */
  public long instructionPointer;

  /** Last data pointer, as {@link #instructionPointer}. */
  public long dataPointer;

  /** Selectors of the two pointers outside 64-bit mode. */
  public int instructionSelector;

  /** Selector of the data pointer. */
  public int dataSelector;
}
