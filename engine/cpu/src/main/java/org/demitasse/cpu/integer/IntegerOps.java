package org.demitasse.cpu.integer;

import java.util.function.Consumer;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Encoding;
import org.demitasse.cpu.decode.Encoding.Immediate;
import org.demitasse.cpu.decode.Encoding.Size;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.demitasse.cpu.state.Flags;
import org.jspecify.annotations.Nullable;

/** All rows of general-purpose instructions that need no privilege. */
public final class IntegerOps {
  private IntegerOps() {}

  /**
   * Adds the rows.
   *
   * @param farIndirect makes group 5's far CALL and JMP, which the system package owns
   * @param arpl makes ARPL, which shares opcode 63 with MOVSXD
   */
  public static void register(OpcodeTable table, OpFactory farIndirect, OpFactory arpl) {
    AluOps.register(table);
    MoveOps.register(table);
    StackOps.register(table);
    BranchOps.register(table);
    StringOps.register(table);
    BitOps.register(table);
    AtomicOps.register(table);
    table.modrm(Map.ONE_BYTE, 0x63, i -> i.codeSize == 8 ? MoveOps.movsxd(i) : arpl.create(i));
    table.any(Map.ONE_BYTE, 0xFF, new Encoding(true, Immediate.NONE, Size.NORMAL, true, i -> group5(i, farIndirect)));
    flagOps(table);
    hints(table);
  }

  private static @Nullable Op group5(Instruction i, OpFactory farIndirect) {
    int operation = i.extension();
    if (i.lock && operation > 1) {
      return null;
    }
    return switch (operation) {
      case 0, 1 -> AluOps.incDec(i, i.operandSize);
      case 2 -> BranchOps.indirect(i, true);
      case 4 -> BranchOps.indirect(i, false);
      case 6 -> StackOps.push(i);
      case 3, 5 -> i.isMemory() ? farIndirect.create(i) : null;
      default -> null;
    };
  }

  private static void flagOps(OpcodeTable table) {
    simple(table, 0xF5, cpu -> Alu.setCarry(cpu, !cpu.carryFlag()));
    simple(table, 0xF8, cpu -> Alu.setCarry(cpu, false));
    simple(table, 0xF9, cpu -> Alu.setCarry(cpu, true));
    simple(table, 0xFC, cpu -> cpu.sys.eflags &= ~Flags.DF);
    simple(table, 0xFD, cpu -> cpu.sys.eflags |= Flags.DF);
    simple(table, 0x9E, IntegerOps::sahf);
    simple(table, 0x9F, IntegerOps::lahf);
    AluOps.legacy(
        table,
        0xD6,
        Immediate.NONE,
        i -> new AluOps.Simple(cpu -> cpu.write8(Cpu.RAX, false, cpu.carryFlag() ? 0xff : 0)));
  }

  private static void simple(OpcodeTable table, int opcode, Consumer<Cpu> meaning) {
    table.plain(Map.ONE_BYTE, opcode, i -> new AluOps.Simple(meaning));
  }

  private static void sahf(Cpu cpu) {
    int low = Flags.CF | Flags.PF | Flags.AF | Flags.ZF | Flags.SF;
    int overflow = Flags.overflow(cpu.flagCarries) ? Flags.OF : 0;
    cpu.setArithmeticFlags(overflow | cpu.read8(Cpu.RAX + 4, false) & low);
  }

  private static void lahf(Cpu cpu) {
    cpu.write8(Cpu.RAX + 4, false, Flags.pack(cpu.flagResult, cpu.flagCarries) & 0xff | 2);
  }

  /** Prefetches, multi-byte NOPs (ENDBR among them): decoded, no effect. */
  private static void hints(OpcodeTable table) {
    table.modrm(Map.M0F, 0x0D, i -> i.isMemory() ? new MoveOps.Nop() : null);
    for (int opcode = 0x18; opcode <= 0x1F; opcode++) {
      table.modrm(Map.M0F, opcode, i -> new MoveOps.Nop());
    }
    table.add(Map.M0F, 0xAE, OpcodeTable.P_66, true, Immediate.NONE, IntegerOps::flushLine);
  }

  /** CLWB and CLFLUSHOPT: the host's caches are coherent, so they only check their operand. */
  private static @Nullable Op flushLine(Instruction i) {
    return i.isMemory() && i.extension() >= 6 ? new FlushLine(i) : null;
  }

  private static final class FlushLine extends Op {
    private final MemoryOperand memory;

    FlushLine(Instruction i) {
      memory = i.mem();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.probeRead(memory.forRead(cpu, 1), 1);
    }
  }
}
