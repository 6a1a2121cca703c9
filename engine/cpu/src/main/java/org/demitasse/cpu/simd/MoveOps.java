package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;

/** The moves between XMM registers, memory and general registers that programs execute most. */
final class MoveOps {
  private static final long LOW_DWORD = 0xffff_ffffL;

  private MoveOps() {}

  /** MOVAPS, MOVUPS, MOVDQA, MOVDQU and so on between registers. */
  static final class Copy extends Op {
    private final int to;
    private final int from;

    Copy(int toRegister, int fromRegister) {
      to = 2 * toRegister;
      from = 2 * fromRegister;
    }

    @Override
    public int registersRead() {
      return 0;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      xmm[to] = xmm[from];
      xmm[to + 1] = xmm[from + 1];
    }
  }

  /** Loads 16 bytes from anywhere: MOVUPS, MOVDQU, LDDQU. */
  static final class Load16 extends Op {
    private final int to;
    private final MemoryOperand from;

    Load16(Instruction i) {
      to = 2 * i.reg;
      from = i.mem();
    }

    @Override
    public int registersRead() {
      return from.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long linear = XmmOp.anywhereForRead(cpu, from);
      long low = cpu.memory.read64(linear);
      long high = cpu.memory.read64(XmmOp.second(cpu, linear));
      cpu.xmm[to] = low;
      cpu.xmm[to + 1] = high;
    }
  }

  /** Loads 16 aligned bytes: MOVAPS, MOVDQA, MOVNTDQA. */
  static final class LoadAligned extends Op {
    private final int to;
    private final MemoryOperand from;

    LoadAligned(Instruction i) {
      to = 2 * i.reg;
      from = i.mem();
    }

    @Override
    public int registersRead() {
      return from.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long linear = XmmOp.alignedForRead(cpu, from);
      long low = cpu.memory.read64(linear);
      long high = cpu.memory.read64(linear + 8);
      cpu.xmm[to] = low;
      cpu.xmm[to + 1] = high;
    }
  }

  /** Stores 16 bytes anywhere: MOVUPS, MOVDQU. */
  static final class Store16 extends Op {
    private final int from;
    private final MemoryOperand to;

    Store16(Instruction i) {
      from = 2 * i.reg;
      to = i.mem();
    }

    @Override
    public int registersRead() {
      return to.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      XmmOp.store16(cpu, to.forWrite(cpu, 16), cpu.xmm[from], cpu.xmm[from + 1]);
    }
  }

  /** Stores 16 aligned bytes: MOVAPS, MOVDQA, MOVNTPS, MOVNTDQ. */
  static final class StoreAligned extends Op {
    private final int from;
    private final MemoryOperand to;

    StoreAligned(Instruction i) {
      from = 2 * i.reg;
      to = i.mem();
    }

    @Override
    public int registersRead() {
      return to.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long linear = XmmOp.alignedForWrite(cpu, to);
      cpu.memory.write64(linear, cpu.xmm[from]);
      cpu.memory.write64(linear + 8, cpu.xmm[from + 1]);
    }
  }

  /** Loads 8 bytes, clearing the upper half: MOVQ, MOVSD. */
  static final class Load8 extends Op {
    private final int to;
    private final MemoryOperand from;

    Load8(Instruction i) {
      to = 2 * i.reg;
      from = i.mem();
    }

    @Override
    public int registersRead() {
      return from.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.xmm[to] = cpu.memory.read64(from.forRead(cpu, 8));
      cpu.xmm[to + 1] = 0;
    }
  }

  /** Loads 4 bytes, clearing the rest: MOVSS, MOVD. */
  static final class Load4 extends Op {
    private final int to;
    private final MemoryOperand from;

    Load4(Instruction i) {
      to = 2 * i.reg;
      from = i.mem();
    }

    @Override
    public int registersRead() {
      return from.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.xmm[to] = cpu.memory.read32(from.forRead(cpu, 4)) & LOW_DWORD;
      cpu.xmm[to + 1] = 0;
    }
  }

  /** Loads 8 bytes into one half, keeping the other: MOVLPS, MOVLPD, MOVHPS, MOVHPD. */
  static final class LoadHalf extends Op {
    private final int to;
    private final MemoryOperand from;

    LoadHalf(Instruction i, int half) {
      to = 2 * i.reg + half;
      from = i.mem();
    }

    @Override
    public int registersRead() {
      return from.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.xmm[to] = cpu.memory.read64(from.forRead(cpu, 8));
    }
  }

  /** Stores one half: MOVQ, MOVSD, MOVLPS, MOVHPS and so on. */
  static final class Store8 extends Op {
    private final int from;
    private final MemoryOperand to;

    Store8(Instruction i, int half) {
      from = 2 * i.reg + half;
      to = i.mem();
    }

    @Override
    public int registersRead() {
      return to.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.memory.write64(to.forWrite(cpu, 8), cpu.xmm[from]);
    }
  }

  /** Stores the low 4 bytes: MOVSS, MOVD. */
  static final class Store4 extends Op {
    private final int from;
    private final MemoryOperand to;

    Store4(Instruction i) {
      from = 2 * i.reg;
      to = i.mem();
    }

    @Override
    public int registersRead() {
      return to.registers();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.memory.write32(to.forWrite(cpu, 4), (int) cpu.xmm[from]);
    }
  }

  /** Copies one half of a register to one half of another, keeping the rest: MOVSD, MOVLHPS, MOVHLPS. */
  static final class CopyHalf extends Op {
    private final int to;
    private final int from;

    CopyHalf(int to, int from) {
      this.to = to;
      this.from = from;
    }

    @Override
    public int registersRead() {
      return 0;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.xmm[to] = cpu.xmm[from];
    }
  }

  /** MOVSS between registers: keeps the upper 96 bits. */
  static final class CopySingle extends Op {
    private final int to;
    private final int from;

    CopySingle(int toRegister, int fromRegister) {
      to = 2 * toRegister;
      from = 2 * fromRegister;
    }

    @Override
    public int registersRead() {
      return 0;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.xmm[to] = (cpu.xmm[to] & ~LOW_DWORD) | (cpu.xmm[from] & LOW_DWORD);
    }
  }

  /** MOVQ between registers: clears the upper half. */
  static final class CopyLow extends Op {
    private final int to;
    private final int from;

    CopyLow(int toRegister, int fromRegister) {
      to = 2 * toRegister;
      from = 2 * fromRegister;
    }

    @Override
    public int registersRead() {
      return 0;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.xmm[to] = cpu.xmm[from];
      cpu.xmm[to + 1] = 0;
    }
  }

  /** MOVD and MOVQ from a general register. */
  static final class FromGeneral extends Op {
    private final int to;
    private final int from;
    private final long mask;

    FromGeneral(Instruction i) {
      to = 2 * i.reg;
      from = i.rm;
      mask = i.rexW ? -1L : LOW_DWORD;
    }

    @Override
    public int registersRead() {
      return 1 << from;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.xmm[to] = cpu.gpr[from] & mask;
      cpu.xmm[to + 1] = 0;
    }
  }

  /** MOVD and MOVQ to a general register. */
  static final class ToGeneral extends Op {
    private final int to;
    private final int from;
    private final long mask;

    ToGeneral(Instruction i) {
      to = i.rm;
      from = 2 * i.reg;
      mask = i.rexW ? -1L : LOW_DWORD;
    }

    @Override
    public int registersRead() {
      return 0;
    }

    @Override
    public int registersChanged() {
      return 1 << to;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.gpr[to] = cpu.xmm[from] & mask;
    }
  }

  /** MOVNTI. */
  static final class StoreGeneral extends Op {
    private final int from;
    private final int bytes;
    private final MemoryOperand to;

    StoreGeneral(Instruction i) {
      from = i.reg;
      bytes = i.rexW ? 8 : 4;
      to = i.mem();
    }

    @Override
    public int registersRead() {
      return to.registers() | 1 << from;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.write(to.forWrite(cpu, bytes), bytes, cpu.gpr[from]);
    }
  }
}
