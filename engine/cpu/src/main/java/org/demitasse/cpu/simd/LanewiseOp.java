package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.decode.Instruction;

/** An instruction on XMM registers that treats both halves alike, without a class of its own. */
final class LanewiseOp extends XmmOp {
  private final Lanewise meaning;

  LanewiseOp(Instruction i, Lanewise meaning) {
    super(i);
    this.meaning = meaning;
  }

  @Override
  public void execute(Cpu cpu) {
    cpu.requireSse();
    long[] xmm = cpu.xmm;
    long low;
    long high;
    MemoryOperand operand = memory;
    if (operand == null) {
      low = xmm[source];
      high = xmm[source + 1];
    } else {
      long linear = alignedForRead(cpu, operand);
      low = cpu.memory.read64(linear);
      high = cpu.memory.read64(linear + 8);
    }
    xmm[destination] = meaning.apply(xmm[destination], low);
    xmm[destination + 1] = meaning.apply(xmm[destination + 1], high);
  }

  @Override
  public boolean emit(Emitter e) {
    VectorEmission.bothHalves(e, this, x -> VectorEmission.lanewise(x, meaning));
    return true;
  }
}
