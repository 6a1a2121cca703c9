package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      VectorEmission.copy(e, to, from);
      VectorEmission.copy(e, to + 1, from + 1);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.takeSource(from, false);
      e.low();
      e.setHalf(to);
      e.high();
      e.setHalf(to + 1);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.takeSource(from, true);
      e.low();
      e.setHalf(to);
      e.high();
      e.setHalf(to + 1);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.storeVector(to, from, false);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.storeVector(to, from, true);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.loadScalar(e, from, 8, to);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.loadScalar(e, from, 4, to);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.load(from, 8);
      e.setHalf(to);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.storeScalar(e, to, 8, from);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.storeScalar(e, to, 4, from);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      VectorEmission.copy(e, to, from);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.half(to);
      e.code().loadConstant(~LOW_DWORD).land();
      e.half(from);
      e.code().loadConstant(LOW_DWORD).land().lor();
      e.setHalf(to);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.half(from);
      VectorEmission.setAlone(e, to);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.register(from);
      e.code().loadConstant(mask).land();
      VectorEmission.setAlone(e, to);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      e.half(from);
      e.code().loadConstant(mask).land();
      e.setRegister(to);
      return true;
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

    @Override
    public boolean emit(Emitter e) {
      e.storeBegin(to, bytes);
      e.register(from);
      e.storeEnd(bytes);
      return true;
    }
  }
}
