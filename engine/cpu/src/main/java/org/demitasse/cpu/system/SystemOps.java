package org.demitasse.cpu.system;

import static org.demitasse.cpu.decode.OpcodeTable.Map.M0F;
import static org.demitasse.cpu.decode.OpcodeTable.Map.M0F38;
import static org.demitasse.cpu.decode.OpcodeTable.Map.ONE_BYTE;

import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Encoding;
import org.demitasse.cpu.decode.Encoding.Immediate;
import org.demitasse.cpu.decode.Encoding.Size;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.system.SystemOp.Flow;
import org.demitasse.cpu.system.SystemOp.Meaning;
import org.jspecify.annotations.Nullable;

/** The encodings of system instructions (Intel SDM vol. 2, appendix A). */
public final class SystemOps {
  private SystemOps() {}

  /** Adds all rows of this package to a table. */
  public static void register(OpcodeTable table) {
    interrupts(table);
    segments(table);
    farTransfers(table);
    flags(table);
    ports(table);
    processor(table);
    fastCalls(table);
    groups(table);
  }

  // --- rows of other packages that lead here
  // ------------------------------------------------------------------------------------

  /** FF /3 with a memory operand: far CALL. Null for a register (#UD). */
  public static @Nullable Op farCall(Instruction i) {
    return i.isMemory() ? new SystemOp(i, farSize(i), FarTransfers::callMemory, Flow.TRANSFERS) : null;
  }

  /** FF /5 with a memory operand: far JMP. Null for a register (#UD). */
  public static @Nullable Op farJump(Instruction i) {
    return i.isMemory() ? new SystemOp(i, farSize(i), FarTransfers::jumpMemory, Flow.TRANSFERS) : null;
  }

  /** 63 outside 64-bit mode: ARPL. */
  public static Op arpl(Instruction i) {
    return new SystemOp(i, ProtectionQueries::arpl, Flow.CONTINUES);
  }

  /** Group 5's operand size is that of near branches; far ones are 32 bits by default in 64-bit mode. */
  private static int farSize(Instruction i) {
    return i.codeSize != 8 ? i.operandSize : i.rexW ? 8 : i.operandPrefix ? 2 : 4;
  }

  // --- kinds of rows
  // --------------------------------------------------------------------------------------------------------------

  private static OpFactory next(Meaning meaning) {
    return i -> new SystemOp(i, meaning, Flow.CONTINUES);
  }

  private static OpFactory ends(Meaning meaning) {
    return i -> new SystemOp(i, meaning, Flow.ENDS_BLOCK);
  }

  private static OpFactory transfers(Meaning meaning) {
    return i -> new SystemOp(i, meaning, Flow.TRANSFERS);
  }

  /** Undefined in 64-bit mode. */
  private static OpFactory legacy(OpFactory factory) {
    return i -> i.codeSize == 8 ? null : factory.create(i);
  }

  /** Undefined with a register operand. */
  private static OpFactory memoryOnly(OpFactory factory) {
    return i -> i.isMemory() ? factory.create(i) : null;
  }

  private static OpFactory onStack(Meaning meaning, Flow flow) {
    return i -> new SystemOp(i, meaning, flow).onStack();
  }

  private static Encoding immediate(Immediate immediate, OpFactory factory) {
    return new Encoding(false, immediate, Size.NORMAL, false, factory);
  }

  private static Encoding stackSized(OpFactory factory) {
    return new Encoding(false, Immediate.NONE, Size.STACK, false, factory);
  }

  // --- rows
  // -----------------------------------------------------------------------------------------------------------------------

  private static void interrupts(OpcodeTable table) {
    table.plain(ONE_BYTE, 0xCC, transfers(ProcessorOps::breakpoint));
    table.any(ONE_BYTE, 0xCD, immediate(Immediate.IB, transfers(ProcessorOps::interrupt)));
    table.plain(ONE_BYTE, 0xCE, legacy(transfers(ProcessorOps::into)));
    table.plain(ONE_BYTE, 0xCF, onStack(Returns::interruptReturn, Flow.TRANSFERS));
    table.plain(ONE_BYTE, 0xF1, transfers(ProcessorOps::debugTrap));
    table.modrm(ONE_BYTE, 0x62, memoryOnly(legacy(next(ProtectionQueries::bound))));
  }

  private static void segments(OpcodeTable table) {
    table.modrm(ONE_BYTE, 0x8C, i -> i.extension() > 5 ? null : next(SegmentOps::store).create(i));
    table.modrm(ONE_BYTE, 0x8E, i -> i.extension() > 5 || i.extension() == 1 ? null : ends(SegmentOps::load).create(i));
    OpFactory push = onStack(SegmentOps::push, Flow.CONTINUES);
    OpFactory pop = onStack(SegmentOps::pop, Flow.ENDS_BLOCK);
    for (int opcode : new int[] {0x06, 0x0E, 0x16, 0x1E}) {
      table.any(ONE_BYTE, opcode, stackSized(legacy(push)));
    }
    for (int opcode : new int[] {0x07, 0x17, 0x1F}) {
      table.any(ONE_BYTE, opcode, stackSized(legacy(pop)));
    }
    for (int opcode : new int[] {0xA0, 0xA8}) {
      table.any(M0F, opcode, stackSized(push));
      table.any(M0F, opcode + 1, stackSized(pop));
    }
    OpFactory pointer = memoryOnly(ends(SegmentOps::loadPointer));
    table.modrm(ONE_BYTE, 0xC4, legacy(pointer));
    table.modrm(ONE_BYTE, 0xC5, legacy(pointer));
    for (int opcode : new int[] {0xB2, 0xB4, 0xB5}) {
      table.modrm(M0F, opcode, pointer);
    }
    table.modrm(M0F, 0x02, next(ProtectionQueries::lar));
    table.modrm(M0F, 0x03, next(ProtectionQueries::lsl));
  }

  private static void farTransfers(OpcodeTable table) {
    table.any(ONE_BYTE, 0x9A, immediate(Immediate.FAR, legacy(transfers(FarTransfers::callDirect))));
    table.any(ONE_BYTE, 0xEA, immediate(Immediate.FAR, legacy(transfers(FarTransfers::jumpDirect))));
    table.any(ONE_BYTE, 0xCA, immediate(Immediate.IW, onStack(Returns::farReturn, Flow.TRANSFERS)));
    table.plain(ONE_BYTE, 0xCB, onStack(Returns::farReturn, Flow.TRANSFERS));
  }

  private static void flags(OpcodeTable table) {
    table.any(ONE_BYTE, 0x9C, stackSized(onStack(FlagOps::pushf, Flow.CONTINUES)));
    table.any(ONE_BYTE, 0x9D, stackSized(onStack(FlagOps::popf, Flow.ENDS_BLOCK)));
    table.plain(ONE_BYTE, 0xFA, next(FlagOps::cli));
    table.plain(ONE_BYTE, 0xFB, ends(FlagOps::sti));
  }

  private static void ports(OpcodeTable table) {
    for (int opcode : new int[] {0xE4, 0xE5}) {
      table.any(ONE_BYTE, opcode, immediate(Immediate.IB, ends(PortIo::in)));
      table.any(ONE_BYTE, opcode + 2, immediate(Immediate.IB, ends(PortIo::out)));
      table.plain(ONE_BYTE, opcode + 8, ends(PortIo::in));
      table.plain(ONE_BYTE, opcode + 10, ends(PortIo::out));
    }
    for (int opcode : new int[] {0x6C, 0x6D}) {
      table.plain(ONE_BYTE, opcode, transfers(PortIo::ins));
      table.plain(ONE_BYTE, opcode + 2, transfers(PortIo::outs));
    }
  }

  private static void processor(OpcodeTable table) {
    table.plain(ONE_BYTE, 0xF4, ends(ProcessorOps::hlt));
    table.plain(M0F, 0x06, next(ControlRegisters::clts));
    table.plain(M0F, 0x08, next(ProcessorOps::nothingPrivileged));
    table.plain(M0F, 0x09, next(ProcessorOps::nothingPrivileged));
    table.modrm(M0F, 0x20, next(ControlRegisters::read));
    table.modrm(M0F, 0x21, next(Debugging::read));
    table.modrm(M0F, 0x22, ends(ControlRegisters::write));
    table.modrm(M0F, 0x23, ends(Debugging::write));
    table.plain(M0F, 0x30, ends(ModelSpecific::wrmsr));
    table.plain(M0F, 0x31, ends(TimeOps::rdtsc));
    table.plain(M0F, 0x32, ends(ModelSpecific::rdmsr));
    table.plain(M0F, 0x33, next(TimeOps::rdpmc));
    table.plain(M0F, 0xA2, next(Cpuid::execute));
    table.add(M0F38, 0x82, OpcodeTable.P_66, true, Immediate.NONE, memoryOnly(ends(ProcessorOps::invpcid)));
    OpFactory base = next(FastSystemCalls::segmentBase);
    table.add(
        M0F,
        0xAE,
        OpcodeTable.P_F3,
        true,
        Immediate.NONE,
        i -> i.isMemory() || i.extension() > 3 ? null : base.create(i));
  }

  private static void fastCalls(OpcodeTable table) {
    table.plain(M0F, 0x05, transfers(FastSystemCalls::syscall));
    table.plain(M0F, 0x07, transfers(FastSystemCalls::sysret));
    table.plain(M0F, 0x34, transfers(FastSystemCalls::sysenter));
    table.plain(M0F, 0x35, transfers(FastSystemCalls::sysexit));
  }

  // --- groups 6 and 7
  // -------------------------------------------------------------------------------------------------------------

  private static void groups(OpcodeTable table) {
    table.modrm(M0F, 0x00, SystemOps::group6);
    table.modrm(M0F, 0x01, SystemOps::group7);
  }

  private static @Nullable Op group6(Instruction i) {
    return switch (i.extension()) {
      case 0 -> next(TableRegisters::sldt).create(i);
      case 1 -> next(TableRegisters::str).create(i);
      case 2 -> next(TableRegisters::lldt).create(i);
      case 3 -> next(TableRegisters::ltr).create(i);
      case 4 -> next(ProtectionQueries::verr).create(i);
      case 5 -> next(ProtectionQueries::verw).create(i);
      default -> null;
    };
  }

  private static @Nullable Op group7(Instruction i) {
    if (!i.isMemory()) {
      return group7Register(i);
    }
    return switch (i.extension()) {
      case 0 -> next(TableRegisters::sgdt).create(i);
      case 1 -> next(TableRegisters::sidt).create(i);
      case 2 -> next(TableRegisters::lgdt).create(i);
      case 3 -> next(TableRegisters::lidt).create(i);
      case 4 -> next(ControlRegisters::smsw).create(i);
      case 6 -> ends(ControlRegisters::lmsw).create(i);
      case 7 -> ends(ProcessorOps::invlpg).create(i);
      default -> null;
    };
  }

  private static @Nullable Op group7Register(Instruction i) {
    boolean plain = i.prefix == 0;
    return switch (i.modrm) {
      case 0xC1 -> plain ? ends(ProcessorOps::vmcall).create(i) : null;
      case 0xCA -> plain ? ends(FlagOps::clac).create(i) : null;
      case 0xCB -> plain ? ends(FlagOps::stac).create(i) : null;
      case 0xD0 -> plain ? next(ControlRegisters::xgetbv).create(i) : null;
      case 0xD1 -> plain ? ends(ControlRegisters::xsetbv).create(i) : null;
      case 0xF8 -> next(FastSystemCalls::swapgs).create(i);
      case 0xF9 -> ends(TimeOps::rdtscp).create(i);
      default ->
          switch (i.extension()) {
            case 4 -> next(ControlRegisters::smsw).create(i);
            case 6 -> ends(ControlRegisters::lmsw).create(i);
            default -> null;
          };
    };
  }
}
