package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;

/** Operand forms of one byte, where registers 4-7 without REX are AH, CH, DH, BH. */
final class ByteForms {
  private static final int SHIFT = 56;

  private ByteForms() {}

  private static void begin(Emitter e, MemoryOperand target, boolean writes) {
    if (writes) {
      e.loadForWrite(target, 1);
    } else {
      e.load(target, 1);
    }
  }

  static final class RegReg extends Op {
    private final Meaning.Binary meaning;
    private final boolean writes;
    private final boolean rex;
    private final int target;
    private final int source;

    RegReg(Meaning.Binary meaning, boolean writes, boolean rex, int target, int source) {
      this.meaning = meaning;
      this.writes = writes;
      this.rex = rex;
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      long result = meaning.apply(cpu, cpu.read8(target, rex), cpu.read8(source, rex), SHIFT);
      if (writes) {
        cpu.write8(target, rex, (int) result);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      e.byteRegister(target, rex);
      e.byteRegister(source, rex);
      AluEmission.apply(e, meaning, writes, 1);
      if (writes) {
        e.setByteRegister(target, rex);
      }
      return true;
    }
  }

  static final class RegMem extends Op {
    private final Meaning.Binary meaning;
    private final boolean writes;
    private final boolean rex;
    private final int target;
    private final MemoryOperand source;

    RegMem(Meaning.Binary meaning, boolean writes, boolean rex, int target, MemoryOperand source) {
      this.meaning = meaning;
      this.writes = writes;
      this.rex = rex;
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.memory.read8(source.forRead(cpu, 1));
      long result = meaning.apply(cpu, cpu.read8(target, rex), value, SHIFT);
      if (writes) {
        cpu.write8(target, rex, (int) result);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(source, 1); // first: it may fault
      e.byteRegister(target, rex);
      AluEmission.swap(e);
      AluEmission.apply(e, meaning, writes, 1);
      if (writes) {
        e.setByteRegister(target, rex);
      }
      return true;
    }
  }

  static final class RegImm extends Op {
    private final Meaning.Binary meaning;
    private final boolean writes;
    private final boolean rex;
    private final int target;
    private final long immediate;

    RegImm(Meaning.Binary meaning, boolean writes, boolean rex, int target, long immediate) {
      this.meaning = meaning;
      this.writes = writes;
      this.rex = rex;
      this.target = target;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      long result = meaning.apply(cpu, cpu.read8(target, rex), immediate, SHIFT);
      if (writes) {
        cpu.write8(target, rex, (int) result);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      e.byteRegister(target, rex);
      AluEmission.applyConstant(e, meaning, writes, 1, immediate);
      if (writes) {
        e.setByteRegister(target, rex);
      }
      return true;
    }
  }

  static final class MemReg extends Op {
    private final Meaning.Binary meaning;
    private final boolean writes;
    private final boolean rex;
    private final MemoryOperand target;
    private final int source;

    MemReg(Meaning.Binary meaning, boolean writes, boolean rex, MemoryOperand target, int source) {
      this.meaning = meaning;
      this.writes = writes;
      this.rex = rex;
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      if (!writes) {
        meaning.apply(cpu, cpu.memory.read8(target.forRead(cpu, 1)), cpu.read8(source, rex), SHIFT);
        return;
      }
      long linear = target.forWrite(cpu, 1);
      long value = cpu.memory.readForWrite(linear, 1);
      cpu.memory.write8(linear, (int) meaning.apply(cpu, value, cpu.read8(source, rex), SHIFT));
    }

    @Override
    public boolean emit(Emitter e) {
      begin(e, target, writes);
      AluEmission.applyRegister(e, meaning, writes, 1, source, rex);
      if (writes) {
        e.storeBack(1);
      }
      return true;
    }
  }

  static final class MemImm extends Op {
    private final Meaning.Binary meaning;
    private final boolean writes;
    private final MemoryOperand target;
    private final long immediate;

    MemImm(Meaning.Binary meaning, boolean writes, MemoryOperand target, long immediate) {
      this.meaning = meaning;
      this.writes = writes;
      this.target = target;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      if (!writes) {
        meaning.apply(cpu, cpu.memory.read8(target.forRead(cpu, 1)), immediate, SHIFT);
        return;
      }
      long linear = target.forWrite(cpu, 1);
      long value = cpu.memory.readForWrite(linear, 1);
      cpu.memory.write8(linear, (int) meaning.apply(cpu, value, immediate, SHIFT));
    }

    @Override
    public boolean emit(Emitter e) {
      begin(e, target, writes);
      AluEmission.applyConstant(e, meaning, writes, 1, immediate);
      if (writes) {
        e.storeBack(1);
      }
      return true;
    }
  }

  static final class Reg extends Op {
    private final Meaning.Unary meaning;
    private final boolean rex;
    private final int target;

    Reg(Meaning.Unary meaning, boolean rex, int target) {
      this.meaning = meaning;
      this.rex = rex;
      this.target = target;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.write8(target, rex, (int) meaning.apply(cpu, cpu.read8(target, rex), SHIFT));
    }

    @Override
    public boolean emit(Emitter e) {
      e.byteRegister(target, rex);
      AluEmission.applyUnary(e, meaning, 1);
      e.setByteRegister(target, rex);
      return true;
    }
  }

  static final class Mem extends Op {
    private final Meaning.Unary meaning;
    private final MemoryOperand target;

    Mem(Meaning.Unary meaning, MemoryOperand target) {
      this.meaning = meaning;
      this.target = target;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = target.forWrite(cpu, 1);
      long value = cpu.memory.readForWrite(linear, 1);
      cpu.memory.write8(linear, (int) meaning.apply(cpu, value, SHIFT));
    }

    @Override
    public boolean emit(Emitter e) {
      e.loadForWrite(target, 1);
      AluEmission.applyUnary(e, meaning, 1);
      e.storeBack(1);
      return true;
    }
  }
}
