package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.jspecify.annotations.Nullable;

/** An instruction mm, mm/m64 (or m32, for the low unpacks). */
final class MmxOp extends Op {
  private final int destination;
  private final int source;
  private final @Nullable MemoryOperand memory;
  private final int bytes;
  private final Lanewise meaning;

  /**
   * Makes an op.
   *
   * @param bytes size of a memory source: 4 or 8
   */
  MmxOp(Instruction i, int bytes, Lanewise meaning) {
    destination = i.reg & 7;
    source = i.rm & 7;
    memory = i.memory;
    this.bytes = bytes;
    this.meaning = meaning;
  }

  @Override
  public void execute(Cpu cpu) {
    Mmx.require(cpu);
    MemoryOperand operand = memory;
    long value = operand == null ? Mmx.read(cpu, source) : cpu.memory.read(operand.forRead(cpu, bytes), bytes);
    Mmx.enter(cpu);
    Mmx.write(cpu, destination, meaning.apply(Mmx.read(cpu, destination), value));
  }
}
