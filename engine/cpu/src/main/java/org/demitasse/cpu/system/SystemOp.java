package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.fault.GuestFault;
import org.jspecify.annotations.Nullable;

/**
 * One decoded system instruction: its operands, and the static method that is its meaning. These instructions are rare
 * and long, so that one class with a call through an interface is enough for all of them.
 */
final class SystemOp extends Op {
  /** What an instruction does. */
  @FunctionalInterface
  interface Meaning {
    /** Does the work; with {@link Flow#TRANSFERS} sets {@code cpu.rip} as the last action. */
    void execute(Cpu cpu, SystemOp op);
  }

  /** How the instruction goes on. */
  enum Flow {
    /** With the next one, in the same block. */
    CONTINUES,
    /** With the next one, in a new block: mode, interrupts or time may have changed. */
    ENDS_BLOCK,
    /** Wherever the meaning says. */
    TRANSFERS
  }

  private final Meaning meaning;
  private final Flow flow;

  /** Opcode byte within its map. */
  final int opcode;

  /** 2, 4 or 8. */
  final int operandSize;

  /** 2, 4 or 8. */
  final int addressSize;

  /** ModRM.reg with REX.R. */
  final int reg;

  /** ModRM.rm with REX.B, when there is no memory operand. */
  final int rm;

  /** REX.W. */
  final boolean rexW;

  /** True if there was a REX prefix. */
  final boolean rex;

  /** 0xF2, 0xF3 or 0. */
  final int repPrefix;

  /** Effective data segment of string instructions. */
  final int segment;

  /** First immediate, sign-extended. */
  final long immediate;

  /** Second immediate: selector of a far pointer. */
  final int immediate2;

  /** The memory operand, or null for a register. */
  final @Nullable MemoryOperand memory;

  SystemOp(Instruction i, Meaning meaning, Flow flow) {
    this(i, i.operandSize, meaning, flow);
  }

  /** Makes one whose operand size is not that of its row. */
  SystemOp(Instruction i, int operandSize, Meaning meaning, Flow flow) {
    this.meaning = meaning;
    this.flow = flow;
    opcode = i.opcode;
    this.operandSize = operandSize;
    addressSize = i.addressSize;
    reg = i.reg;
    rm = i.rm;
    rexW = i.rexW;
    rex = i.rex;
    repPrefix = i.repPrefix;
    segment = i.segment;
    immediate = i.immediate;
    immediate2 = i.immediate2;
    memory = i.memory;
  }

  /** Marks an instruction whose non-canonical addresses are those of the stack. */
  SystemOp onStack() {
    stackSegment = true;
    return this;
  }

  @Override
  public void execute(Cpu cpu) {
    meaning.execute(cpu, this);
    if (flow == Flow.ENDS_BLOCK) {
      cpu.rip = nextRip(cpu);
    }
  }

  @Override
  public boolean isTerminator() {
    return flow != Flow.CONTINUES;
  }

  /** The memory operand of an instruction that has no register form. */
  MemoryOperand mem() {
    MemoryOperand operand = memory;
    if (operand == null) {
      throw new IllegalStateException("opcode 0x%x has no memory operand".formatted(opcode));
    }
    return operand;
  }

  /** Reads a 16-bit register or memory operand: a selector. */
  int readSelector(Cpu cpu) {
    MemoryOperand operand = memory;
    return operand == null ? (int) cpu.gpr[rm] & 0xffff : cpu.memory.read16(operand.forRead(cpu, 2));
  }

  /** Writes a selector-like value: 2 bytes to memory, the operand size to a register. */
  void writeSelector(Cpu cpu, long value) {
    MemoryOperand operand = memory;
    if (operand == null) {
      cpu.writeRegister(rm, operandSize, value);
    } else {
      cpu.memory.write16(operand.forWrite(cpu, 2), (int) value);
    }
  }

  /** Raises #UD unless the CPU is in protected mode and not in virtual-8086 mode. */
  void requireProtected(Cpu cpu) {
    if (!Privilege.isProtected(cpu)) {
      throw cpu.raise(GuestFault.UD, 0);
    }
  }
}
