package org.demitasse.cpu.core;

import org.demitasse.cpu.fault.GuestFault;

/**
 * A ModRM memory operand: base + index * scale + displacement, wrapped to the address size, in a segment. Registers 16
 * ({@link Cpu#ZERO}) and 17 ({@link Cpu#BLOCK_RIP}) stand for none and for RIP-relative.
 */
public final class MemoryOperand {
  final long displacement;
  final long mask;
  final byte base;
  final byte index;
  final byte scale;
  final byte segment;
  final boolean checked;

  /**
   * Makes an operand.
   *
   * @param base register number, or {@link Cpu#ZERO} or {@link Cpu#BLOCK_RIP}
   * @param index register number or {@link Cpu#ZERO}
   * @param scale 0-3: shift of the index
   * @param displacement added; for BLOCK_RIP relative to the start of the block
   * @param addressSize 2, 4 or 8 bytes
   * @param segment 0-5, or {@link Cpu#NO_SEGMENT} where the base is 0 (64-bit mode)
   * @param checked true when limits and types must be checked: not in 64-bit mode nor with flat segments
   */
  public MemoryOperand(
      int base, int index, int scale, long displacement, int addressSize, int segment, boolean checked) {
    this.base = (byte) base;
    this.index = (byte) index;
    this.scale = (byte) scale;
    this.displacement = displacement;
    this.mask = addressSize == 8 ? -1L : addressSize == 4 ? 0xffff_ffffL : 0xffffL;
    this.segment = (byte) segment;
    this.checked = checked;
  }

  /** The effective address: an offset in the segment. What LEA gives. */
  public long offset(Cpu cpu) {
    long[] gpr = cpu.gpr;
    return (gpr[base] + (gpr[index] << scale) + displacement) & mask;
  }

  /** Linear address of a read of {@code size} bytes; raises what segmentation raises. */
  public long forRead(Cpu cpu, int size) {
    long offset = offset(cpu);
    return checked ? cpu.checkedLinear(segment, offset, size, false) : offset + cpu.segmentBase[segment];
  }

  /** Linear address of a write (or read-modify-write) of {@code size} bytes; raises what segmentation raises. */
  public long forWrite(Cpu cpu, int size) {
    long offset = offset(cpu);
    return checked ? cpu.checkedLinear(segment, offset, size, true) : offset + cpu.segmentBase[segment];
  }

  /**
   * Linear address of a 16-byte operand that must be aligned; that is checked first.
   *
   * @throws org.demitasse.cpu.fault.GuestFault #GP(0) if it is not aligned, or what segmentation raises
   */
  public long forAligned(Cpu cpu, boolean write) {
    long offset = offset(cpu);
    long linear = offset + cpu.segmentBase[segment];
    if ((linear & 15) != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    return checked ? cpu.checkedLinear(segment, offset, 16, write) : linear;
  }

  /** The same operand moved by some bytes: a bit string's word (BT with a register), a far pointer's selector. */
  public long forRead(Cpu cpu, long distance, int size) {
    long offset = (offset(cpu) + distance) & mask;
    return checked ? cpu.checkedLinear(segment, offset, size, false) : offset + cpu.segmentBase[segment];
  }

  /** As {@link #forRead(Cpu, long, int)}, for writing. */
  public long forWrite(Cpu cpu, long distance, int size) {
    long offset = (offset(cpu) + distance) & mask;
    return checked ? cpu.checkedLinear(segment, offset, size, true) : offset + cpu.segmentBase[segment];
  }

  /** Base register number, {@link Cpu#ZERO} or {@link Cpu#BLOCK_RIP}. */
  public int base() {
    return base;
  }

  /** Index register number or {@link Cpu#ZERO}. */
  public int index() {
    return index;
  }

  /** The general registers that its address is made of, as bits, {@link Cpu#BLOCK_RIP} among them. */
  public int registers() {
    return (1 << base | 1 << index) & ~(1 << Cpu.ZERO);
  }

  /** Shift of the index, 0-3. */
  public int scale() {
    return scale;
  }

  /** What is added to the registers. */
  public long displacement() {
    return displacement;
  }

  /** Mask of the address size. */
  public long mask() {
    return mask;
  }

  /** Says whether limit and type of its segment must be checked. */
  public boolean isChecked() {
    return checked;
  }

  /** Segment register number 0-5, or {@link Cpu#NO_SEGMENT}. */
  public int segment() {
    return segment;
  }
}
