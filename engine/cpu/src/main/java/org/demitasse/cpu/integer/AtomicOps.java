package org.demitasse.cpu.integer;

import java.lang.classfile.Label;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Encoding;
import org.demitasse.cpu.decode.Encoding.Immediate;
import org.demitasse.cpu.decode.Encoding.Size;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.jspecify.annotations.Nullable;

/** Rows of CMPXCHG, XADD, CMPXCHG8B, CMPXCHG16B, and of RDRAND and RDSEED that share an opcode with them. */
final class AtomicOps {
  private AtomicOps() {}

  static void register(OpcodeTable table) {
    lockable(table, 0xB0, i -> new CompareExchange(i, 1));
    lockable(table, 0xB1, i -> new CompareExchange(i, i.operandSize));
    lockable(table, 0xC0, i -> new ExchangeAdd(i, 1));
    lockable(table, 0xC1, i -> new ExchangeAdd(i, i.operandSize));
    Encoding group9 = new Encoding(true, Immediate.NONE, Size.NORMAL, true, AtomicOps::group9);
    for (int prefix = 0; prefix < 4; prefix++) {
      table.put(Map.M0F, 0xC7, prefix, group9);
    }
  }

  private static void lockable(OpcodeTable table, int opcode, OpFactory factory) {
    table.any(Map.M0F, opcode, new Encoding(true, Immediate.NONE, Size.NORMAL, true, factory));
  }

  private static @Nullable Op group9(Instruction i) {
    if (i.extension() == 1 && i.isMemory()) {
      return i.rexW ? new CompareExchange16(i.mem()) : new CompareExchange8(i.mem());
    }
    boolean random = !i.isMemory() && i.repPrefix == 0;
    return random && i.extension() >= 6 ? new Random(i.rm, i.operandSize) : null;
  }

  private static final class CompareExchange extends WordForms.Sized {
    private final @Nullable MemoryOperand memory;
    private final int target;
    private final int source;
    private final boolean rex;

    CompareExchange(Instruction i, int size) {
      super(size);
      memory = i.memory;
      target = i.rm;
      source = i.reg;
      rex = i.rex;
    }

    @Override
    public void execute(Cpu cpu) {
      MemoryOperand operand = memory;
      long replacement = size == 1 ? cpu.read8(source, rex) : cpu.gpr[source];
      long accumulator = cpu.gpr[Cpu.RAX];
      long value;
      if (operand == null) {
        value = size == 1 ? cpu.read8(target, rex) : cpu.gpr[target];
        if (Alu.sub(cpu, accumulator, value, shift) == 0) {
          write(cpu, target, rex, replacement);
        } else {
          write(cpu, Cpu.RAX, true, value);
        }
        return;
      }
      long linear = operand.forWrite(cpu, size);
      value = cpu.memory.readForWrite(linear, size);
      boolean equal = Alu.sub(cpu, accumulator, value, shift) == 0;
      cpu.memory.write(linear, size, equal ? replacement : value);
      if (!equal) {
        write(cpu, Cpu.RAX, true, value);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      MemoryOperand operand = memory;
      if (operand == null) {
        return false;
      }
      e.loadForWrite(operand, size);
      e.register(Cpu.RAX);
      AluEmission.swap(e);
      e.setFlags(Emitter.FlagKind.SUB, size);
      Label equal = e.code().newLabel();
      Label done = e.code().newLabel();
      e.branchIf(4, equal); // Jcc's number of E
      e.flagSecond();
      e.setRegister(Cpu.RAX, size);
      e.flagSecond();
      e.code().goto_(done).labelBinding(equal);
      if (size == 1) {
        e.byteRegister(source, rex);
      } else {
        e.register(source);
      }
      e.code().labelBinding(done);
      e.storeBack(size);
      return true;
    }

    private void write(Cpu cpu, int register, boolean withRex, long value) {
      if (size == 1) {
        cpu.write8(register, withRex, (int) value);
      } else {
        cpu.writeRegister(register, size, value);
      }
    }
  }

  private static final class ExchangeAdd extends WordForms.Sized {
    private final @Nullable MemoryOperand memory;
    private final int target;
    private final int source;
    private final boolean rex;

    ExchangeAdd(Instruction i, int size) {
      super(size);
      memory = i.memory;
      target = i.rm;
      source = i.reg;
      rex = i.rex;
    }

    @Override
    public void execute(Cpu cpu) {
      MemoryOperand operand = memory;
      long addend = size == 1 ? cpu.read8(source, rex) : cpu.gpr[source];
      if (operand != null) {
        long linear = operand.forWrite(cpu, size);
        long value = cpu.memory.readForWrite(linear, size);
        cpu.memory.write(linear, size, Alu.add(cpu, value, addend, shift));
        writeSource(cpu, value);
      } else if (size == 1) {
        int value = cpu.read8(target, rex);
        cpu.write8(source, rex, value);
        cpu.write8(target, rex, (int) Alu.add(cpu, value, addend, shift));
      } else {
        long value = cpu.gpr[target];
        cpu.writeRegister(source, size, value);
        cpu.writeRegister(target, size, Alu.add(cpu, value, addend, shift));
      }
    }

    @Override
    public boolean emit(Emitter e) {
      MemoryOperand operand = memory;
      if (operand == null) {
        return false;
      }
      e.loadForWrite(operand, size);
      if (size == 1) {
        e.byteRegister(source, rex);
      } else {
        e.register(source);
      }
      e.setFlags(Emitter.FlagKind.ADD, size);
      e.flagFirst();
      e.flagSecond();
      e.code().ladd();
      e.storeBack(size);
      e.flagFirst();
      if (size == 1) {
        e.setByteRegister(source, rex);
      } else {
        e.setRegister(source, size);
      }
      return true;
    }

    private void writeSource(Cpu cpu, long value) {
      if (size == 1) {
        cpu.write8(source, rex, (int) value);
      } else {
        cpu.writeRegister(source, size, value);
      }
    }
  }

  private static void setZero(Cpu cpu, boolean zero) {
    int others = Flags.pack(cpu.flagResult, cpu.flagCarries) & ~Flags.ZF;
    cpu.setArithmeticFlags(others | (zero ? Flags.ZF : 0));
  }

  private static final class CompareExchange8 extends Op {
    private final MemoryOperand memory;

    CompareExchange8(MemoryOperand memory) {
      this.memory = memory;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = memory.forWrite(cpu, 8);
      long value = cpu.memory.readForWrite(linear, 8);
      long expected = cpu.gpr[Cpu.RDX] << 32 | cpu.gpr[Cpu.RAX] & 0xffff_ffffL;
      boolean equal = value == expected;
      cpu.memory.write64(linear, equal ? cpu.gpr[Cpu.RCX] << 32 | cpu.gpr[Cpu.RBX] & 0xffff_ffffL : value);
      if (!equal) {
        cpu.gpr[Cpu.RAX] = value & 0xffff_ffffL;
        cpu.gpr[Cpu.RDX] = value >>> 32;
      }
      setZero(cpu, equal);
    }
  }

  private static final class CompareExchange16 extends Op {
    private final MemoryOperand memory;

    CompareExchange16(MemoryOperand memory) {
      this.memory = memory;
    }

    @Override
    public void execute(Cpu cpu) {
      long linear = memory.forWrite(cpu, 16);
      if ((linear & 15) != 0) {
        throw cpu.raise(GuestFault.GP, 0);
      }
      long low = cpu.memory.readForWrite(linear, 8);
      long high = cpu.memory.readForWrite(linear + 8, 8);
      boolean equal = low == cpu.gpr[Cpu.RAX] && high == cpu.gpr[Cpu.RDX];
      cpu.memory.write64(linear, equal ? cpu.gpr[Cpu.RBX] : low);
      cpu.memory.write64(linear + 8, equal ? cpu.gpr[Cpu.RCX] : high);
      if (!equal) {
        cpu.gpr[Cpu.RAX] = low;
        cpu.gpr[Cpu.RDX] = high;
      }
      setZero(cpu, equal);
    }
  }

  /** RDRAND and RDSEED: always a number, so CF is set and the other flags cleared. */
  private static final class Random extends Op {
    private final int register;
    private final int size;

    Random(int register, int size) {
      this.register = register;
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(register, size, cpu.environment.randomLong());
      cpu.setArithmeticFlags(Flags.CF);
    }
  }
}
