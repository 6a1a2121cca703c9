package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.jspecify.annotations.Nullable;

/** Moves of one lane between a register and a general register or memory, and masks of sign bits. */
final class LaneMoves {
  private static final long LOW_DWORD = 0xffff_ffffL;

  private LaneMoves() {}

  static void register(Rows rows) {
    rows.imm(Map.M0F, 0xC4, Rows.P_66, i -> new Insert(i, 2));
    rows.imm(Map.M0F, 0xC4, Rows.P_NONE, MmxInsert::new);
    rows.imm(Map.M0F, 0xC5, Rows.P_66, i -> i.isMemory() ? null : new Extract(i, 2, i.reg, i.rm));
    rows.imm(Map.M0F, 0xC5, Rows.P_NONE, i -> i.isMemory() ? null : new MmxExtract(i));
    rows.imm(Map.M0F3A, 0x20, Rows.P_66, i -> new Insert(i, 1));
    rows.imm(Map.M0F3A, 0x22, Rows.P_66, i -> new Insert(i, i.rexW ? 8 : 4));
    rows.imm(Map.M0F3A, 0x14, Rows.P_66, i -> new Extract(i, 1, i.rm, i.reg));
    rows.imm(Map.M0F3A, 0x15, Rows.P_66, i -> new Extract(i, 2, i.rm, i.reg));
    rows.imm(Map.M0F3A, 0x16, Rows.P_66, i -> new Extract(i, i.rexW ? 8 : 4, i.rm, i.reg));
    rows.imm(Map.M0F3A, 0x17, Rows.P_66, i -> new Extract(i, 4, i.rm, i.reg));
    rows.imm(Map.M0F3A, 0x21, Rows.P_66, InsertSingle::new);
    rows.row(Map.M0F, 0x50, Rows.P_NONE, i -> i.isMemory() ? null : new SignMask(i, false));
    rows.row(Map.M0F, 0x50, Rows.P_66, i -> i.isMemory() ? null : new SignMask(i, true));
    rows.row(Map.M0F, 0xD7, Rows.P_NONE, i -> i.isMemory() ? null : new MmxSignMask(i));
  }

  /** PINSRB, PINSRW, PINSRD, PINSRQ. */
  private static final class Insert extends Op {
    private final int to;
    private final int position;
    private final int bytes;
    private final int from;
    private final @Nullable MemoryOperand memory;

    Insert(Instruction i, int bytes) {
      to = 2 * i.reg;
      position = ((int) i.immediate & (16 / bytes - 1)) * bytes * 8;
      this.bytes = bytes;
      from = i.rm;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      MemoryOperand operand = memory;
      long value = operand == null ? cpu.gpr[from] : cpu.memory.read(operand.forRead(cpu, bytes), bytes);
      Shuffles.insert(cpu.xmm, to, position, bytes * 8, value);
    }
  }

  /** PEXTRB, PEXTRW, PEXTRD, PEXTRQ, EXTRACTPS: zero-extended in a register. */
  private static final class Extract extends Op {
    private final int from;
    private final int position;
    private final int bytes;
    private final int to;
    private final @Nullable MemoryOperand memory;

    Extract(Instruction i, int bytes, int to, int from) {
      this.from = 2 * from;
      position = ((int) i.immediate & (16 / bytes - 1)) * bytes * 8;
      this.bytes = bytes;
      this.to = to;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      MemoryOperand operand = memory;
      long value = Shuffles.extract(cpu.xmm, from, position, bytes * 8);
      if (operand == null) {
        cpu.gpr[to] = value;
      } else {
        cpu.memory.write(operand.forWrite(cpu, bytes), bytes, value);
      }
    }
  }

  /** PINSRW mm. */
  private static final class MmxInsert extends Op {
    private final int to;
    private final int shift;
    private final int from;
    private final @Nullable MemoryOperand memory;

    MmxInsert(Instruction i) {
      to = i.reg;
      shift = ((int) i.immediate & 3) * 16;
      from = i.rm;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      MemoryOperand operand = memory;
      long value = operand == null ? cpu.gpr[from] : cpu.memory.read16(operand.forRead(cpu, 2));
      Mmx.enter(cpu);
      long rest = Mmx.read(cpu, to) & ~(0xffffL << shift);
      Mmx.write(cpu, to, rest | (value & 0xffff) << shift);
    }
  }

  /** PEXTRW from mm. */
  private static final class MmxExtract extends Op {
    private final int to;
    private final int shift;
    private final int from;

    MmxExtract(Instruction i) {
      to = i.reg;
      shift = ((int) i.immediate & 3) * 16;
      from = i.rm;
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      Mmx.enter(cpu);
      cpu.gpr[to] = Mmx.read(cpu, from) >>> shift & 0xffff;
    }
  }

  /** INSERTPS: from memory a single, from a register one of its four. */
  private static final class InsertSingle extends Op {
    private final int to;
    private final int from;
    private final int control;
    private final @Nullable MemoryOperand memory;

    InsertSingle(Instruction i) {
      to = 2 * i.reg;
      from = 2 * i.rm;
      control = (int) i.immediate & 0xff;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      MemoryOperand operand = memory;
      long single =
          operand == null
              ? Shuffles.dword(cpu.xmm[from], cpu.xmm[from + 1], control >> 6) & LOW_DWORD
              : cpu.memory.read32(operand.forRead(cpu, 4)) & LOW_DWORD;
      Shuffles.insertSingle(cpu, to, single, control);
    }
  }

  /** MOVMSKPS and MOVMSKPD. */
  private static final class SignMask extends Op {
    private final int to;
    private final int from;
    private final boolean doubles;

    SignMask(Instruction i, boolean doubles) {
      to = i.reg;
      from = 2 * i.rm;
      this.doubles = doubles;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long low = cpu.xmm[from];
      long high = cpu.xmm[from + 1];
      cpu.gpr[to] =
          doubles
              ? low >>> 63 | high >>> 63 << 1
              : (low >>> 31 & 1) | low >>> 63 << 1 | (high >>> 31 & 1) << 2 | high >>> 63 << 3;
    }
  }

  /** PMOVMSKB from mm. */
  private static final class MmxSignMask extends Op {
    private final int to;
    private final int from;

    MmxSignMask(Instruction i) {
      to = i.reg;
      from = i.rm;
    }

    @Override
    public void execute(Cpu cpu) {
      Mmx.require(cpu);
      Mmx.enter(cpu);
      cpu.gpr[to] = Lanes.signsOfBytes(Mmx.read(cpu, from));
    }
  }
}
