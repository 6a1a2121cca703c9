package org.demitasse.cpu.system;

import static org.demitasse.cpu.state.SystemRegisters.CR0_AM;
import static org.demitasse.cpu.state.SystemRegisters.CR0_CD;
import static org.demitasse.cpu.state.SystemRegisters.CR0_EM;
import static org.demitasse.cpu.state.SystemRegisters.CR0_ET;
import static org.demitasse.cpu.state.SystemRegisters.CR0_MP;
import static org.demitasse.cpu.state.SystemRegisters.CR0_NE;
import static org.demitasse.cpu.state.SystemRegisters.CR0_NW;
import static org.demitasse.cpu.state.SystemRegisters.CR0_PE;
import static org.demitasse.cpu.state.SystemRegisters.CR0_PG;
import static org.demitasse.cpu.state.SystemRegisters.CR0_TS;
import static org.demitasse.cpu.state.SystemRegisters.CR0_WP;
import static org.demitasse.cpu.state.SystemRegisters.CR4_DE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_FSGSBASE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_MCE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_OSFXSR;
import static org.demitasse.cpu.state.SystemRegisters.CR4_OSXMMEXCPT;
import static org.demitasse.cpu.state.SystemRegisters.CR4_OSXSAVE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_PAE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_PCE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_PCIDE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_PGE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_PSE;
import static org.demitasse.cpu.state.SystemRegisters.CR4_SMAP;
import static org.demitasse.cpu.state.SystemRegisters.CR4_SMEP;
import static org.demitasse.cpu.state.SystemRegisters.CR4_TSD;
import static org.demitasse.cpu.state.SystemRegisters.CR4_UMIP;
import static org.demitasse.cpu.state.SystemRegisters.EFER_LMA;
import static org.demitasse.cpu.state.SystemRegisters.EFER_LME;
import static org.demitasse.cpu.state.SystemRegisters.EFER_NXE;
import static org.demitasse.cpu.state.SystemRegisters.EFER_SCE;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;

/**
 * CR0, CR3, CR4, CR8, EFER and XCR0: what may be written when, and what follows (Intel SDM vol. 3, 2.5, 4.1, 10.8.5).
 */
final class ControlRegisters {
  private static final long CR0_ALL =
      CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
  private static final long CR0_TRANSLATION = CR0_PG | CR0_WP | CR0_PE;
  private static final long CR0_PDPTE = CR0_PG | CR0_CD | CR0_NW;

  /** CR4 bits of features that CPUID offers; all others are reserved. */
  static final long CR4_ALL =
      CR4_TSD
          | CR4_DE
          | CR4_PSE
          | CR4_PAE
          | CR4_MCE
          | CR4_PGE
          | CR4_PCE
          | CR4_OSFXSR
          | CR4_OSXMMEXCPT
          | CR4_UMIP
          | CR4_FSGSBASE
          | CR4_PCIDE
          | CR4_OSXSAVE
          | CR4_SMEP
          | CR4_SMAP;

  private static final long CR4_TRANSLATION = CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP;
  private static final long CR4_PDPTE = CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP;
  private static final long EFER_ALL = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
  private static final long ABOVE_PHYSICAL = -1L << Cpuid.PHYSICAL_ADDRESS_BITS;
  private static final long NO_FLUSH = 1L << 63;
  private static final long PDPTE_RESERVED = ABOVE_PHYSICAL | 0x1e6;
  private static final long LMSW_BITS = CR0_PE | CR0_MP | CR0_EM | CR0_TS;

  private ControlRegisters() {}

  private static GuestFault protection(Cpu cpu) {
    return cpu.raise(GuestFault.GP, 0);
  }

  // --- MOV
  // ------------------------------------------------------------------------------------------------------------------

  static void read(Cpu cpu, SystemOp op) {
    requireExisting(cpu, op.reg);
    Privilege.requireZero(cpu);
    SystemRegisters sys = cpu.sys;
    long value;
    switch (op.reg) {
      case 0 -> value = sys.cr0;
      case 2 -> value = sys.cr2;
      case 3 -> value = sys.cr3;
      case 4 -> value = sys.cr4;
      default -> {
        cpu.requireAlone();
        value = cpu.environment.apic().taskPriorityClass();
      }
    }
    cpu.writeRegister(op.rm, Privilege.is64(cpu) ? 8 : 4, value);
  }

  static void write(Cpu cpu, SystemOp op) {
    requireExisting(cpu, op.reg);
    Privilege.requireZero(cpu);
    long value = cpu.readRegister(op.rm, Privilege.is64(cpu) ? 8 : 4);
    switch (op.reg) {
      case 0 -> writeCr0(cpu, value);
      case 2 -> cpu.sys.cr2 = value;
      case 3 -> writeCr3(cpu, value);
      case 4 -> writeCr4(cpu, value);
      default -> writeCr8(cpu, value);
    }
  }

  private static void requireExisting(Cpu cpu, int number) {
    boolean exists = number == 0 || number == 2 || number == 3 || number == 4 || number == 8 && Privilege.is64(cpu);
    if (!exists) {
      throw cpu.raise(GuestFault.UD, 0);
    }
  }

  // --- CR0
  // ------------------------------------------------------------------------------------------------------------------

  static void writeCr0(Cpu cpu, long value) {
    if (value >>> 32 != 0) {
      throw protection(cpu);
    }
    long after = value & CR0_ALL | CR0_ET;
    long before = cpu.sys.cr0;
    boolean pagingNeedsPe = (after & CR0_PG) != 0 && (after & CR0_PE) == 0;
    boolean writeThroughUncached = (after & CR0_NW) != 0 && (after & CR0_CD) == 0;
    if (pagingNeedsPe || writeThroughUncached) {
      throw protection(cpu);
    }
    long changed = before ^ after;
    if ((changed & CR0_PG) != 0) {
      if ((after & CR0_PG) != 0) {
        requirePagingPossible(cpu);
      } else if (Privilege.is64(cpu) || (cpu.sys.cr4 & CR4_PCIDE) != 0) {
        throw protection(cpu);
      }
    }
    boolean longMode = (after & CR0_PG) != 0 && (cpu.sys.efer & EFER_LME) != 0;
    if ((after & CR0_PG) != 0 && !longMode && (cpu.sys.cr4 & CR4_PAE) != 0 && (changed & CR0_PDPTE) != 0) {
      loadPdptes(cpu, cpu.sys.cr3);
    }
    cpu.sys.cr0 = after;
    cpu.sys.efer = longMode ? cpu.sys.efer | EFER_LMA : cpu.sys.efer & ~EFER_LMA;
    if ((changed & CR0_TRANSLATION) != 0) {
      cpu.memory.flush();
    }
    cpu.modeChanged();
  }

  /** Entering IA-32e mode needs PAE, no 64-bit CS yet, and no 16-bit TSS (Intel SDM vol. 3, 10.8.5). */
  private static void requirePagingPossible(Cpu cpu) {
    if ((cpu.sys.efer & EFER_LME) == 0) {
      return;
    }
    boolean smallTss = (cpu.tr.attributes() & (Segment.UNUSABLE | 0x1d)) == Descriptor.TSS_16;
    boolean code64 = (cpu.segmentAttributes[Cpu.CS] & 0x200) != 0;
    if ((cpu.sys.cr4 & CR4_PAE) == 0 || code64 || smallTss) {
      throw protection(cpu);
    }
  }

  static void clts(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    cpu.sys.cr0 &= ~CR0_TS;
  }

  static void smsw(Cpu cpu, SystemOp op) {
    TableRegisters.requireUmip(cpu);
    if (op.memory == null) {
      cpu.writeRegister(op.rm, op.operandSize, cpu.sys.cr0);
    } else {
      cpu.memory.write16(op.mem().forWrite(cpu, 2), (int) cpu.sys.cr0 & 0xffff);
    }
  }

  /** LMSW sets PE but never clears it. */
  static void lmsw(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    long value = op.readSelector(cpu);
    writeCr0(cpu, cpu.sys.cr0 & ~(LMSW_BITS & ~CR0_PE) | value & LMSW_BITS);
  }

  // --- CR3
  // ------------------------------------------------------------------------------------------------------------------

  static void writeCr3(Cpu cpu, long value) {
    boolean pcid = (cpu.sys.cr4 & CR4_PCIDE) != 0;
    long after = pcid ? value & ~NO_FLUSH : value;
    if ((after & ABOVE_PHYSICAL) != 0) {
      throw protection(cpu);
    }
    if (isLegacyPae(cpu)) {
      loadPdptes(cpu, after);
    }
    cpu.sys.cr3 = after;
    cpu.memory.flush(); // the TLB has no PCID tags: "no flush" is a permission, not a duty
  }

  private static boolean isLegacyPae(Cpu cpu) {
    return (cpu.sys.cr0 & CR0_PG) != 0 && (cpu.sys.cr4 & CR4_PAE) != 0 && !Privilege.isLong(cpu);
  }

  /** Latches the four page-directory-pointer entries, or raises #GP(0) and latches none (Intel SDM vol. 3, 4.4.1). */
  static void loadPdptes(Cpu cpu, long cr3) {
    long table = cr3 & 0xffff_ffe0L;
    long[] entries = new long[4];
    for (int i = 0; i < 4; i++) {
      long gpa = table + 8L * i;
      entries[i] = cpu.memory.guestMemory().contains(gpa, 8) ? cpu.memory.guestMemory().readLong(gpa) : 0;
      if ((entries[i] & 1) != 0 && (entries[i] & PDPTE_RESERVED) != 0) {
        throw protection(cpu);
      }
    }
    System.arraycopy(entries, 0, cpu.sys.pdpte, 0, 4);
  }

  // --- CR4, CR8, EFER, XCR0
  // -----------------------------------------------------------------------------------------------------

  static void writeCr4(Cpu cpu, long value) {
    long before = cpu.sys.cr4;
    long changed = before ^ value;
    boolean paging = (cpu.sys.cr0 & CR0_PG) != 0;
    boolean pcidOn = (changed & value & CR4_PCIDE) != 0;
    boolean longMode = Privilege.isLong(cpu);
    if ((value & ~CR4_ALL) != 0
        || longMode && (value & CR4_PAE) == 0
        || pcidOn && (!longMode || (cpu.sys.cr3 & 0xfff) != 0)
        || !longMode && (value & CR4_PCIDE) != 0) {
      throw protection(cpu);
    }
    if (paging && !longMode && (value & CR4_PAE) != 0 && (changed & CR4_PDPTE) != 0) {
      loadPdptes(cpu, cpu.sys.cr3);
    }
    cpu.sys.cr4 = value;
    if ((changed & CR4_TRANSLATION) != 0) {
      cpu.memory.flush();
    }
    cpu.modeChanged();
  }

  private static void writeCr8(Cpu cpu, long value) {
    if (value >>> 4 != 0) {
      throw protection(cpu);
    }
    cpu.requireAlone();
    cpu.environment.apic().setTaskPriorityClass((int) value);
    cpu.endSlice();
  }

  /** WRMSR of EFER: LME may change only while paging is off, LMA not at all. */
  static void writeEfer(Cpu cpu, long value) {
    long before = cpu.sys.efer;
    boolean lmeChanges = ((before ^ value) & EFER_LME) != 0;
    if ((value & ~EFER_ALL) != 0 || lmeChanges && (cpu.sys.cr0 & CR0_PG) != 0) {
      throw protection(cpu);
    }
    cpu.sys.efer = value & ~EFER_LMA | before & EFER_LMA;
    if (((before ^ value) & EFER_NXE) != 0) {
      cpu.memory.flush();
    }
  }

  static void xgetbv(Cpu cpu, SystemOp op) {
    requireXsave(cpu);
    if ((int) cpu.gpr[Cpu.RCX] != 0) {
      throw protection(cpu);
    }
    cpu.gpr[Cpu.RAX] = cpu.sys.xcr0 & 0xffff_ffffL;
    cpu.gpr[Cpu.RDX] = cpu.sys.xcr0 >>> 32;
  }

  /** XCR0 may have x87 alone or x87 and SSE. */
  static void xsetbv(Cpu cpu, SystemOp op) {
    requireXsave(cpu);
    Privilege.requireZero(cpu);
    long value = cpu.gpr[Cpu.RAX] & 0xffff_ffffL | cpu.gpr[Cpu.RDX] << 32;
    if ((int) cpu.gpr[Cpu.RCX] != 0 || value != 1 && value != 3) {
      throw protection(cpu);
    }
    cpu.sys.xcr0 = value;
  }

  private static void requireXsave(Cpu cpu) {
    if ((cpu.sys.cr4 & CR4_OSXSAVE) == 0) {
      throw cpu.raise(GuestFault.UD, 0);
    }
  }
}
