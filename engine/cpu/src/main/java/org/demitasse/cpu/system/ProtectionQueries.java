package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.jspecify.annotations.Nullable;

/** LAR, LSL, VERR, VERW and ARPL: questions about selectors, answered in ZF (Intel SDM vol. 3, 5.10). */
final class ProtectionQueries {
  /** System types that LAR knows: 16-bit TSS, LDT, busy, gates; 32-bit the same. */
  private static final int LAR_TYPES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12;

  /** System types that LSL knows: those with a limit. */
  private static final int LSL_TYPES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11;

  /** In IA-32e mode: LDT, TSS, busy TSS, call gate. */
  private static final int LONG_TYPES = 1 << 2 | 1 << 9 | 1 << 11 | 1 << 12;

  private ProtectionQueries() {}

  private static void setZero(Cpu cpu, boolean zero) {
    int flags = cpu.eflags();
    cpu.setArithmeticFlags(zero ? flags | Flags.ZF : flags & ~Flags.ZF);
  }

  /** The descriptor if the current privilege level may see it and its type fits; null otherwise. */
  private static @Nullable Descriptor visible(Cpu cpu, int selector, int systemTypes) {
    Descriptor descriptor = DescriptorTables.find(cpu, selector);
    if (descriptor == null) {
      return null;
    }
    int types = Privilege.isLong(cpu) ? systemTypes & LONG_TYPES : systemTypes;
    if (descriptor.isSystem() && (types >> descriptor.type() & 1) == 0) {
      return null;
    }
    boolean privileged = descriptor.dpl() < cpu.sys.cpl || descriptor.dpl() < descriptor.rpl();
    return privileged && !descriptor.isConforming() ? null : descriptor;
  }

  static void lar(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    Descriptor descriptor = visible(cpu, op.readSelector(cpu), LAR_TYPES);
    setZero(cpu, descriptor != null);
    if (descriptor != null) {
      cpu.writeRegister(op.reg, op.operandSize, descriptor.low() >>> 32 & 0xff_ff00);
    }
  }

  static void lsl(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    Descriptor descriptor = visible(cpu, op.readSelector(cpu), LSL_TYPES);
    setZero(cpu, descriptor != null);
    if (descriptor != null) {
      cpu.writeRegister(op.reg, op.operandSize, descriptor.limit());
    }
  }

  static void verr(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    Descriptor descriptor = visible(cpu, op.readSelector(cpu), 0);
    setZero(cpu, descriptor != null && descriptor.isReadable());
  }

  static void verw(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    Descriptor descriptor = visible(cpu, op.readSelector(cpu), 0);
    setZero(cpu, descriptor != null && descriptor.isWritable());
  }

  /** Raises the RPL of a selector to that of another. */
  static void arpl(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    var operand = op.memory;
    int destination = (int) (operand == null ? cpu.gpr[op.rm] : cpu.memory.read16(operand.forRead(cpu, 2))) & 0xffff;
    int level = (int) cpu.gpr[op.reg] & 3;
    boolean lower = (destination & 3) < level;
    if (lower && operand == null) {
      cpu.writeRegister(op.rm, 2, destination & ~3 | level);
    } else if (lower && operand != null) {
      cpu.memory.write16(operand.forWrite(cpu, 2), destination & ~3 | level);
    }
    setZero(cpu, lower);
  }

  /** BOUND: raises #BR unless a signed index is between the two bounds in memory. */
  static void bound(Cpu cpu, SystemOp op) {
    int size = op.operandSize;
    int unused = 64 - size * 8;
    long index = cpu.readRegister(op.reg, size) << unused >> unused;
    long low = cpu.memory.read(op.mem().forRead(cpu, size), size) << unused >> unused;
    long high = cpu.memory.read(op.mem().forRead(cpu, size, size), size) << unused >> unused;
    if (index < low || index > high) {
      throw cpu.raise(GuestFault.BR, 0);
    }
  }
}
