package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;

/** Moves between MMX registers and elsewhere, and EMMS. */
final class MmxMoves {
  private MmxMoves() {}

  /** MOVQ mm, mm in its store encoding. */
  static final class Copy extends Op {
    private final int to;
    private final int from;

    Copy(int to, int from) {
      this.to = to;
      this.from = from;
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      Mmx.enter(cpu);
      Mmx.write(cpu, to, Mmx.read(cpu, from));
    }
  }

  /** MOVD, MOVQ and MOVNTQ to memory. */
  static final class Store extends Op {
    private final int from;
    private final int bytes;
    private final MemoryOperand to;

    Store(Instruction i, int bytes) {
      from = i.reg;
      this.bytes = bytes;
      to = i.mem();
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      cpu.memory.write(to.forWrite(cpu, bytes), bytes, Mmx.read(cpu, from));
      Mmx.enter(cpu);
    }
  }

  /** MOVD and MOVQ from a general register. */
  static final class FromGeneral extends Op {
    private final int to;
    private final int from;
    private final int bytes;

    FromGeneral(Instruction i) {
      to = i.reg;
      from = i.rm;
      bytes = i.rexW ? 8 : 4;
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      Mmx.enter(cpu);
      Mmx.write(cpu, to, cpu.readRegister(from, bytes));
    }
  }

  /** MOVD and MOVQ to a general register. */
  static final class ToGeneral extends Op {
    private final int to;
    private final int from;
    private final int bytes;

    ToGeneral(Instruction i) {
      to = i.rm;
      from = i.reg;
      bytes = i.rexW ? 8 : 4;
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      Mmx.enter(cpu);
      cpu.writeRegister(to, bytes, Mmx.read(cpu, from));
    }
  }

  /** MOVQ2DQ. */
  static final class ToXmm extends Op {
    private final int to;
    private final int from;

    ToXmm(Instruction i) {
      to = 2 * i.reg;
      from = i.rm;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      Mmx.require(cpu);
      Mmx.enter(cpu);
      cpu.xmm[to] = Mmx.read(cpu, from);
      cpu.xmm[to + 1] = 0;
    }
  }

  /** MOVDQ2Q. */
  static final class FromXmm extends Op {
    private final int to;
    private final int from;

    FromXmm(Instruction i) {
      to = i.reg;
      from = 2 * i.rm;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      Mmx.require(cpu);
      Mmx.enter(cpu);
      Mmx.write(cpu, to, cpu.xmm[from]);
    }
  }

  /** EMMS: all x87 registers are empty. */
  static final class Emms extends Op {
    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      cpu.x87.top = 0;
      cpu.x87.empty = 0xff;
    }
  }
}
