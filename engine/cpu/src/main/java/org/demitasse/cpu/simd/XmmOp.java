package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.jspecify.annotations.Nullable;

/** An op whose destination is ModRM.reg as an XMM register and whose source is ModRM.rm: an XMM register or memory. */
abstract class XmmOp extends Op {
  /** Index of the destination's low half in {@code cpu.xmm}. */
  final int destination;

  /** Index of the source's low half in {@code cpu.xmm}, if it is a register. */
  final int source;

  /** The source in memory, or null. */
  final @Nullable MemoryOperand memory;

  XmmOp(Instruction i) {
    destination = 2 * i.reg;
    source = 2 * i.rm;
    memory = i.memory;
  }

  @Override
  public int registersRead() {
    MemoryOperand operand = memory;
    return operand == null ? 0 : operand.registers();
  }

  /** Linear address of a 16-byte source; #GP(0) if it is not aligned (Intel SDM vol. 1, 10.4.1.1). */
  static long alignedForRead(Cpu cpu, MemoryOperand memory) {
    return memory.forAligned(cpu, false);
  }

  /** Linear address of a 16-byte destination; #GP(0) if it is not aligned. */
  static long alignedForWrite(Cpu cpu, MemoryOperand memory) {
    return memory.forAligned(cpu, true);
  }

  /** Linear address of a 16-byte source that need not be aligned: its faults come before anything is read. */
  static long anywhereForRead(Cpu cpu, MemoryOperand memory) {
    long linear = memory.forRead(cpu, 16);
    cpu.memory.requireAligned(linear, 16);
    if ((linear & 4095) > 4096 - 16) {
      cpu.memory.probeRead(linear, 16);
    }
    return linear;
  }

  /** Address 8 bytes on: of the second half of an operand that may wrap at 4 GiB outside 64-bit mode. */
  static long second(Cpu cpu, long linear) {
    return linear + 8 & cpu.ripMask;
  }

  /** Stores 16 bytes anywhere: faults before anything is written. */
  static void store16(Cpu cpu, long linear, long low, long high) {
    cpu.memory.requireAligned(linear, 16);
    if ((linear & 4095) > 4096 - 16) {
      cpu.memory.probeWrite(linear, 16);
    }
    cpu.memory.write64(linear, low);
    cpu.memory.write64(second(cpu, linear), high);
  }
}
