package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

/** Questions of mode and privilege that many instructions ask (Intel SDM vol. 3, 5.9). */
final class Privilege {
  private Privilege() {}

  /** CR0.PE is set and EFLAGS.VM clear. */
  static boolean isProtected(Cpu cpu) {
    return (cpu.sys.cr0 & SystemRegisters.CR0_PE) != 0 && (cpu.sys.eflags & Flags.VM) == 0;
  }

  /** Virtual-8086 mode. */
  static boolean isVirtual8086(Cpu cpu) {
    return (cpu.sys.eflags & Flags.VM) != 0;
  }

  /** Real-address mode. */
  static boolean isReal(Cpu cpu) {
    return (cpu.sys.cr0 & SystemRegisters.CR0_PE) == 0;
  }

  /** IA-32e mode: 64-bit or compatibility. */
  static boolean isLong(Cpu cpu) {
    return (cpu.sys.efer & SystemRegisters.EFER_LMA) != 0;
  }

  /** 64-bit mode. */
  static boolean is64(Cpu cpu) {
    return cpu.codeSize == 8;
  }

  /** Raises #GP(0) unless CPL is 0. */
  static void requireZero(Cpu cpu) {
    if (cpu.sys.cpl != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  /** EFLAGS.IOPL. */
  static int iopl(Cpu cpu) {
    return cpu.sys.eflags >> 12 & 3;
  }

  /** A 48-bit canonical address. */
  static boolean isCanonical(long address) {
    return address << 16 >> 16 == address;
  }
}
