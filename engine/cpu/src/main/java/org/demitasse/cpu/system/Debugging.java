package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

/** The debug registers: MOV, and what #DB leaves in them (Intel SDM vol. 3, 17.2-17.3). */
public final class Debugging {
  /** DR6.BS: single step. */
  public static final long DR6_BS = 1 << 14;

  /** DR6.BD: a debug register was touched while DR7.GD was set. */
  public static final long DR6_BD = 1 << 13;

  private static final long DR6_FIXED = 0xffff_0ff0L;
  private static final long DR6_WRITABLE = 0xe00f;
  private static final long DR7_FIXED = 0x400;
  private static final long DR7_WRITABLE = 0xffff_23ffL;
  private static final long DR7_GD = 1 << 13;

  /** L0-L3 and LE. */
  private static final long DR7_LOCAL = 0x155;

  private static final int KIND_EXECUTE = 0;
  private static final int KIND_WRITE = 1;
  private static final int KIND_PORT = 2;
  private static final int KIND_ACCESS = 3;

  private Debugging() {}

  /** Sets causes in DR6; B0-B3 of earlier exceptions go. */
  static void record(Cpu cpu, long causes) {
    cpu.dr[6] = cpu.dr[6] & ~15L | causes;
  }

  static void leaveGeneralDetect(Cpu cpu) {
    cpu.dr[7] &= ~DR7_GD;
  }

  /** A task switch clears the local enables of DR7 (Intel SDM vol. 3, 17.2.4). */
  static void leaveTask(Cpu cpu) {
    cpu.dr[7] &= ~DR7_LOCAL;
  }

  /** Says whether any of the four breakpoints is on. */
  public static boolean anyBreakpoint(Cpu cpu) {
    return (cpu.dr[7] & 0xff) != 0;
  }

  /**
   * Raises #DB if an instruction breakpoint is at a linear address. RF holds it off for this one instruction, and goes:
   * only the instruction itself, as IRET, or its fault may set it again.
   */
  public static void beforeInstruction(Cpu cpu, long linear) {
    boolean heldOff = cpu.breakpointHeldOff || (cpu.sys.eflags & Flags.RF) != 0;
    cpu.trapHeldOff = false;
    cpu.breakpointHeldOff = false;
    cpu.sys.eflags &= ~Flags.RF;
    if (heldOff) {
      return;
    }
    long hits = 0;
    for (int n = 0; n < 4; n++) {
      if (kind(cpu, n) == KIND_EXECUTE && isOn(cpu, n) && cpu.dr[n] == linear) {
        hits |= 1L << n;
      }
    }
    if (hits != 0) {
      record(cpu, hits);
      throw cpu.raise(GuestFault.DB, 0);
    }
  }

  /** Bits B0-B3 for the data breakpoints that an access touched; 0 for none. */
  public static long dataHits(Cpu cpu, long linear, int size, boolean write) {
    long hits = 0;
    for (int n = 0; n < 4; n++) {
      int kind = kind(cpu, n);
      boolean watches = kind == KIND_ACCESS || kind == KIND_WRITE && write;
      int length = length(cpu, n);
      long start = cpu.dr[n] & -(long) length;
      if (watches && isOn(cpu, n) && linear < start + length && start < linear + size) {
        hits |= 1L << n;
      }
    }
    return hits;
  }

  /** Notes the I/O breakpoints that an access to ports hits: with CR4.DE only (Intel SDM vol. 3, 17.2.4). */
  static void portAccess(Cpu cpu, int port, int size) {
    if (!anyBreakpoint(cpu) || (cpu.sys.cr4 & SystemRegisters.CR4_DE) == 0) {
      return;
    }
    for (int n = 0; n < 4; n++) {
      int length = length(cpu, n);
      long start = cpu.dr[n] & -(long) length;
      if (kind(cpu, n) == KIND_PORT && isOn(cpu, n) && port < start + length && start < port + size) {
        cpu.dataHits |= 1L << n;
      }
    }
  }

  private static boolean isOn(Cpu cpu, int n) {
    return (cpu.dr[7] >>> (n * 2) & 3) != 0;
  }

  private static int kind(Cpu cpu, int n) {
    return (int) (cpu.dr[7] >>> (16 + n * 4)) & 3;
  }

  private static int length(Cpu cpu, int n) {
    int code = (int) (cpu.dr[7] >>> (18 + n * 4)) & 3;
    return code == 2 ? 8 : code + 1;
  }

  // --- MOV
  // ------------------------------------------------------------------------------------------------------------------

  static void read(Cpu cpu, SystemOp op) {
    int number = number(cpu, op);
    cpu.writeRegister(op.rm, Privilege.is64(cpu) ? 8 : 4, cpu.dr[number]);
  }

  static void write(Cpu cpu, SystemOp op) {
    int number = number(cpu, op);
    long value = cpu.readRegister(op.rm, Privilege.is64(cpu) ? 8 : 4);
    if (number >= 6 && value >>> 32 != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    cpu.dr[number] =
        switch (number) {
          case 6 -> value & DR6_WRITABLE | DR6_FIXED;
          case 7 -> value & DR7_WRITABLE | DR7_FIXED;
          default -> value;
        };
    cpu.sys.eflags &= ~Flags.RF; // it holds for one instruction, which only the stepping loop counts
    cpu.endSlice(); // from the next instruction on, breakpoints must be watched or need not be
    if (number == 7) {
      cpu.memory.flush(); // the pages of data breakpoints must stay out of the TLB
      cpu.endSlice(); // breakpoints are looked for one instruction at a time, from the next one on
    }
  }

  private static int number(Cpu cpu, SystemOp op) {
    int number = op.reg;
    boolean extensions = (cpu.sys.cr4 & SystemRegisters.CR4_DE) != 0;
    if (number > 7 || (number == 4 || number == 5) && extensions) {
      throw cpu.raise(GuestFault.UD, 0);
    }
    Privilege.requireZero(cpu);
    if ((cpu.dr[7] & DR7_GD) != 0) {
      record(cpu, cpu.dr[6] & 15 | DR6_BD);
      throw cpu.raise(GuestFault.DB, 0);
    }
    return number == 4 || number == 5 ? number + 2 : number;
  }
}
