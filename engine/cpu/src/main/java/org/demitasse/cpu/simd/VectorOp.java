package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.decode.Instruction;

/** Any instruction on XMM registers without a class of its own: its meaning is a {@link Vectorwise}. */
final class VectorOp extends XmmOp {
  /** Size code of a 16-byte memory source that need not be aligned (PCMPxSTRx, SHA). */
  static final int UNALIGNED = 17;

  private final int bytes;
  private final boolean vectorsOnly;
  private final Vectorwise meaning;

  /**
   * Makes an op.
   *
   * @param bytes size of a memory source: 1, 2, 4, 8, 16, or {@link #UNALIGNED}
   */
  VectorOp(Instruction i, int bytes, Vectorwise meaning) {
    this(i, bytes, meaning, true);
  }

  /** As the other, of a meaning that also uses flags or general registers unless {@code vectorsOnly}. */
  VectorOp(Instruction i, int bytes, Vectorwise meaning, boolean vectorsOnly) {
    super(i);
    this.vectorsOnly = vectorsOnly;
    this.bytes = bytes;
    this.meaning = meaning;
  }

  @Override
  public int registersRead() {
    return vectorsOnly ? super.registersRead() : ANYTHING;
  }

  @Override
  public void execute(Cpu cpu) {
    cpu.requireSse();
    MemoryOperand operand = memory;
    if (operand == null) {
      meaning.apply(cpu, destination, cpu.xmm[source], cpu.xmm[source + 1]);
    } else if (bytes >= 16) {
      long linear = bytes == 16 ? alignedForRead(cpu, operand) : anywhereForRead(cpu, operand);
      long low = cpu.memory.read64(linear);
      meaning.apply(cpu, destination, low, cpu.memory.read64(second(cpu, linear)));
    } else {
      meaning.apply(cpu, destination, cpu.memory.read(operand.forRead(cpu, bytes), bytes), 0);
    }
  }

  @Override
  public boolean emit(Emitter e) {
    if (!vectorsOnly) {
      return false;
    }
    VectorEmission.vectorwise(e, this, bytes, meaning);
    return true;
  }
}
