package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

/** Instructions on the system flags: PUSHF, POPF, CLI, STI, CLAC, STAC (Intel SDM vol. 2). */
final class FlagOps {
  /** What POPF and IRET may change in 16 bits, before privilege is looked at. */
  static final int LOW = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT;

  /** What 32-bit forms may change beyond that. */
  static final int HIGH = Flags.AC | Flags.ID;

  private FlagOps() {}

  /** Sets those flags of an image that the current CPL and IOPL allow besides {@code mask}: IF and IOPL. */
  static int permitted(Cpu cpu, int mask) {
    int permitted = mask;
    if (cpu.sys.cpl <= Privilege.iopl(cpu)) {
      permitted |= Flags.IF;
    }
    if (cpu.sys.cpl == 0) {
      permitted |= Flags.IOPL;
    }
    return permitted;
  }

  /** Replaces the flags of a mask; the loop looks at interrupts again when IF comes on. */
  static void replace(Cpu cpu, int image, int mask) {
    int before = cpu.eflags();
    int after = before & ~mask | image & mask;
    cpu.setEflags(after);
    if (((before ^ after) & Flags.AC) != 0) {
      cpu.memory.select();
    }
    if ((after & ~before & Flags.IF) != 0) {
      cpu.endSlice();
    }
  }

  private static void requireIoplIn8086(Cpu cpu) {
    if (Privilege.isVirtual8086(cpu) && Privilege.iopl(cpu) < 3) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  static void pushf(Cpu cpu, SystemOp op) {
    requireIoplIn8086(cpu);
    cpu.push(cpu.eflags() & ~(Flags.VM | Flags.RF), op.operandSize);
  }

  static void popf(Cpu cpu, SystemOp op) {
    requireIoplIn8086(cpu);
    int image = (int) cpu.peekStack(0, op.operandSize);
    int mask = op.operandSize == 2 ? LOW : LOW | HIGH;
    cpu.moveStack(op.operandSize);
    replace(cpu, image & ~Flags.RF, permitted(cpu, mask) | Flags.RF);
  }

  private static void requireIopl(Cpu cpu) {
    if (!Privilege.isReal(cpu) && cpu.sys.cpl > Privilege.iopl(cpu)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  static void cli(Cpu cpu, SystemOp op) {
    requireIopl(cpu);
    cpu.sys.eflags &= ~Flags.IF;
  }

  /** Holds interrupts off for one more instruction if they were off. */
  static void sti(Cpu cpu, SystemOp op) {
    requireIopl(cpu);
    if ((cpu.sys.eflags & Flags.IF) == 0) {
      cpu.sys.eflags |= Flags.IF;
      cpu.interruptShadow = true;
      cpu.endSlice();
    }
  }

  static void clac(Cpu cpu, SystemOp op) {
    requireSmapInstructions(cpu);
    cpu.sys.eflags &= ~Flags.AC;
    cpu.memory.select();
  }

  static void stac(Cpu cpu, SystemOp op) {
    requireSmapInstructions(cpu);
    cpu.sys.eflags |= Flags.AC;
    cpu.memory.select();
  }

  /** #UD outside CPL 0. The manual asks for nothing of CR4.SMAP. */
  private static void requireSmapInstructions(Cpu cpu) {
    boolean protectedMode = (cpu.sys.cr0 & SystemRegisters.CR0_PE) != 0;
    if (cpu.sys.cpl != 0 || protectedMode && Privilege.isVirtual8086(cpu)) {
      throw cpu.raise(GuestFault.UD, 0);
    }
  }
}
