package org.demitasse.cpu.system;

import static org.demitasse.cpu.core.Cpu.CS;
import static org.demitasse.cpu.core.Cpu.RSP;
import static org.demitasse.cpu.core.Cpu.SS;

import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;

/** Far RET and IRET, within a level, to an outer one, and to virtual-8086 mode (Intel SDM vol. 2, RET, IRET). */
final class Returns {
  private Returns() {}

  // --- RET
  // ------------------------------------------------------------------------------------------------------------------

  static void farReturn(Cpu cpu, SystemOp op) {
    int size = op.operandSize;
    long release = op.immediate & 0xffff;
    long rip = cpu.peekStack(0, size);
    int selector = (int) cpu.peekStack(size, size) & 0xffff;
    if (!Privilege.isProtected(cpu)) {
      FarTransfers.checkReal(cpu, rip);
      cpu.moveStack(2L * size + release);
      FarTransfers.goReal(cpu, selector, rip);
      return;
    }
    Descriptor code = returnSegment(cpu, selector);
    FarTransfers.checkTarget(cpu, code, rip);
    if (code.rpl() == cpu.sys.cpl) {
      cpu.moveStack(2L * size + release);
      SegmentLoads.setCode(cpu, code, cpu.sys.cpl);
      cpu.modeChanged();
    } else {
      int distance = 2 * size + (int) release;
      toOuterLevel(cpu, code, cpu.peekStack(distance, size), (int) cpu.peekStack(distance + size, size) & 0xffff, size);
      cpu.moveStack(release);
    }
    cpu.rip = rip;
  }

  private static Descriptor returnSegment(Cpu cpu, int selector) {
    if (DescriptorTables.isNull(selector)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    Descriptor code = DescriptorTables.require(cpu, selector, GuestFault.GP);
    boolean level = code.isConforming() ? code.dpl() <= code.rpl() : code.dpl() == code.rpl();
    if (!code.isCode() || code.rpl() < cpu.sys.cpl || !level) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    FarTransfers.checkSize(cpu, code);
    if (!code.isPresent()) {
      throw cpu.raise(GuestFault.NP, code.error());
    }
    return code;
  }

  /** Sets CS, SS, RSP and CPL of an outer level, and drops what that level may not use. */
  private static void toOuterLevel(Cpu cpu, Descriptor code, long pointer, int stackSelector, int size) {
    int cpl = code.rpl();
    Segment stack = returnStack(cpu, code, stackSelector, cpl);
    int levelBefore = cpu.sys.cpl;
    install(cpu, code, stack, pointer, size, cpl);
    if (cpl > levelBefore) {
      SegmentLoads.dropPrivileged(cpu, cpl);
    }
    cpu.modeChanged();
  }

  private static Segment returnStack(Cpu cpu, Descriptor code, int selector, int cpl) {
    if (!DescriptorTables.isNull(selector)) {
      return SegmentLoads.stackFor(cpu, selector, cpl, GuestFault.GP);
    }
    boolean to64 = Privilege.isLong(cpu) && code.isLong();
    if (!to64 || cpl == 3 || (selector & 3) != cpl) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    return SegmentLoads.nullStack(selector, cpl);
  }

  private static void install(Cpu cpu, Descriptor code, Segment stack, long pointer, int size, int cpl) {
    SegmentLoads.setCode(cpu, code, cpl);
    cpu.setSegment(SS, stack);
    cpu.modeChanged();
    if (cpu.stackSize == 8 || cpu.stackSize == 4 && size != 2) {
      cpu.setStackPointer(pointer);
    } else {
      cpu.gpr[RSP] = cpu.stackSize == 4 ? pointer & 0xffff : cpu.gpr[RSP] & ~0xffffL | pointer & 0xffff;
    }
  }

  // --- IRET
  // -----------------------------------------------------------------------------------------------------------------

  static void interruptReturn(Cpu cpu, SystemOp op) {
    int size = op.operandSize;
    long slot = cpu.gpr[RSP];
    int levelBefore = cpu.sys.cpl;
    if (!Privilege.isProtected(cpu)) {
      returnReal(cpu, size);
    } else if ((cpu.sys.eflags & Flags.NT) != 0) {
      if (Privilege.isLong(cpu)) {
        throw cpu.raise(GuestFault.GP, 0);
      }
      TaskSwitch.byReturn(cpu, op.nextRip(cpu));
    } else {
      returnProtected(cpu, size);
    }
    if (!Debugging.anyBreakpoint(cpu)) {
      cpu.sys.eflags &= ~Flags.RF; // would end with the next instruction, and only the stepping loop counts those
    }
    if (cpu.nmiMasked) {
      cpu.nmiMasked = false;
      cpu.endSlice(); // an NMI that waits comes before the next instruction
    }
    cpu.tellCrossing(FlowLog.INTERRUPT_RETURN, cpu.rip, slot, cpu.sys.cpl > levelBefore ? 1 : 0);
  }

  private static void returnReal(Cpu cpu, int size) {
    boolean virtual8086 = Privilege.isVirtual8086(cpu);
    if (virtual8086 && Privilege.iopl(cpu) < 3) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    long rip = cpu.peekStack(0, size);
    int selector = (int) cpu.peekStack(size, size) & 0xffff;
    int flags = (int) cpu.peekStack(2 * size, size);
    FarTransfers.checkReal(cpu, rip);
    cpu.moveStack(3L * size);
    int mask = size == 2 ? FlagOps.LOW : FlagOps.LOW | FlagOps.HIGH | Flags.RF;
    FlagOps.replace(cpu, flags, mask | Flags.IF | (virtual8086 ? 0 : Flags.IOPL));
    FarTransfers.goReal(cpu, selector, rip);
  }

  private static void returnProtected(Cpu cpu, int size) {
    long rip = cpu.peekStack(0, size);
    int selector = (int) cpu.peekStack(size, size) & 0xffff;
    int flags = (int) cpu.peekStack(2 * size, size);
    if (size == 4 && !Privilege.isLong(cpu) && (flags & Flags.VM) != 0 && cpu.sys.cpl == 0) {
      to8086(cpu, rip, selector, flags);
      return;
    }
    Descriptor code = returnSegment(cpu, selector);
    FarTransfers.checkTarget(cpu, code, rip);
    int mask = FlagOps.permitted(cpu, size == 2 ? FlagOps.LOW : FlagOps.LOW | FlagOps.HIGH | Flags.RF);
    boolean wide = Privilege.is64(cpu);
    if (wide || code.rpl() > cpu.sys.cpl) {
      long pointer = cpu.peekStack(3 * size, size);
      int stackSelector = (int) cpu.peekStack(4 * size, size) & 0xffff;
      toOuterLevel(cpu, code, pointer, stackSelector, size);
    } else {
      cpu.moveStack(3L * size);
      SegmentLoads.setCode(cpu, code, cpu.sys.cpl);
      cpu.modeChanged();
    }
    FlagOps.replace(cpu, flags, mask);
    cpu.rip = rip;
  }

  private static void to8086(Cpu cpu, long rip, int codeSelector, int flags) {
    if (rip > 0xffff) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    long pointer = cpu.peekStack(12, 4);
    int[] order = {SS, Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS};
    int[] selectors = new int[6];
    for (int i = 0; i < order.length; i++) {
      selectors[order[i]] = (int) cpu.peekStack(16 + 4 * i, 4) & 0xffff;
    }
    selectors[CS] = codeSelector;
    int mask = FlagOps.LOW | FlagOps.HIGH | Flags.RF | Flags.IF | Flags.IOPL;
    FlagOps.replace(cpu, flags, mask);
    SegmentLoads.enterVirtual8086(cpu, selectors);
    cpu.gpr[RSP] = pointer;
    cpu.rip = rip;
  }
}
