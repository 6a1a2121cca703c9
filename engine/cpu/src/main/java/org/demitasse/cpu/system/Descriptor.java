package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;

/**
 * A descriptor read from the GDT or an LDT (Intel SDM vol. 3, 3.4.5, 3.5).
 *
 * @param selector the selector that named it
 * @param address linear address where it lies
 * @param low its eight bytes
 * @param high the eight after it, where a 64-bit system descriptor goes on; else 0
 */
record Descriptor(int selector, long address, long low, long high) {
  static final int LDT = 2;
  static final int TASK_GATE = 5;
  static final int TSS_16 = 1;
  static final int TSS_32 = 9;
  static final int CALL_GATE_16 = 4;
  static final int CALL_GATE_32 = 12;

  /** Bit of a TSS's type that says busy. */
  static final int BUSY = 2;

  /** Bits 0-3. */
  int type() {
    return (int) (low >>> 40) & 15;
  }

  /** Neither code nor data. */
  boolean isSystem() {
    return (low >>> 44 & 1) == 0;
  }

  int dpl() {
    return (int) (low >>> 45) & 3;
  }

  int rpl() {
    return selector & 3;
  }

  boolean isPresent() {
    return (low >>> 47 & 1) != 0;
  }

  boolean isCode() {
    return !isSystem() && (type() & 8) != 0;
  }

  boolean isData() {
    return !isSystem() && (type() & 8) == 0;
  }

  boolean isConforming() {
    return isCode() && (type() & 4) != 0;
  }

  boolean isReadable() {
    return isData() || (isCode() && (type() & 2) != 0);
  }

  boolean isWritable() {
    return isData() && (type() & 2) != 0;
  }

  /** 64-bit code. */
  boolean isLong() {
    return (low >>> 53 & 1) != 0;
  }

  /** D/B. */
  boolean isBig() {
    return (low >>> 54 & 1) != 0;
  }

  /** The error code that names it: its selector without RPL. */
  int error() {
    return selector & 0xfffc;
  }

  long base() {
    return low >>> 16 & 0xff_ffff | low >>> 56 << 24 | (high & 0xffff_ffffL) << 32;
  }

  /** Last valid offset, with granularity. */
  long limit() {
    long limit = low & 0xffff | low >>> 32 & 0xf_0000;
    return (low >>> 55 & 1) != 0 ? limit << 12 | 0xfff : limit;
  }

  /** As {@link Segment#attributes()}. */
  int attributes() {
    return (int) (low >>> 40) & 0xff | (int) (low >>> 52 & 15) << 8;
  }

  /** Offset of a gate. */
  long gateOffset() {
    return low & 0xffff | low >>> 48 << 16 | (high & 0xffff_ffffL) << 32;
  }

  /** Offset of a 16-bit gate. */
  long gateOffset16() {
    return low & 0xffff;
  }

  /** Selector in a gate. */
  int gateSelector() {
    return (int) (low >>> 16) & 0xffff;
  }

  /** The segment register that this descriptor makes, with the accessed bit. */
  Segment toSegment(int newSelector) {
    return new Segment(newSelector, base(), limit(), attributes() | (isSystem() ? 0 : 1));
  }

  /** Sets the accessed bit in memory, if it is not set. */
  void markAccessed(Cpu cpu) {
    if ((low >>> 40 & 1) == 0) {
      cpu.memory.systemWrite(address + 5, 1, low >>> 40 & 0xff | 1);
    }
  }
}
