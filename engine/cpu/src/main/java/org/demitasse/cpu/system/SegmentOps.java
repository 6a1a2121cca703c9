package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;

/** MOV, PUSH and POP of segment registers, and LDS, LES, LSS, LFS, LGS (Intel SDM vol. 2). */
final class SegmentOps {
  private SegmentOps() {}

  static void store(Cpu cpu, SystemOp op) {
    op.writeSelector(cpu, cpu.selector[op.reg & 7]);
  }

  /** A load of SS holds interrupts off for one instruction. */
  static void load(Cpu cpu, SystemOp op) {
    int number = op.reg & 7;
    SegmentLoads.load(cpu, number, op.readSelector(cpu));
    castShadow(cpu, number);
  }

  /**
   * Neither an interrupt nor a debug trap comes between a load of SS and the next instruction (Intel SDM vol. 3,
   * 6.8.3).
   */
  private static void castShadow(Cpu cpu, int number) {
    if (number == Cpu.SS) {
      cpu.interruptShadow = true;
      cpu.trapHeldOff = true;
    }
  }

  /** Number of the segment register that a PUSH or POP opcode names. */
  static int number(SystemOp op) {
    return op.opcode >= 0xa0 ? (op.opcode >= 0xa8 ? Cpu.GS : Cpu.FS) : op.opcode >> 3 & 3;
  }

  /** The 32-bit form zero-extends, as AMD's processors do; Intel's leave the upper two bytes, and document both. */
  static void push(Cpu cpu, SystemOp op) {
    cpu.push(cpu.selector[number(op)], op.operandSize);
  }

  static void pop(Cpu cpu, SystemOp op) {
    int number = number(op);
    int selector = (int) cpu.peekStack(0, op.operandSize) & 0xffff;
    Segment segment = SegmentLoads.prepare(cpu, number, selector);
    cpu.moveStack(op.operandSize);
    cpu.setSegment(number, segment);
    cpu.modeChanged();
    castShadow(cpu, number);
  }

  /** LES C4, LDS C5, LSS 0F B2, LFS 0F B4, LGS 0F B5: the pointer's offset goes to a register. */
  static void loadPointer(Cpu cpu, SystemOp op) {
    int number =
        switch (op.opcode) {
          case 0xc4 -> Cpu.ES;
          case 0xc5 -> Cpu.DS;
          case 0xb2 -> Cpu.SS;
          case 0xb4 -> Cpu.FS;
          default -> Cpu.GS;
        };
    MemoryOperand operand = op.mem();
    long offset = cpu.memory.read(operand.forRead(cpu, op.operandSize), op.operandSize);
    SegmentLoads.load(cpu, number, FarTransfers.farSelector(cpu, op));
    cpu.writeRegister(op.reg, op.operandSize, offset);
  }
}
