package org.demitasse.cpu.system;

import static org.demitasse.cpu.core.Cpu.CS;
import static org.demitasse.cpu.core.Cpu.RCX;
import static org.demitasse.cpu.core.Cpu.RDX;
import static org.demitasse.cpu.core.Cpu.RSP;
import static org.demitasse.cpu.core.Cpu.SS;

import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT as Intel has them, and SWAPGS (Intel SDM vol. 2; vol. 3, 5.8.7-5.8.8). */
final class FastSystemCalls {
  private static final int R11 = 11;
  private static final int SYSRET_FLAGS = 0x3c_7fd7;

  private FastSystemCalls() {}

  private static void requireSyscall(Cpu cpu) {
    if (!Privilege.is64(cpu) || (cpu.sys.efer & SystemRegisters.EFER_SCE) == 0) {
      throw cpu.raise(GuestFault.UD, 0);
    }
  }

  static void syscall(Cpu cpu, SystemOp op) {
    requireSyscall(cpu);
    int flags = cpu.eflags();
    cpu.gpr[RCX] = op.nextRip(cpu);
    cpu.gpr[R11] = flags & ~Flags.RF & 0xffff_ffffL;
    cpu.setEflags(flags & ~(int) cpu.msr.sfmask & ~Flags.RF);
    int selector = (int) (cpu.msr.star >>> 32) & 0xfffc;
    enter(cpu, selector, true);
    cpu.trapHeldOff = (cpu.sys.eflags & Flags.TF) == 0;
    cpu.rip = cpu.msr.lstar;
    cpu.tellCrossing(FlowLog.SYSTEM_CALL, cpu.rip, cpu.gpr[RSP], 0);
  }

  private static void enter(Cpu cpu, int selector, boolean wide) {
    cpu.setSegment(CS, SegmentLoads.flatCode(selector, 0, wide));
    cpu.setSegment(SS, SegmentLoads.flatData(selector + 8 & 0xffff, 0));
    cpu.sys.cpl = 0;
    cpu.modeChanged();
  }

  private static void leave(Cpu cpu, int code, int stack, boolean wide) {
    cpu.setSegment(CS, SegmentLoads.flatCode(code & 0xffff | 3, 3, wide));
    cpu.setSegment(SS, SegmentLoads.flatData(stack & 0xffff | 3, 3));
    cpu.sys.cpl = 3;
    cpu.modeChanged();
  }

  static void sysret(Cpu cpu, SystemOp op) {
    requireSyscall(cpu);
    Privilege.requireZero(cpu);
    long target = op.rexW ? cpu.gpr[RCX] : cpu.gpr[RCX] & 0xffff_ffffL;
    if (!Privilege.isCanonical(target)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    boolean wasOff = (cpu.sys.eflags & Flags.IF) == 0;
    cpu.setEflags((int) cpu.gpr[R11] & SYSRET_FLAGS);
    int base = (int) (cpu.msr.star >>> 48);
    leave(cpu, op.rexW ? base + 16 : base, base + 8, op.rexW);
    if (wasOff && (cpu.sys.eflags & Flags.IF) != 0) {
      cpu.endSlice();
    }
    cpu.rip = target;
    cpu.tellCrossing(FlowLog.SYSTEM_RETURN, target, cpu.gpr[RSP], 0);
  }

  static void sysenter(Cpu cpu, SystemOp op) {
    int selector = sysenterSelector(cpu);
    boolean wide = Privilege.isLong(cpu);
    cpu.sys.eflags &= ~(Flags.VM | Flags.IF | Flags.RF);
    enter(cpu, selector, wide);
    cpu.gpr[RSP] = wide ? cpu.msr.sysenterEsp : cpu.msr.sysenterEsp & 0xffff_ffffL;
    cpu.rip = wide ? cpu.msr.sysenterEip : cpu.msr.sysenterEip & 0xffff_ffffL;
    cpu.tellCrossing(FlowLog.SYSTEM_CALL, cpu.rip, cpu.gpr[RSP], 0);
  }

  static void sysexit(Cpu cpu, SystemOp op) {
    int selector = sysenterSelector(cpu);
    Privilege.requireZero(cpu);
    boolean wide = op.rexW;
    long target = wide ? cpu.gpr[RDX] : cpu.gpr[RDX] & 0xffff_ffffL;
    long pointer = wide ? cpu.gpr[RCX] : cpu.gpr[RCX] & 0xffff_ffffL;
    if (wide && (!Privilege.isCanonical(target) || !Privilege.isCanonical(pointer))) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    int code = wide ? selector + 32 : selector + 16;
    leave(cpu, code, code + 8, wide);
    cpu.gpr[RSP] = pointer;
    cpu.rip = target;
    cpu.tellCrossing(FlowLog.SYSTEM_RETURN, target, pointer, 0);
  }

  private static int sysenterSelector(Cpu cpu) {
    int selector = (int) cpu.msr.sysenterCs & 0xfffc;
    if (Privilege.isReal(cpu) || selector == 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    return selector;
  }

  static void swapgs(Cpu cpu, SystemOp op) {
    if (!Privilege.is64(cpu)) {
      throw cpu.raise(GuestFault.UD, 0);
    }
    Privilege.requireZero(cpu);
    long base = cpu.segmentBase[Cpu.GS];
    cpu.segmentBase[Cpu.GS] = cpu.msr.kernelGsBase;
    cpu.msr.kernelGsBase = base;
  }

  // --- RDFSBASE and its like
  // --------------------------------------------------------------------------------------------------

  /** F3 0F AE /0-/3: RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE of a register. */
  static void segmentBase(Cpu cpu, SystemOp op) {
    if (!Privilege.is64(cpu) || (cpu.sys.cr4 & SystemRegisters.CR4_FSGSBASE) == 0) {
      throw cpu.raise(GuestFault.UD, 0);
    }
    int which = op.reg & 7;
    int segment = (which & 1) == 0 ? Cpu.FS : Cpu.GS;
    int size = op.rexW ? 8 : 4;
    if (which < 2) {
      cpu.writeRegister(op.rm, size, cpu.segmentBase[segment]);
      return;
    }
    long value = cpu.readRegister(op.rm, size);
    if (!Privilege.isCanonical(value)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    cpu.segmentBase[segment] = value;
  }
}
