package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;

/** MASKMOVQ and MASKMOVDQU: stores the bytes whose mask byte is negative at DS:RDI. */
final class MaskedStoreOp extends Op {
  private final int value;
  private final int mask;
  private final int bytes;
  private final MemoryOperand to;

  MaskedStoreOp(Instruction i, int bytes) {
    value = i.reg;
    mask = i.rm;
    this.bytes = bytes;
    int segment = i.dataSegment();
    boolean checked = i.mustCheck(segment);
    to = new MemoryOperand(Cpu.RDI, Cpu.ZERO, 0, 0, i.addressSize, segment, checked);
    stackSegment = segment == Cpu.SS;
  }

  @Override
  public void execute(Cpu cpu) {
    if (bytes == 16) {
      cpu.requireSse();
      int selected = Lanes.signsOfBytes(cpu.xmm[2 * mask]) | Lanes.signsOfBytes(cpu.xmm[2 * mask + 1]) << 8;
      store(cpu, selected, cpu.xmm[2 * value], cpu.xmm[2 * value + 1]);
    } else {
      Mmx.require(cpu);
      store(cpu, Lanes.signsOfBytes(Mmx.read(cpu, mask)), Mmx.read(cpu, value), 0);
      Mmx.enter(cpu);
    }
  }

  private void store(Cpu cpu, int selected, long low, long high) {
    if (selected == 0) {
      return;
    }
    long linear = to.forWrite(cpu, bytes);
    for (int n = 0; n < bytes; n++) {
      if ((selected >>> n & 1) != 0) {
        cpu.memory.probeWrite(linear + n & cpu.ripMask, 1);
      }
    }
    for (int n = 0; n < bytes; n++) {
      if ((selected >>> n & 1) != 0) {
        cpu.memory.write8(linear + n & cpu.ripMask, (int) ((n < 8 ? low : high) >>> (n & 7) * 8));
      }
    }
  }
}
