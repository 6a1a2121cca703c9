package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.jspecify.annotations.Nullable;

/** Operand forms of 2, 4 and 8 bytes: each calls a meaning on registers, memory or an immediate. */
final class WordForms {
  private WordForms() {}

  /** What all forms know: the operand size. */
  abstract static class Sized extends Op {
    final int size;
    final int shift;

    Sized(int size) {
      this.size = size;
      this.shift = 64 - size * 8;
    }
  }

  static final class RegReg extends Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final int source;

    RegReg(Meaning.Binary meaning, int size, int target, int source) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      long[] gpr = cpu.gpr;
      cpu.writeRegister(target, size, meaning.apply(cpu, gpr[target], gpr[source], shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(target);
      AluEmission.applyRegister(e, meaning, true, size, source, true);
      e.setRegister(target, size);
      return true;
    }
  }

  static final class RegMem extends Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final MemoryOperand source;

    RegMem(Meaning.Binary meaning, int size, int target, MemoryOperand source) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.memory.read(source.forRead(cpu, size), size);
      cpu.writeRegister(target, size, meaning.apply(cpu, cpu.gpr[target], value, shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(source, size); // first: it may fault
      e.register(target);
      AluEmission.swap(e);
      AluEmission.apply(e, meaning, true, size);
      e.setRegister(target, size);
      return true;
    }
  }

  static final class RegImm extends Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final long immediate;

    RegImm(Meaning.Binary meaning, int size, int target, long immediate) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, size, meaning.apply(cpu, cpu.gpr[target], immediate, shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(target);
      AluEmission.applyConstant(e, meaning, true, size, immediate);
      e.setRegister(target, size);
      return true;
    }
  }

  static final class MemReg extends Sized {
    private final Meaning.Binary meaning;
    private final MemoryOperand target;
    private final int source;

    MemReg(Meaning.Binary meaning, int size, MemoryOperand target, int source) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = target.forWrite(cpu, size);
      long value = cpu.memory.readForWrite(linear, size);
      cpu.memory.write(linear, size, meaning.apply(cpu, value, cpu.gpr[source], shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.loadForWrite(target, size);
      AluEmission.applyRegister(e, meaning, true, size, source, true);
      e.storeBack(size);
      return true;
    }
  }

  static final class MemImm extends Sized {
    private final Meaning.Binary meaning;
    private final MemoryOperand target;
    private final long immediate;

    MemImm(Meaning.Binary meaning, int size, MemoryOperand target, long immediate) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = target.forWrite(cpu, size);
      long value = cpu.memory.readForWrite(linear, size);
      cpu.memory.write(linear, size, meaning.apply(cpu, value, immediate, shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.loadForWrite(target, size);
      AluEmission.applyConstant(e, meaning, true, size, immediate);
      e.storeBack(size);
      return true;
    }
  }

  /** CMP and TEST: only flags come out. */
  static final class TestRegReg extends Sized {
    private final Meaning.Binary meaning;
    private final int first;
    private final int second;

    TestRegReg(Meaning.Binary meaning, int size, int first, int second) {
      super(size);
      this.meaning = meaning;
      this.first = first;
      this.second = second;
    }

    @Override
    public void execute(Cpu cpu) {
      meaning.apply(cpu, cpu.gpr[first], cpu.gpr[second], shift);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluOps.operation(meaning, false), size, first, second);
      return true;
    }
  }

  static final class TestRegImm extends Sized {
    private final Meaning.Binary meaning;
    private final int first;
    private final long immediate;

    TestRegImm(Meaning.Binary meaning, int size, int first, long immediate) {
      super(size);
      this.meaning = meaning;
      this.first = first;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      meaning.apply(cpu, cpu.gpr[first], immediate, shift);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluOps.operation(meaning, false), size, first, immediate);
      return true;
    }
  }

  static final class TestRegMem extends Sized {
    private final Meaning.Binary meaning;
    private final int first;
    private final MemoryOperand second;

    TestRegMem(Meaning.Binary meaning, int size, int first, MemoryOperand second) {
      super(size);
      this.meaning = meaning;
      this.first = first;
      this.second = second;
    }

    @Override
    public void execute(Cpu cpu) {
      meaning.apply(cpu, cpu.gpr[first], cpu.memory.read(second.forRead(cpu, size), size), shift);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registerMemory(e, AluOps.operation(meaning, false), size, first, second);
      return true;
    }
  }

  static final class TestMemReg extends Sized {
    private final Meaning.Binary meaning;
    private final MemoryOperand first;
    private final int second;

    TestMemReg(Meaning.Binary meaning, int size, MemoryOperand first, int second) {
      super(size);
      this.meaning = meaning;
      this.first = first;
      this.second = second;
    }

    @Override
    public void execute(Cpu cpu) {
      meaning.apply(cpu, cpu.memory.read(first.forRead(cpu, size), size), cpu.gpr[second], shift);
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(first, size);
      e.register(second);
      AluEmission.apply(e, meaning, false, size);
      return true;
    }
  }

  static final class TestMemImm extends Sized {
    private final Meaning.Binary meaning;
    private final MemoryOperand first;
    private final long immediate;

    TestMemImm(Meaning.Binary meaning, int size, MemoryOperand first, long immediate) {
      super(size);
      this.meaning = meaning;
      this.first = first;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      meaning.apply(cpu, cpu.memory.read(first.forRead(cpu, size), size), immediate, shift);
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(first, size);
      e.code().loadConstant(immediate);
      AluEmission.apply(e, meaning, false, size);
      return true;
    }
  }

  static final class Reg extends Sized {
    private final Meaning.Unary meaning;
    private final int target;

    Reg(Meaning.Unary meaning, int size, int target) {
      super(size);
      this.meaning = meaning;
      this.target = target;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, size, meaning.apply(cpu, cpu.gpr[target], shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(target);
      AluEmission.applyUnary(e, meaning, size);
      e.setRegister(target, size);
      return true;
    }
  }

  static final class Mem extends Sized {
    private final Meaning.Unary meaning;
    private final MemoryOperand target;

    Mem(Meaning.Unary meaning, int size, MemoryOperand target) {
      super(size);
      this.meaning = meaning;
      this.target = target;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = target.forWrite(cpu, size);
      long value = cpu.memory.readForWrite(linear, size);
      cpu.memory.write(linear, size, meaning.apply(cpu, value, shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.loadForWrite(target, size);
      AluEmission.applyUnary(e, meaning, size);
      e.storeBack(size);
      return true;
    }
  }

  /** target = meaning(first, second), all registers; {@code first} and {@code second} may be 16 for none. */
  static final class RegRegReg extends Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final int first;
    private final int second;

    RegRegReg(Meaning.Binary meaning, int size, int target, int first, int second) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.first = first;
      this.second = second;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, size, meaning.apply(cpu, cpu.gpr[first], cpu.gpr[second], shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(first);
      e.register(second);
      AluEmission.apply(e, meaning, true, size);
      e.setRegister(target, size);
      return true;
    }
  }

  /** target = meaning(memory, register). */
  static final class RegMemReg extends Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final MemoryOperand first;
    private final int second;

    RegMemReg(Meaning.Binary meaning, int size, int target, MemoryOperand first, int second) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.first = first;
      this.second = second;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.memory.read(first.forRead(cpu, size), size);
      cpu.writeRegister(target, size, meaning.apply(cpu, value, cpu.gpr[second], shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(first, size);
      e.register(second);
      AluEmission.apply(e, meaning, true, size);
      e.setRegister(target, size);
      return true;
    }
  }

  /** target = meaning(register, immediate). */
  static final class RegRegImm extends Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final int first;
    private final long immediate;

    RegRegImm(Meaning.Binary meaning, int size, int target, int first, long immediate) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.first = first;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, size, meaning.apply(cpu, cpu.gpr[first], immediate, shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(first);
      AluEmission.applyConstant(e, meaning, true, size, immediate);
      e.setRegister(target, size);
      return true;
    }
  }

  /** target = meaning(memory, immediate). */
  static final class RegMemImm extends Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final MemoryOperand first;
    private final long immediate;

    RegMemImm(Meaning.Binary meaning, int size, int target, MemoryOperand first, long immediate) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.first = first;
      this.immediate = immediate;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.memory.read(first.forRead(cpu, size), size);
      cpu.writeRegister(target, size, meaning.apply(cpu, value, immediate, shift));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(first, size);
      AluEmission.applyConstant(e, meaning, true, size, immediate);
      e.setRegister(target, size);
      return true;
    }
  }

  /** SHLD and SHRD: the count is CL or an immediate. */
  static final class DoubleShift extends Sized {
    private final Meaning.Ternary meaning;
    private final int target;
    private final @Nullable MemoryOperand memory;
    private final int filler;
    private final boolean byCl;
    private final long count;

    DoubleShift(
        Meaning.Ternary meaning,
        int size,
        int target,
        @Nullable MemoryOperand memory,
        int filler,
        boolean byCl,
        long count) {
      super(size);
      this.meaning = meaning;
      this.target = target;
      this.memory = memory;
      this.filler = filler;
      this.byCl = byCl;
      this.count = count;
    }

    @Override
    public void execute(Cpu cpu) {
      long by = byCl ? cpu.gpr[Cpu.RCX] : count;
      MemoryOperand operand = memory;
      if (operand == null) {
        cpu.writeRegister(target, size, meaning.apply(cpu, cpu.gpr[target], cpu.gpr[filler], by, shift));
      } else {
        long linear = operand.forWrite(cpu, size);
        long value = cpu.memory.readForWrite(linear, size);
        cpu.memory.write(linear, size, meaning.apply(cpu, value, cpu.gpr[filler], by, shift));
      }
    }
  }
}
