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
import org.jspecify.annotations.Nullable;

/** Rows of moves: MOV, LEA, MOVZX, MOVSX, MOVSXD, CMOVcc, SETcc, XCHG, BSWAP, MOVBE, XLAT and the sign extensions. */
final class MoveOps {
  private MoveOps() {}

  static void register(OpcodeTable table) {
    table.modrm(Map.ONE_BYTE, 0x88, i -> store(i, 1));
    table.modrm(Map.ONE_BYTE, 0x89, i -> store(i, i.operandSize));
    table.modrm(Map.ONE_BYTE, 0x8A, i -> load(i, 1));
    table.modrm(Map.ONE_BYTE, 0x8B, i -> load(i, i.operandSize));
    table.modrm(Map.ONE_BYTE, 0x8D, i -> i.isMemory() ? lea(i) : null);
    row(table, Map.ONE_BYTE, 0xC6, true, Immediate.IB, i -> i.extension() != 0 ? null : moveImmediate(i, 1));
    row(
        table,
        Map.ONE_BYTE,
        0xC7,
        true,
        Immediate.IZ,
        i -> i.extension() != 0 ? null : moveImmediate(i, i.operandSize));
    for (int register = 0; register < 8; register++) {
      row(
          table,
          Map.ONE_BYTE,
          0xB0 + register,
          false,
          Immediate.IB,
          i -> new Imm8(i.opcodeRegister, i.rex, (int) i.immediate));
      row(
          table,
          Map.ONE_BYTE,
          0xB8 + register,
          false,
          Immediate.IV,
          i -> immediate(i.opcodeRegister, i.operandSize, i.immediate));
      table.plain(Map.M0F, 0xC8 + register, i -> new RearrangeOps.ByteSwap(i.opcodeRegister, i.operandSize));
      if (register > 0) {
        table.plain(
            Map.ONE_BYTE,
            0x90 + register,
            i -> new RearrangeOps.ExchangeRegisters(i.opcodeRegister, Cpu.RAX, i.operandSize));
      }
    }
    table.plain(Map.ONE_BYTE, 0x90, MoveOps::nop);
    row(table, Map.ONE_BYTE, 0xA0, false, Immediate.MOFFS, i -> new Load8(Cpu.RAX, true, offsetOperand(i)));
    row(table, Map.ONE_BYTE, 0xA1, false, Immediate.MOFFS, i -> loadWord(i.operandSize, Cpu.RAX, offsetOperand(i)));
    row(table, Map.ONE_BYTE, 0xA2, false, Immediate.MOFFS, i -> new Store8(offsetOperand(i), Cpu.RAX, true));
    row(table, Map.ONE_BYTE, 0xA3, false, Immediate.MOFFS, i -> storeWord(i.operandSize, offsetOperand(i), Cpu.RAX));
    for (int code = 0; code < 16; code++) {
      int condition = code;
      table.modrm(Map.M0F, 0x40 + code, i -> new ConditionalMove(i, condition));
      table.modrm(Map.M0F, 0x90 + code, i -> new SetCondition(i, condition));
    }
    table.modrm(Map.M0F, 0xB6, i -> extend(i, 1, false));
    table.modrm(Map.M0F, 0xB7, i -> extend(i, 2, false));
    table.modrm(Map.M0F, 0xBE, i -> extend(i, 1, true));
    table.modrm(Map.M0F, 0xBF, i -> extend(i, 2, true));
    lockable(table, 0x86, i -> exchange(i, 1));
    lockable(table, 0x87, i -> exchange(i, i.operandSize));
    table.plain(Map.ONE_BYTE, 0x98, i -> new RearrangeOps.SignExtendAccumulator(i.operandSize));
    table.plain(Map.ONE_BYTE, 0x99, i -> new RearrangeOps.SignToData(i.operandSize));
    table.plain(
        Map.ONE_BYTE,
        0xD7,
        i ->
            new RearrangeOps.Translate(
                new MemoryOperand(Cpu.RBX, Cpu.ZERO, 0, 0, i.addressSize, i.segment, i.mustCheck(i.segment)),
                i.addressSize));
    for (int prefix : new int[] {OpcodeTable.P_NONE, OpcodeTable.P_66}) {
      table.add(
          Map.M0F38, 0xF0, prefix, true, Immediate.NONE, i -> i.isMemory() ? new RearrangeOps.LoadSwapped(i) : null);
      table.add(
          Map.M0F38, 0xF1, prefix, true, Immediate.NONE, i -> i.isMemory() ? new RearrangeOps.StoreSwapped(i) : null);
    }
  }

  /** MOVSXD of opcode 63 in 64-bit mode; elsewhere the opcode is ARPL. */
  static Op movsxd(Instruction i) {
    if (i.operandSize == 8) {
      return i.isMemory() ? new ExtendMem(4, true, 8, i.reg, i.mem()) : new ExtendReg(4, true, 8, i.reg, i.rm, i.rex);
    }
    return load(i, i.operandSize);
  }

  private static void row(
      OpcodeTable table, Map map, int opcode, boolean modrm, Immediate immediate, OpFactory factory) {
    table.any(map, opcode, new Encoding(modrm, immediate, Size.NORMAL, false, factory));
  }

  private static void lockable(OpcodeTable table, int opcode, OpFactory factory) {
    table.any(Map.ONE_BYTE, opcode, new Encoding(true, Immediate.NONE, Size.NORMAL, true, factory));
  }

  private static MemoryOperand offsetOperand(Instruction i) {
    i.stackSegment = i.segmentOverride == Cpu.SS;
    boolean checked = i.mustCheck(i.segment);
    return new MemoryOperand(Cpu.ZERO, Cpu.ZERO, 0, i.immediate, i.addressSize, i.segment, checked);
  }

  private static Op store(Instruction i, int size) {
    if (size == 1) {
      return i.isMemory() ? new Store8(i.mem(), i.reg, i.rex) : new Move8(i.rm, i.reg, i.rex);
    }
    return i.isMemory() ? storeWord(size, i.mem(), i.reg) : moveRegister(size, i.rm, i.reg);
  }

  private static Op storeWord(int size, MemoryOperand target, int source) {
    return switch (size) {
      case 8 -> new Store64(target, source);
      case 4 -> new Store32(target, source);
      default -> new Store16(target, source);
    };
  }

  private static Op load(Instruction i, int size) {
    if (size == 1) {
      return i.isMemory() ? new Load8(i.reg, i.rex, i.mem()) : new Move8(i.reg, i.rm, i.rex);
    }
    return i.isMemory() ? loadWord(size, i.reg, i.mem()) : moveRegister(size, i.reg, i.rm);
  }

  private static Op loadWord(int size, int target, MemoryOperand source) {
    return switch (size) {
      case 8 -> new Load64(target, source);
      case 4 -> new Load32(target, source);
      default -> new Load16(target, source);
    };
  }

  private static Op moveRegister(int size, int target, int source) {
    return switch (size) {
      case 8 -> new Move64(target, source);
      case 4 -> new Move32(target, source);
      default -> new Move16(target, source);
    };
  }

  private static Op immediate(int register, int size, long value) {
    return size == 2 ? new Imm16(register, value) : new Imm64(register, size == 4 ? value & 0xffff_ffffL : value);
  }

  private static Op moveImmediate(Instruction i, int size) {
    if (i.isMemory()) {
      return new StoreImm(i.mem(), size, i.immediate);
    }
    return size == 1 ? new Imm8(i.rm, i.rex, (int) i.immediate) : immediate(i.rm, size, i.immediate);
  }

  private static Op lea(Instruction i) {
    return i.operandSize == 8 ? new Lea64(i.reg, i.mem()) : new Lea(i.reg, i.mem(), i.operandSize);
  }

  private static Op extend(Instruction i, int from, boolean signed) {
    return i.isMemory()
        ? new ExtendMem(from, signed, i.operandSize, i.reg, i.mem())
        : new ExtendReg(from, signed, i.operandSize, i.reg, i.rm, i.rex);
  }

  private static Op exchange(Instruction i, int size) {
    if (i.isMemory()) {
      return new RearrangeOps.ExchangeMemory(i.mem(), i.reg, i.rex, size);
    }
    return size == 1
        ? new RearrangeOps.ExchangeBytes(i.rm, i.reg, i.rex)
        : new RearrangeOps.ExchangeRegisters(i.rm, i.reg, size);
  }

  /** 90: NOP, XCHG R8,rAX with REX.B, PAUSE with F3. */
  private static Op nop(Instruction i) {
    if (i.opcodeRegister != 0) {
      return new RearrangeOps.ExchangeRegisters(i.opcodeRegister, Cpu.RAX, i.operandSize);
    }
    return i.repPrefix == 0xF3 ? new Pause() : new Nop();
  }

  /** Cuts the long on the operand stack to some bytes and extends it again. */
  static void narrow(Emitter e, int from, boolean signed) {
    if (!signed) {
      e.code().loadConstant(from == 1 ? 0xffL : from == 2 ? 0xffffL : 0xffff_ffffL).land();
    } else if (from == 4) {
      e.code().l2i().i2l();
    } else {
      e.code().loadConstant(64 - from * 8).lshl().loadConstant(64 - from * 8).lshr();
    }
  }

  static final class Nop extends Op {
    @Override
    public void execute(Cpu cpu) {}

    @Override
    public boolean emit(Emitter e) {
      return true;
    }
  }

  private static final class Pause extends Op {
    @Override
    public void execute(Cpu cpu) {
      cpu.rip = nextRip(cpu);
      if (cpu.yieldOnPause) {
        cpu.endSlice();
      }
    }

    @Override
    public boolean isTerminator() {
      return true;
    }
  }

  private static final class Move64 extends Op {
    private final int target;
    private final int source;

    Move64(int target, int source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = cpu.gpr[source];
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(source);
      e.setRegister(target);
      return true;
    }
  }

  private static final class Move32 extends Op {
    private final int target;
    private final int source;

    Move32(int target, int source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = cpu.gpr[source] & 0xffff_ffffL;
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(source);
      e.setRegister(target, 4);
      return true;
    }
  }

  private static final class Move16 extends Op {
    private final int target;
    private final int source;

    Move16(int target, int source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, 2, cpu.gpr[source]);
    }

    @Override
    public boolean emit(Emitter e) {
      e.register(source);
      e.setRegister(target, 2);
      return true;
    }
  }

  private static final class Move8 extends Op {
    private final int target;
    private final int source;
    private final boolean rex;

    Move8(int target, int source, boolean rex) {
      this.target = target;
      this.source = source;
      this.rex = rex;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.write8(target, rex, cpu.read8(source, rex));
    }

    @Override
    public boolean emit(Emitter e) {
      e.byteRegister(source, rex);
      e.setByteRegister(target, rex);
      return true;
    }
  }

  private static final class Load64 extends Op {
    private final int target;
    private final MemoryOperand source;

    Load64(int target, MemoryOperand source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = cpu.memory.read64(source.forRead(cpu, 8));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(source, 8);
      e.setRegister(target);
      return true;
    }
  }

  private static final class Load32 extends Op {
    private final int target;
    private final MemoryOperand source;

    Load32(int target, MemoryOperand source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = cpu.memory.read32(source.forRead(cpu, 4)) & 0xffff_ffffL;
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(source, 4);
      e.setRegister(target);
      return true;
    }
  }

  private static final class Load16 extends Op {
    private final int target;
    private final MemoryOperand source;

    Load16(int target, MemoryOperand source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, 2, cpu.memory.read16(source.forRead(cpu, 2)));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(source, 2);
      e.setRegister(target, 2);
      return true;
    }
  }

  private static final class Load8 extends Op {
    private final int target;
    private final boolean rex;
    private final MemoryOperand source;

    Load8(int target, boolean rex, MemoryOperand source) {
      this.target = target;
      this.rex = rex;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.write8(target, rex, cpu.memory.read8(source.forRead(cpu, 1)));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(source, 1);
      e.setByteRegister(target, rex);
      return true;
    }
  }

  private static final class Store64 extends Op {
    private final MemoryOperand target;
    private final int source;

    Store64(MemoryOperand target, int source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.write64(target.forWrite(cpu, 8), cpu.gpr[source]);
    }

    @Override
    public boolean emit(Emitter e) {
      e.storeBegin(target, 8);
      e.register(source);
      e.storeEnd(8);
      return true;
    }
  }

  private static final class Store32 extends Op {
    private final MemoryOperand target;
    private final int source;

    Store32(MemoryOperand target, int source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.write32(target.forWrite(cpu, 4), (int) cpu.gpr[source]);
    }

    @Override
    public boolean emit(Emitter e) {
      e.storeBegin(target, 4);
      e.register(source);
      e.storeEnd(4);
      return true;
    }
  }

  private static final class Store16 extends Op {
    private final MemoryOperand target;
    private final int source;

    Store16(MemoryOperand target, int source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.write16(target.forWrite(cpu, 2), (int) cpu.gpr[source]);
    }

    @Override
    public boolean emit(Emitter e) {
      e.storeBegin(target, 2);
      e.register(source);
      e.storeEnd(2);
      return true;
    }
  }

  private static final class Store8 extends Op {
    private final MemoryOperand target;
    private final int source;
    private final boolean rex;

    Store8(MemoryOperand target, int source, boolean rex) {
      this.target = target;
      this.source = source;
      this.rex = rex;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.write8(target.forWrite(cpu, 1), cpu.read8(source, rex));
    }

    @Override
    public boolean emit(Emitter e) {
      e.storeBegin(target, 1);
      e.byteRegister(source, rex);
      e.storeEnd(1);
      return true;
    }
  }

  private static final class StoreImm extends Op {
    private final MemoryOperand target;
    private final int size;
    private final long value;

    StoreImm(MemoryOperand target, int size, long value) {
      this.target = target;
      this.size = size;
      this.value = value;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.write(target.forWrite(cpu, size), size, value);
    }

    @Override
    public boolean emit(Emitter e) {
      e.storeBegin(target, size);
      e.code().loadConstant(value);
      e.storeEnd(size);
      return true;
    }
  }

  private static final class Imm64 extends Op {
    private final int target;
    private final long value;

    Imm64(int target, long value) {
      this.target = target;
      this.value = value;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = value;
    }

    @Override
    public boolean emit(Emitter e) {
      e.code().loadConstant(value);
      e.setRegister(target);
      return true;
    }
  }

  private static final class Imm16 extends Op {
    private final int target;
    private final long value;

    Imm16(int target, long value) {
      this.target = target;
      this.value = value;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, 2, value);
    }

    @Override
    public boolean emit(Emitter e) {
      e.code().loadConstant(value);
      e.setRegister(target, 2);
      return true;
    }
  }

  private static final class Imm8 extends Op {
    private final int target;
    private final boolean rex;
    private final int value;

    Imm8(int target, boolean rex, int value) {
      this.target = target;
      this.rex = rex;
      this.value = value;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.write8(target, rex, value);
    }

    @Override
    public boolean emit(Emitter e) {
      e.code().loadConstant((long) value);
      e.setByteRegister(target, rex);
      return true;
    }
  }

  private static final class Lea64 extends Op {
    private final int target;
    private final MemoryOperand source;

    Lea64(int target, MemoryOperand source) {
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = source.offset(cpu);
    }

    @Override
    public boolean emit(Emitter e) {
      e.offset(source);
      e.setRegister(target);
      return true;
    }
  }

  private static final class Lea extends Op {
    private final int target;
    private final MemoryOperand source;
    private final int size;

    Lea(int target, MemoryOperand source, int size) {
      this.target = target;
      this.source = source;
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.writeRegister(target, size, source.offset(cpu));
    }

    @Override
    public boolean emit(Emitter e) {
      e.offset(source);
      e.setRegister(target, size);
      return true;
    }
  }

  private static final class ExtendReg extends Op {
    private final int from;
    private final boolean signed;
    private final int size;
    private final int target;
    private final int source;
    private final boolean rex;

    ExtendReg(int from, boolean signed, int size, int target, int source, boolean rex) {
      this.from = from;
      this.signed = signed;
      this.size = size;
      this.target = target;
      this.source = source;
      this.rex = rex;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = from == 1 ? cpu.read8(source, rex) : cpu.readRegister(source, from);
      cpu.writeRegister(target, size, widen(value, from, signed));
    }

    @Override
    public boolean emit(Emitter e) {
      if (from == 1) {
        e.byteRegister(source, rex);
      } else {
        e.register(source);
      }
      narrow(e, from, signed);
      e.setRegister(target, size);
      return true;
    }
  }

  private static long widen(long value, int from, boolean signed) {
    int shift = 64 - from * 8;
    return signed ? value << shift >> shift : value;
  }

  private static final class ExtendMem extends Op {
    private final int from;
    private final boolean signed;
    private final int size;
    private final int target;
    private final MemoryOperand source;

    ExtendMem(int from, boolean signed, int size, int target, MemoryOperand source) {
      this.from = from;
      this.signed = signed;
      this.size = size;
      this.target = target;
      this.source = source;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.memory.read(source.forRead(cpu, from), from);
      cpu.writeRegister(target, size, widen(value, from, signed));
    }

    @Override
    public boolean emit(Emitter e) {
      e.load(source, from);
      if (signed) {
        narrow(e, from, true);
      }
      e.setRegister(target, size);
      return true;
    }
  }

  private static final class ConditionalMove extends Op {
    private final int condition;
    private final int size;
    private final int target;
    private final int source;
    private final @Nullable MemoryOperand memory;

    ConditionalMove(Instruction i, int condition) {
      this.condition = condition;
      this.size = i.operandSize;
      this.target = i.reg;
      this.source = i.rm;
      this.memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      MemoryOperand operand = memory;
      long value = operand == null ? cpu.gpr[source] : cpu.memory.read(operand.forRead(cpu, size), size);
      boolean holds = Alu.condition(cpu, condition);
      if (holds || size == 4) {
        cpu.writeRegister(target, size, holds ? value : cpu.gpr[target]);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      MemoryOperand operand = memory;
      if (operand == null) {
        e.register(source);
      } else {
        e.load(operand, size);
      }
      Label holds = e.code().newLabel();
      e.branchIf(condition, holds);
      e.code().pop2();
      e.register(target);
      e.code().labelBinding(holds);
      e.setRegister(target, size);
      return true;
    }
  }

  private static final class SetCondition extends Op {
    private final int condition;
    private final int target;
    private final boolean rex;
    private final @Nullable MemoryOperand memory;

    SetCondition(Instruction i, int condition) {
      this.condition = condition;
      this.target = i.rm;
      this.rex = i.rex;
      this.memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      int value = Alu.condition(cpu, condition) ? 1 : 0;
      MemoryOperand operand = memory;
      if (operand == null) {
        cpu.write8(target, rex, value);
      } else {
        cpu.memory.write8(operand.forWrite(cpu, 1), value);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      MemoryOperand operand = memory;
      if (operand != null) {
        e.storeBegin(operand, 1);
      }
      Label holds = e.code().newLabel();
      Label done = e.code().newLabel();
      e.branchIf(condition, holds);
      e.code().lconst_0().goto_(done).labelBinding(holds).lconst_1().labelBinding(done);
      if (operand != null) {
        e.storeEnd(1);
      } else {
        e.setByteRegister(target, rex);
      }
      return true;
    }
  }
}
