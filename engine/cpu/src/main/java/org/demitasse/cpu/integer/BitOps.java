package org.demitasse.cpu.integer;

import java.lang.classfile.CodeBuilder;
import java.util.Set;
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

/** Rows of bit tests, scans, counts and BMI. */
final class BitOps {
  private static final int BT = 0;
  private static final int BTS = 1;
  private static final int BTR = 2;

  private static final Meaning.Binary PEXT = Bits::pext;
  private static final Meaning.Binary PDEP = Bits::pdep;
  private static final Meaning.Binary SHLX = Bits::shlx;
  private static final Meaning.Binary SARX = Bits::sarx;
  private static final Meaning.Binary SHRX = Bits::shrx;
  private static final Meaning.Binary RORX = Bits::rorx;
  private static final Set<Meaning.Binary> KEEP_FLAGS = Set.of(PEXT, PDEP, SHLX, SARX, SHRX, RORX);

  private BitOps() {}

  /** Says whether a meaning neither reads nor changes flags. */
  static boolean keepsFlags(Meaning.Binary meaning) {
    return KEEP_FLAGS.contains(meaning);
  }

  static void register(OpcodeTable table) {
    int[] opcodes = {0xA3, 0xAB, 0xB3, 0xBB};
    for (int n = 0; n < 4; n++) {
      int operation = n;
      table.any(
          Map.M0F,
          opcodes[n],
          new Encoding(true, Immediate.NONE, Size.NORMAL, n != BT, i -> new BitTest(i, operation, true)));
    }
    table.any(
        Map.M0F,
        0xBA,
        new Encoding(
            true,
            Immediate.IB,
            Size.NORMAL,
            true,
            i ->
                i.extension() < 4 || (i.lock && i.extension() == 4) ? null : new BitTest(i, i.extension() - 4, false)));
    table.modrm(Map.M0F, 0xBC, i -> scan(i, i.repPrefix == 0xF3 ? Bits::tzcnt : Bits::bsf, i.repPrefix == 0xF3));
    table.modrm(Map.M0F, 0xBD, i -> scan(i, i.repPrefix == 0xF3 ? Bits::lzcnt : Bits::bsr, i.repPrefix == 0xF3));
    table.add(
        Map.M0F, 0xB8, OpcodeTable.P_F3, true, Immediate.NONE, i -> AluOps.regRm(i, Bits::popcnt, true, i.operandSize));
    bmi(table);
  }

  private static Op scan(Instruction i, Meaning.Binary meaning, boolean writesAlways) {
    return writesAlways ? AluOps.regRm(i, meaning, true, i.operandSize) : new Scan(i, meaning);
  }

  private static void bmi(OpcodeTable table) {
    vex(table, Map.VEX_0F38, 0xF2, OpcodeTable.P_NONE, Immediate.NONE, i -> vvvvRm(i, Bits::andn));
    vex(table, Map.VEX_0F38, 0xF3, OpcodeTable.P_NONE, Immediate.NONE, BitOps::group17);
    vex(table, Map.VEX_0F38, 0xF5, OpcodeTable.P_NONE, Immediate.NONE, i -> rmVvvv(i, Bits::bzhi));
    vex(table, Map.VEX_0F38, 0xF5, OpcodeTable.P_F3, Immediate.NONE, i -> vvvvRm(i, PEXT));
    vex(table, Map.VEX_0F38, 0xF5, OpcodeTable.P_F2, Immediate.NONE, i -> vvvvRm(i, PDEP));
    vex(table, Map.VEX_0F38, 0xF6, OpcodeTable.P_F2, Immediate.NONE, Mulx::new);
    vex(table, Map.VEX_0F38, 0xF7, OpcodeTable.P_NONE, Immediate.NONE, i -> rmVvvv(i, Bits::bextr));
    vex(table, Map.VEX_0F38, 0xF7, OpcodeTable.P_66, Immediate.NONE, i -> rmVvvv(i, SHLX));
    vex(table, Map.VEX_0F38, 0xF7, OpcodeTable.P_F3, Immediate.NONE, i -> rmVvvv(i, SARX));
    vex(table, Map.VEX_0F38, 0xF7, OpcodeTable.P_F2, Immediate.NONE, i -> rmVvvv(i, SHRX));
    vex(table, Map.VEX_0F3A, 0xF0, OpcodeTable.P_F2, Immediate.IB, i -> i.vexRegisterUnused ? rorx(i) : null);
  }

  private static void vex(OpcodeTable table, Map map, int opcode, int prefix, Immediate immediate, OpFactory factory) {
    table.add(
        map,
        opcode,
        prefix,
        true,
        immediate,
        i -> {
          i.operandSize = i.rexW ? 8 : 4;
          return i.vexL ? null : factory.create(i);
        });
  }

  private static Op vvvvRm(Instruction i, Meaning.Binary meaning) {
    return i.isMemory()
        ? new WordForms.RegMemReg(
            (cpu, b, a, shift) -> meaning.apply(cpu, a, b, shift), i.operandSize, i.reg, i.mem(), i.vexRegister)
        : new WordForms.RegRegReg(meaning, i.operandSize, i.reg, i.vexRegister, i.rm);
  }

  private static Op rmVvvv(Instruction i, Meaning.Binary meaning) {
    return i.isMemory()
        ? new WordForms.RegMemReg(meaning, i.operandSize, i.reg, i.mem(), i.vexRegister)
        : new WordForms.RegRegReg(meaning, i.operandSize, i.reg, i.rm, i.vexRegister);
  }

  private static @Nullable Op group17(Instruction i) {
    Meaning.Unary meaning =
        switch (i.extension()) {
          case 1 -> Bits::blsr;
          case 2 -> Bits::blsmsk;
          case 3 -> Bits::blsi;
          default -> null;
        };
    if (meaning == null) {
      return null;
    }
    Meaning.Binary ofSecond = (cpu, a, b, shift) -> meaning.apply(cpu, b, shift);
    return i.isMemory()
        ? new WordForms.RegMem(ofSecond, i.operandSize, i.vexRegister, i.mem())
        : new WordForms.RegReg(ofSecond, i.operandSize, i.vexRegister, i.rm);
  }

  private static Op rorx(Instruction i) {
    return i.isMemory()
        ? new WordForms.RegMemImm(RORX, i.operandSize, i.reg, i.mem(), i.immediate)
        : new WordForms.RegRegImm(RORX, i.operandSize, i.reg, i.rm, i.immediate);
  }

  /** BSF and BSR: a zero source leaves all 64 bits of the destination. */
  private static final class Scan extends WordForms.Sized {
    private final Meaning.Binary meaning;
    private final int target;
    private final int source;
    private final @Nullable MemoryOperand memory;

    Scan(Instruction i, Meaning.Binary meaning) {
      super(i.operandSize);
      this.meaning = meaning;
      target = i.reg;
      source = i.rm;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      MemoryOperand operand = memory;
      long value = operand == null ? cpu.gpr[source] : cpu.memory.read(operand.forRead(cpu, size), size);
      long result = meaning.apply(cpu, cpu.gpr[target], value, shift);
      if (value << shift != 0) {
        cpu.writeRegister(target, size, result);
      }
    }

    @Override
    public boolean emit(Emitter e) {
      if (size == 2) {
        return false;
      }
      MemoryOperand operand = memory;
      if (operand == null) {
        e.register(source);
      } else {
        e.load(operand, size);
      }
      e.register(target);
      AluEmission.swap(e);
      AluEmission.apply(e, meaning, true, size);
      e.setRegister(target); // the whole of it: a zero source leaves it
      return true;
    }
  }

  /** BT, BTS, BTR, BTC. With a register for the bit number, memory is a bit string that reaches both ways. */
  private static final class BitTest extends WordForms.Sized {
    private final int operation;
    private final boolean byRegister;
    private final int number;
    private final int target;
    private final long immediate;
    private final @Nullable MemoryOperand memory;

    BitTest(Instruction i, int operation, boolean byRegister) {
      super(i.operandSize);
      this.operation = operation;
      this.byRegister = byRegister;
      number = i.reg;
      target = i.rm;
      immediate = i.immediate;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      long bit = byRegister ? cpu.gpr[number] << shift >> shift : immediate;
      int bits = size * 8;
      long mask = 1L << (bit & bits - 1);
      MemoryOperand operand = memory;
      if (operand == null) {
        long value = cpu.gpr[target];
        if (operation != BT) {
          cpu.writeRegister(target, size, changed(value, mask));
        }
        Alu.setCarry(cpu, (value & mask) != 0);
        return;
      }
      long distance = byRegister ? (bit >> Integer.numberOfTrailingZeros(bits)) * size : 0;
      if (operation == BT) {
        long value = cpu.memory.read(operand.forRead(cpu, distance, size), size);
        Alu.setCarry(cpu, (value & mask) != 0);
        return;
      }
      long linear = operand.forWrite(cpu, distance, size);
      long value = cpu.memory.readForWrite(linear, size);
      cpu.memory.write(linear, size, changed(value, mask));
      Alu.setCarry(cpu, (value & mask) != 0);
    }

    @Override
    public boolean emit(Emitter e) {
      MemoryOperand operand = memory;
      if (size == 2 || operand != null && byRegister) {
        return false;
      }
      if (operand == null) {
        e.register(target);
      } else if (operation == BT) {
        e.load(operand, size);
      } else {
        e.loadForWrite(operand, size);
      }
      CodeBuilder code = e.code();
      if (operation != BT) {
        code.dup2(); // the value, for what it is changed to
      }
      pushBit(e);
      code.lushr().loadConstant(63).lshl();
      e.overlay(Emitter.Overlay.CARRY);
      if (operation != BT) {
        change(e);
        if (operand == null) {
          e.setRegister(target, size);
        } else {
          e.storeBack(size);
        }
      }
      return true;
    }

    /** Pushes the bit's number in the operand, an int. */
    private void pushBit(Emitter e) {
      int last = size * 8 - 1;
      if (byRegister) {
        e.register(number);
        e.code().l2i().loadConstant(last).iand();
      } else {
        e.code().loadConstant((int) immediate & last);
      }
    }

    private void change(Emitter e) {
      CodeBuilder code = e.code().lconst_1();
      pushBit(e);
      code.lshl();
      switch (operation) {
        case BTS -> code.lor();
        case BTR -> code.loadConstant(-1L).lxor().land();
        default -> code.lxor();
      }
    }

    private long changed(long value, long mask) {
      return operation == BTS ? value | mask : operation == BTR ? value & ~mask : value ^ mask;
    }
  }

  /** MULX: RDX times the operand into two registers, no flags. */
  private static final class Mulx extends WordForms.Sized {
    private final int high;
    private final int low;
    private final int source;
    private final @Nullable MemoryOperand memory;

    Mulx(Instruction i) {
      super(i.operandSize);
      high = i.reg;
      low = i.vexRegister;
      source = i.rm;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      MemoryOperand operand = memory;
      long value = operand == null ? cpu.readRegister(source, size) : cpu.memory.read(operand.forRead(cpu, size), size);
      long other = cpu.readRegister(Cpu.RDX, size);
      long product = value * other;
      cpu.writeRegister(low, size, product);
      cpu.writeRegister(high, size, size == 8 ? Math.unsignedMultiplyHigh(value, other) : product >>> 32);
    }
  }
}
