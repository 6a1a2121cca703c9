package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.state.X87State;
import org.jspecify.annotations.Nullable;

/** An op of D8-DF: checks what every x87 instruction checks, and notes the last-instruction pointers. */
abstract class X87Op extends Op {
  private final int fpuOpcode;
  private final @Nullable MemoryOperand memory;

  X87Op(Instruction instruction) {
    fpuOpcode = (instruction.opcode & 7) << 8 | instruction.modrm;
    memory = instruction.memory;
  }

  @Override
  public final void execute(Cpu cpu) {
    cpu.requireX87();
    if (isWaiting()) {
      X87.checkPending(cpu);
    }
    run(cpu, cpu.x87);
  }

  /** False for the control instructions that ignore pending exceptions. */
  boolean isWaiting() {
    return true;
  }

  abstract void run(Cpu cpu, X87State s);

  final MemoryOperand mem() {
    MemoryOperand operand = memory;
    if (operand == null) {
      throw new IllegalStateException("x87 opcode 0x%x has no memory operand".formatted(fpuOpcode));
    }
    return operand;
  }

  /** Begins the instruction proper, after its memory operand turned out to be accessible: pointers, C1. */
  final void begin(Cpu cpu, X87State s) {
    beginKeepingC1(cpu, s);
    s.status &= ~X87.C1;
  }

  /** As {@link #begin} for the few that leave C1 alone unless there is a stack fault: FNOP, FCMOVcc, FCOMI. */
  final void beginKeepingC1(Cpu cpu, X87State s) {
    s.opcode = fpuOpcode;
    s.instructionPointer = thisRip(cpu);
    s.instructionSelector = cpu.selector[Cpu.CS];
    MemoryOperand operand = memory;
    if (operand != null) {
      s.dataPointer = operand.offset(cpu);
      int segment = operand.segment();
      s.dataSelector = cpu.selector[segment != Cpu.NO_SEGMENT ? segment : stackSegment ? Cpu.SS : Cpu.DS];
    }
    X87.clear(s);
  }
}
