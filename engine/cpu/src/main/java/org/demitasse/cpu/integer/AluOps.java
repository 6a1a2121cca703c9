package org.demitasse.cpu.integer;

import java.util.function.Consumer;
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

/** Rows of arithmetic, logic, shifts, multiplication and division on general registers. */
final class AluOps {
  private static final Meaning.Binary[] GROUP1 = {
    Alu::add, Alu::or, Alu::adc, Alu::sbb, Alu::and, Alu::sub, Alu::xor, Alu::sub
  };
  private static final int CMP = 7;
  private static final Meaning.Binary TEST = Alu::and;
  private static final Meaning.Binary[] GROUP2 = {
    Shifts::rol, Shifts::ror, Shifts::rcl, Shifts::rcr, Shifts::shl, Shifts::shr, Shifts::shl, Shifts::sar
  };

  private static final Meaning.Binary IMUL = Multiply::imul;
  private static final Meaning.Unary INC = Alu::inc;
  private static final Meaning.Unary DEC = Alu::dec;
  private static final Meaning.Unary NOT = Alu::not;
  private static final Meaning.Unary NEG = Alu::neg;

  private AluOps() {}

  static void register(OpcodeTable table) {
    for (int operation = 0; operation < 8; operation++) {
      Meaning.Binary meaning = GROUP1[operation];
      boolean writes = operation != CMP;
      int base = operation * 8;
      row(table, base, true, Immediate.NONE, writes, i -> rmReg(i, meaning, writes, 1));
      row(table, base + 1, true, Immediate.NONE, writes, i -> rmReg(i, meaning, writes, i.operandSize));
      row(table, base + 2, true, Immediate.NONE, false, i -> regRm(i, meaning, writes, 1));
      row(table, base + 3, true, Immediate.NONE, false, i -> regRm(i, meaning, writes, i.operandSize));
      row(table, base + 4, false, Immediate.IB, false, i -> accumulator(i, meaning, writes, 1));
      row(table, base + 5, false, Immediate.IZ, false, i -> accumulator(i, meaning, writes, i.operandSize));
    }
    row(table, 0x80, true, Immediate.IB, true, i -> group1(i, 1));
    row(table, 0x81, true, Immediate.IZ, true, i -> group1(i, i.operandSize));
    row(table, 0x82, true, Immediate.IB, true, i -> i.codeSize == 8 ? null : group1(i, 1));
    row(table, 0x83, true, Immediate.IB, true, i -> group1(i, i.operandSize));
    row(table, 0x84, true, Immediate.NONE, false, i -> rmReg(i, TEST, false, 1));
    row(table, 0x85, true, Immediate.NONE, false, i -> rmReg(i, TEST, false, i.operandSize));
    row(table, 0xA8, false, Immediate.IB, false, i -> accumulator(i, TEST, false, 1));
    row(table, 0xA9, false, Immediate.IZ, false, i -> accumulator(i, TEST, false, i.operandSize));
    row(table, 0xC0, true, Immediate.IB, false, i -> rmImm(i, GROUP2[i.extension()], true, 1, i.immediate));
    row(table, 0xC1, true, Immediate.IB, false, i -> rmImm(i, GROUP2[i.extension()], true, i.operandSize, i.immediate));
    row(table, 0xD0, true, Immediate.NONE, false, i -> rmImm(i, GROUP2[i.extension()], true, 1, 1));
    row(table, 0xD1, true, Immediate.NONE, false, i -> rmImm(i, GROUP2[i.extension()], true, i.operandSize, 1));
    row(table, 0xD2, true, Immediate.NONE, false, i -> byCl(i, GROUP2[i.extension()], 1));
    row(table, 0xD3, true, Immediate.NONE, false, i -> byCl(i, GROUP2[i.extension()], i.operandSize));
    row(table, 0xF6, true, Immediate.IB_IF_TEST, true, i -> group3(i, 1));
    row(table, 0xF7, true, Immediate.IZ_IF_TEST, true, i -> group3(i, i.operandSize));
    row(table, 0xFE, true, Immediate.NONE, true, i -> i.extension() > 1 ? null : incDec(i, 1));
    for (int opcode = 0x40; opcode < 0x50; opcode++) {
      Meaning.Unary meaning = opcode < 0x48 ? INC : DEC;
      row(
          table,
          opcode,
          false,
          Immediate.NONE,
          false,
          i -> new WordForms.Reg(meaning, i.operandSize, i.opcodeRegister));
    }
    row(table, 0x69, true, Immediate.IZ, false, AluOps::imul3);
    row(table, 0x6B, true, Immediate.IB, false, AluOps::imul3);
    table.modrm(Map.M0F, 0xAF, i -> regRm(i, IMUL, true, i.operandSize));
    doubleShift(table, 0xA4, Shifts::shld);
    doubleShift(table, 0xAC, Shifts::shrd);
    decimal(table);
  }

  private static void row(
      OpcodeTable table, int opcode, boolean modrm, Immediate immediate, boolean lockable, OpFactory factory) {
    table.any(Map.ONE_BYTE, opcode, new Encoding(modrm, immediate, Size.NORMAL, lockable, factory));
  }

  /** The number by which {@link HotAluOps} and {@link AluEmission} know a meaning, or -1. */
  @SuppressWarnings("ReferenceEquality") // a meaning is known by its identity: lambdas have no other
  static int operation(Meaning.Binary meaning, boolean writes) {
    if (meaning == TEST) {
      return HotAluOps.TEST;
    }
    for (int n = 0; n < GROUP1.length; n++) {
      if (GROUP1[n] == meaning && writes == (n != CMP)) {
        return n;
      }
    }
    for (int n = 0; n < GROUP2.length; n++) {
      if (GROUP2[n] == meaning) {
        return AluEmission.ROL + n;
      }
    }
    return meaning == IMUL ? AluEmission.IMUL : -1;
  }

  /** What a meaning of one operand is. */
  @SuppressWarnings("ReferenceEquality") // as above
  static AluEmission.Unary unaryOperation(Meaning.Unary meaning) {
    if (meaning == NOT) {
      return AluEmission.Unary.NOT;
    }
    if (meaning == NEG) {
      return AluEmission.Unary.NEG;
    }
    return meaning == INC ? AluEmission.Unary.INC : AluEmission.Unary.DEC;
  }

  /** E, G: the destination is the r/m operand. */
  static Op rmReg(Instruction i, Meaning.Binary meaning, boolean writes, int size) {
    if (size == 1) {
      return i.isMemory()
          ? new ByteForms.MemReg(meaning, writes, i.rex, i.mem(), i.reg)
          : new ByteForms.RegReg(meaning, writes, i.rex, i.rm, i.reg);
    }
    Op hot = i.isMemory() ? null : HotAluOps.registers(operation(meaning, writes), size, i.rm, i.reg);
    if (hot != null) {
      return hot;
    }
    if (!writes) {
      return i.isMemory()
          ? new WordForms.TestMemReg(meaning, size, i.mem(), i.reg)
          : new WordForms.TestRegReg(meaning, size, i.rm, i.reg);
    }
    return i.isMemory()
        ? new WordForms.MemReg(meaning, size, i.mem(), i.reg)
        : new WordForms.RegReg(meaning, size, i.rm, i.reg);
  }

  /** G, E: the destination is the register operand. */
  static Op regRm(Instruction i, Meaning.Binary meaning, boolean writes, int size) {
    if (size == 1) {
      return i.isMemory()
          ? new ByteForms.RegMem(meaning, writes, i.rex, i.reg, i.mem())
          : new ByteForms.RegReg(meaning, writes, i.rex, i.reg, i.rm);
    }
    Op hot = i.isMemory() ? null : HotAluOps.registers(operation(meaning, writes), size, i.reg, i.rm);
    if (hot != null) {
      return hot;
    }
    if (!writes) {
      return i.isMemory()
          ? new WordForms.TestRegMem(meaning, size, i.reg, i.mem())
          : new WordForms.TestRegReg(meaning, size, i.reg, i.rm);
    }
    return i.isMemory()
        ? new WordForms.RegMem(meaning, size, i.reg, i.mem())
        : new WordForms.RegReg(meaning, size, i.reg, i.rm);
  }

  /** E, I. */
  static Op rmImm(Instruction i, Meaning.Binary meaning, boolean writes, int size, long immediate) {
    if (size == 1) {
      return i.isMemory()
          ? new ByteForms.MemImm(meaning, writes, i.mem(), immediate)
          : new ByteForms.RegImm(meaning, writes, i.rex, i.rm, immediate);
    }
    Op hot = i.isMemory() ? null : HotAluOps.immediate(operation(meaning, writes), size, i.rm, immediate);
    if (hot != null) {
      return hot;
    }
    if (!writes) {
      return i.isMemory()
          ? new WordForms.TestMemImm(meaning, size, i.mem(), immediate)
          : new WordForms.TestRegImm(meaning, size, i.rm, immediate);
    }
    return i.isMemory()
        ? new WordForms.MemImm(meaning, size, i.mem(), immediate)
        : new WordForms.RegImm(meaning, size, i.rm, immediate);
  }

  private static Op accumulator(Instruction i, Meaning.Binary meaning, boolean writes, int size) {
    if (size == 1) {
      return new ByteForms.RegImm(meaning, writes, false, Cpu.RAX, i.immediate);
    }
    Op hot = HotAluOps.immediate(operation(meaning, writes), size, Cpu.RAX, i.immediate);
    if (hot != null) {
      return hot;
    }
    return writes
        ? new WordForms.RegImm(meaning, size, Cpu.RAX, i.immediate)
        : new WordForms.TestRegImm(meaning, size, Cpu.RAX, i.immediate);
  }

  private static @Nullable Op group1(Instruction i, int size) {
    int operation = i.extension();
    if (operation == CMP && i.lock) {
      return null;
    }
    return rmImm(i, GROUP1[operation], operation != CMP, size, i.immediate);
  }

  private static Op byCl(Instruction i, Meaning.Binary meaning, int size) {
    if (size == 1) {
      return i.isMemory()
          ? new ByteForms.MemReg(meaning, true, true, i.mem(), Cpu.RCX)
          : new ClByte(meaning, i.rex, i.rm);
    }
    return i.isMemory()
        ? new WordForms.MemReg(meaning, size, i.mem(), Cpu.RCX)
        : new WordForms.RegReg(meaning, size, i.rm, Cpu.RCX);
  }

  private static @Nullable Op group3(Instruction i, int size) {
    int operation = i.extension();
    if (i.lock && operation != 2 && operation != 3) {
      return null;
    }
    return switch (operation) {
      case 0, 1 -> rmImm(i, TEST, false, size, i.immediate);
      case 2 -> unary(i, NOT, size);
      case 3 -> unary(i, NEG, size);
      default -> new WideOp(i, size, (operation & 1) != 0, operation >= 6);
    };
  }

  static Op unary(Instruction i, Meaning.Unary meaning, int size) {
    if (size == 1) {
      return i.isMemory() ? new ByteForms.Mem(meaning, i.mem()) : new ByteForms.Reg(meaning, i.rex, i.rm);
    }
    return i.isMemory() ? new WordForms.Mem(meaning, size, i.mem()) : new WordForms.Reg(meaning, size, i.rm);
  }

  /** INC and DEC of groups 4 and 5. */
  static Op incDec(Instruction i, int size) {
    return unary(i, i.extension() == 0 ? INC : DEC, size);
  }

  private static Op imul3(Instruction i) {
    return i.isMemory()
        ? new WordForms.RegMemImm(IMUL, i.operandSize, i.reg, i.mem(), i.immediate)
        : new WordForms.RegRegImm(IMUL, i.operandSize, i.reg, i.rm, i.immediate);
  }

  private static void doubleShift(OpcodeTable table, int opcode, Meaning.Ternary meaning) {
    table.any(
        Map.M0F,
        opcode,
        new Encoding(
            true,
            Immediate.IB,
            Size.NORMAL,
            false,
            i -> new WordForms.DoubleShift(meaning, i.operandSize, i.rm, i.memory, i.reg, false, i.immediate)));
    table.modrm(
        Map.M0F, opcode + 1, i -> new WordForms.DoubleShift(meaning, i.operandSize, i.rm, i.memory, i.reg, true, 0));
  }

  private static void decimal(OpcodeTable table) {
    legacy(table, 0x27, Immediate.NONE, i -> new Simple(Decimal::daa));
    legacy(table, 0x2F, Immediate.NONE, i -> new Simple(Decimal::das));
    legacy(table, 0x37, Immediate.NONE, i -> new Simple(Decimal::aaa));
    legacy(table, 0x3F, Immediate.NONE, i -> new Simple(Decimal::aas));
    legacy(
        table,
        0xD4,
        Immediate.IB,
        i -> {
          int base = (int) i.immediate & 0xff;
          return new Simple(cpu -> Decimal.aam(cpu, base));
        });
    legacy(
        table,
        0xD5,
        Immediate.IB,
        i -> {
          int base = (int) i.immediate & 0xff;
          return new Simple(cpu -> Decimal.aad(cpu, base));
        });
  }

  /** A row that 64-bit mode does not have. */
  static void legacy(OpcodeTable table, int opcode, Immediate immediate, OpFactory factory) {
    row(table, opcode, false, immediate, false, i -> i.codeSize == 8 ? null : factory.create(i));
  }

  /** A byte register shifted by CL: CL is read as such even where the target's numbers mean AH-BH. */
  private static final class ClByte extends Op {
    private final Meaning.Binary meaning;
    private final boolean rex;
    private final int target;

    ClByte(Meaning.Binary meaning, boolean rex, int target) {
      this.meaning = meaning;
      this.rex = rex;
      this.target = target;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.write8(target, rex, (int) meaning.apply(cpu, cpu.read8(target, rex), cpu.gpr[Cpu.RCX], 56));
    }

    @Override
    public boolean emit(Emitter e) {
      e.byteRegister(target, rex);
      AluEmission.applyRegister(e, meaning, true, 1, Cpu.RCX, true);
      e.setByteRegister(target, rex);
      return true;
    }
  }

  /** MUL, IMUL, DIV and IDIV of the accumulator. */
  private static final class WideOp extends WordForms.Sized {
    private final @Nullable MemoryOperand memory;
    private final int register;
    private final boolean rex;
    private final boolean signed;
    private final boolean division;

    WideOp(Instruction i, int size, boolean signed, boolean division) {
      super(size);
      this.memory = i.memory;
      this.register = i.rm;
      this.rex = i.rex;
      this.signed = signed;
      this.division = division;
    }

    @Override
    public void execute(Cpu cpu) {
      var operand = memory;
      long value;
      if (operand != null) {
        value = cpu.memory.read(operand.forRead(cpu, size), size);
      } else {
        value = size == 1 ? cpu.read8(register, rex) : cpu.gpr[register];
      }
      if (division) {
        Multiply.divide(cpu, value, size, signed);
      } else {
        Multiply.wide(cpu, value, size, signed);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      MemoryOperand operand = memory;
      if (size < 4) {
        return false;
      }
      if (operand == null) {
        e.register(register);
        if (size == 4) {
          MoveOps.narrow(e, 4, false);
        }
      } else {
        e.load(operand, size);
      }
      if (division) {
        AluEmission.divide(e, signed, size);
      } else {
        AluEmission.wide(e, signed, size);
      }
      return true;
    }
  }

  /** An instruction without operands, or whose meaning holds them. */
  static final class Simple extends Op {
    private final Consumer<Cpu> meaning;

    Simple(Consumer<Cpu> meaning) {
      this.meaning = meaning;
    }

    @Override
    public void execute(Cpu cpu) {
      meaning.accept(cpu);
    }
  }
}
