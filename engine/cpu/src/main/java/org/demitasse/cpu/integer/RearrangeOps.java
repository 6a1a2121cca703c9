package org.demitasse.cpu.integer;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;

/**
 * Ops that exchange, turn round, sign-extend or look up values: XCHG, BSWAP, MOVBE, CBW and its kin, CWD and its kin,
 * XLAT.
 */
final class RearrangeOps {
  private RearrangeOps() {}

  static final class ExchangeRegisters extends Op {
    private final int first;
    private final int second;
    private final int size;

    ExchangeRegisters(int first, int second, int size) {
      this.first = first;
      this.second = second;
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.gpr[first];
      cpu.writeRegister(first, size, cpu.gpr[second]);
      cpu.writeRegister(second, size, value);
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(first);
      e.register(second);
      e.setRegister(first, size);
      e.setRegister(second, size);
      return true;
    }
  }

  static final class ExchangeBytes extends Op {
    private final int first;
    private final int second;
    private final boolean rex;

    ExchangeBytes(int first, int second, boolean rex) {
      this.first = first;
      this.second = second;
      this.rex = rex;
    }

    @Override
    public void execute(Cpu cpu) {
      int value = cpu.read8(first, rex);
      cpu.write8(first, rex, cpu.read8(second, rex));
      cpu.write8(second, rex, value);
    }

    @Override
    public boolean emit(Emitter e) {
      e.byteRegister(first, rex);
      e.byteRegister(second, rex);
      e.setByteRegister(first, rex);
      e.setByteRegister(second, rex);
      return true;
    }
  }

  static final class ExchangeMemory extends Op {
    private final MemoryOperand memory;
    private final int register;
    private final boolean rex;
    private final int size;

    ExchangeMemory(MemoryOperand memory, int register, boolean rex, int size) {
      this.memory = memory;
      this.register = register;
      this.rex = rex;
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = memory.forWrite(cpu, size);
      long value = cpu.memory.readForWrite(linear, size);
      if (size == 1) {
        cpu.memory.write8(linear, cpu.read8(register, rex));
        cpu.write8(register, rex, (int) value);
      } else {
        cpu.memory.write(linear, size, cpu.gpr[register]);
        cpu.writeRegister(register, size, value);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      e.loadForWrite(memory, size);
      if (size == 1) {
        e.byteRegister(register, rex);
        e.storeBack(1);
        e.setByteRegister(register, rex);
      } else {
        e.register(register);
        e.storeBack(size);
        e.setRegister(register, size);
      }
      return true;
    }
  }

  static final class ByteSwap extends Op {
    private final int register;
    private final int size;

    ByteSwap(int register, int size) {
      this.register = register;
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.gpr[register];
      switch (size) {
        case 8 -> cpu.gpr[register] = Long.reverseBytes(value);
        case 4 -> cpu.gpr[register] = Integer.reverseBytes((int) value) & 0xffff_ffffL;
        default -> cpu.writeRegister(register, 2, 0); // undefined by the manual; processors give 0
      }
    }

    @Override
    public boolean emit(Emitter e) {
      if (size == 2) {
        return false;
      }
      e.register(register);
      swap(e, size);
      e.setRegister(register, size);
      return true;
    }
  }

  /** Turns the bytes of the long on the stack round, which then has nothing above its size. */
  private static void swap(Emitter e, int size) {
    e.code().invokestatic(ClassDesc.of("java.lang.Long"), "reverseBytes", MethodTypeDesc.ofDescriptor("(J)J"));
    if (size < 8) {
      e.code().loadConstant(64 - size * 8).lushr();
    }
  }

  private static long swapped(long value, int size) {
    return Long.reverseBytes(value) >>> (64 - size * 8);
  }

  static final class LoadSwapped extends Op {
    private final MemoryOperand memory;
    private final int register;
    private final int size;

    LoadSwapped(Instruction i) {
      memory = i.mem();
      register = i.reg;
      size = i.operandSize;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(register, size, swapped(cpu.memory.read(memory.forRead(cpu, size), size), size));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(memory, size);
      swap(e, size);
      e.setRegister(register, size);
      return true;
    }
  }

  static final class StoreSwapped extends Op {
    private final MemoryOperand memory;
    private final int register;
    private final int size;

    StoreSwapped(Instruction i) {
      memory = i.mem();
      register = i.reg;
      size = i.operandSize;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.write(memory.forWrite(cpu, size), size, swapped(cpu.gpr[register], size));
    }

    @Override
    public boolean emit(Emitter e) {
      e.storeBegin(memory, size);
      e.register(register);
      swap(e, size);
      e.storeEnd(size);
      return true;
    }
  }

  /** CBW, CWDE, CDQE. */
  static final class SignExtendAccumulator extends Op {
    private final int size;

    SignExtendAccumulator(int size) {
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      int shift = 64 - size * 4;
      cpu.writeRegister(Cpu.RAX, size, cpu.gpr[Cpu.RAX] << shift >> shift);
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(Cpu.RAX);
      MoveOps.narrow(e, size / 2, true);
      e.setRegister(Cpu.RAX, size);
      return true;
    }
  }

  /** CWD, CDQ, CQO. */
  static final class SignToData extends Op {
    private final int size;

    SignToData(int size) {
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(Cpu.RDX, size, cpu.gpr[Cpu.RAX] << (64 - size * 8) >> 63);
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(Cpu.RAX);
      e.code().loadConstant(64 - size * 8).lshl().loadConstant(63).lshr();
      e.setRegister(Cpu.RDX, size);
      return true;
    }
  }

  /** XLAT. */
  static final class Translate extends Op {
    private final MemoryOperand table;
    private final long mask;

    Translate(MemoryOperand table, int addressSize) {
      this.table = table;
      this.mask = addressSize == 8 ? -1L : addressSize == 4 ? 0xffff_ffffL : 0xffff;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = table.forRead(cpu, cpu.gpr[Cpu.RAX] & 0xff & mask, 1);
      cpu.write8(Cpu.RAX, true, cpu.memory.read8(linear));
    }
  }
}
