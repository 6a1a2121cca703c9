package org.demitasse.cpu.decode;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.jspecify.annotations.Nullable;

/** One decoded instruction before it becomes an op: prefixes, opcode, ModRM, operands. Reused by the decoder. */
public final class Instruction {
  /** Code size in bytes: 2, 4 or 8. */
  public int codeSize;

  /** Stack address size in bytes: 2, 4 or 8. */
  public int stackSize;

  /** True when all of CS, DS, ES, SS have base 0 and limit 4 GiB, or in 64-bit mode: no segment checks. */
  public boolean flat;

  /** Opcode byte within its map. */
  public int opcode;

  /** 0x66, 0xF2 or 0xF3: the mandatory or repeat prefix in force (F2/F3 win over 66); 0 for none. */
  public int prefix;

  /** True if 0x66 was there, whatever else was. */
  public boolean operandPrefix;

  /** True if 0xF2 or 0xF3 was there; {@link #repPrefix} says which (the last one). */
  public int repPrefix;

  /** True if LOCK was there. */
  public boolean lock;

  /** True if there was a REX prefix: byte registers 4-7 are SPL, BPL, SIL, DIL. */
  public boolean rex;

  /** REX.W or VEX.W. */
  public boolean rexW;

  /** VEX.vvvv, already inverted, 0-15; and VEX.L. Only for VEX maps. */
  public int vexRegister;

  /** True if VEX.vvvv is 1111, as it must be where no register is meant. */
  public boolean vexRegisterUnused;

  /** VEX.L. */
  public boolean vexL;

  /** Operand size in bytes: 2, 4 or 8, by code size, prefixes and the table's default. */
  public int operandSize;

  /** Address size in bytes: 2, 4 or 8. */
  public int addressSize;

  /** Effective segment 0-5 of the memory operand; {@link Cpu#NO_SEGMENT} in 64-bit mode without FS/GS. */
  public int segment;

  /** Segment override prefix 0-5, or -1. */
  public int segmentOverride;

  /** ModRM byte, when the encoding has one. */
  public int modrm;

  /** ModRM.reg with REX.R, 0-15. */
  public int reg;

  /** ModRM.rm with REX.B when mod is 3, 0-15. */
  public int rm;

  /** The low three bits of the opcode with REX.B: register of PUSH r, MOV r,imm, XCHG, BSWAP. */
  public int opcodeRegister;

  /** The memory operand, or null when ModRM.mod is 3 or there is none. */
  public @Nullable MemoryOperand memory;

  /** First immediate, sign-extended from its size. */
  public long immediate;

  /** Second immediate (ENTER's level, far pointers' selector), zero-extended. */
  public int immediate2;

  /** Bytes from the start of the block to this instruction. */
  public int offset;

  /** Length in bytes. */
  public int length;

  /** True when the memory operand is in the stack segment. */
  public boolean stackSegment;

  /** ModRM.reg without REX.R: the group's opcode extension 0-7. */
  public int extension() {
    return modrm >> 3 & 7;
  }

  /** Says whether ModRM names memory. */
  public boolean isMemory() {
    return memory != null;
  }

  /** The memory operand of an instruction that is known to have one. */
  public MemoryOperand mem() {
    MemoryOperand operand = memory;
    if (operand == null) {
      throw new IllegalStateException("opcode 0x%x has no memory operand".formatted(opcode));
    }
    return operand;
  }

  /**
   * Says whether accesses to a segment need checks of type and limit: not in 64-bit mode nor with flat data segments.
   */
  public boolean mustCheck(int number) {
    return codeSize != 8 && (!flat || number >= Cpu.FS || number == Cpu.CS);
  }

  /** The implicit DS-based segment of string instructions' source, honouring an override. */
  public int dataSegment() {
    if (segmentOverride >= 0 && (codeSize != 8 || segmentOverride >= 4)) {
      return segmentOverride;
    }
    return codeSize == 8 ? Cpu.NO_SEGMENT : 3;
  }
}
