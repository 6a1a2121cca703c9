package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.ModelSpecificRegisters;

/** RDMSR and WRMSR: one register map (Intel SDM vol. 4, table 2-2; KVM's paravirtual clock MSRs). */
final class ModelSpecific {
  static final int TSC = 0x10;
  static final int KVM_WALL_CLOCK = 0x11;
  static final int KVM_SYSTEM_TIME = 0x12;
  static final int PLATFORM_ID = 0x17;
  static final int APIC_BASE = 0x1b;
  private static final long APIC_BASE_X2APIC = 0x400;
  private static final long APIC_BASE_ENABLE = 0x800;
  static final int FEATURE_CONTROL = 0x3a;
  static final int TSC_ADJUST = 0x3b;
  static final int BIOS_UPDATE = 0x79;
  static final int BIOS_SIGN_ID = 0x8b;
  static final int PLATFORM_INFO = 0xce;
  static final int MTRR_CAP = 0xfe;
  static final int ARCH_CAPABILITIES = 0x10a;
  static final int SYSENTER_CS = 0x174;
  static final int SYSENTER_ESP = 0x175;
  static final int SYSENTER_EIP = 0x176;
  static final int MCG_CAP = 0x179;
  static final int MCG_STATUS = 0x17a;
  static final int MISC_ENABLE = 0x1a0;
  static final int MTRR_PHYSBASE0 = 0x200;
  static final int MTRR_PHYSMASK7 = 0x20f;
  static final int MTRR_FIX64K = 0x250;
  static final int MTRR_FIX16K_80000 = 0x258;
  static final int MTRR_FIX16K_A0000 = 0x259;
  static final int MTRR_FIX4K_C0000 = 0x268;
  static final int MTRR_FIX4K_F8000 = 0x26f;
  static final int PAT = 0x277;
  static final int MTRR_DEF_TYPE = 0x2ff;
  static final int TSC_DEADLINE = 0x6e0;
  static final int X2APIC_FIRST = 0x800;
  static final int X2APIC_LAST = 0x8ff;
  static final int KVM_WALL_CLOCK_NEW = 0x4b56_4d00;
  static final int KVM_SYSTEM_TIME_NEW = 0x4b56_4d01;
  static final int EFER = 0xc000_0080;
  static final int STAR = 0xc000_0081;
  static final int LSTAR = 0xc000_0082;
  static final int CSTAR = 0xc000_0083;
  static final int FMASK = 0xc000_0084;
  static final int FS_BASE = 0xc000_0100;
  static final int GS_BASE = 0xc000_0101;
  static final int KERNEL_GS_BASE = 0xc000_0102;
  static final int TSC_AUX = 0xc000_0103;

  /**
   * RDCL_NO, IBRS_ALL left out, SKIP_L1DFL, SSB_NO, MDS_NO, PSCHANGE_MC_NO, TAA_NO, SBDR/FBSDP/PSDP_NO, BHI, PBRSB,
   * GDS, RFDS.
   */
  static final long NOT_AFFECTED =
      1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8 | 7 << 13 | 1 << 20 | 1 << 24 | 1 << 26 | 1 << 27 | 1L << 62;

  /** Eight variable ranges, fixed ranges, write combining. */
  static final long MTRR_CAP_VALUE = 0x508;

  /** Bus ratio 10 of 100 MHz. */
  private static final long PLATFORM_INFO_VALUE = 10 << 8;

  private static final long FEATURE_CONTROL_LOCKED = 1;
  private static final long MISC_ENABLE_FIXED = 1 << 11 | 1 << 12;
  private static final long MISC_ENABLE_ALL =
      1 | 1 << 3 | 1 << 16 | 1 << 18 | 1 << 22 | 1 << 23 | 1L << 34 | MISC_ENABLE_FIXED;
  private static final long ABOVE_PHYSICAL = -1L << Cpuid.PHYSICAL_ADDRESS_BITS;
  private static final long MTRR_VALID = 1 << 11;
  private static final long MTRR_DEF_TYPE_ALL = 0xcff;
  private static final long LOW_32 = 0xffff_ffffL;

  private ModelSpecific() {}

  static void setEdxEax(Cpu cpu, long value) {
    cpu.gpr[Cpu.RAX] = value & LOW_32;
    cpu.gpr[Cpu.RDX] = value >>> 32;
  }

  static void rdmsr(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    cpu.requireAlone();
    setEdxEax(cpu, read(cpu, (int) cpu.gpr[Cpu.RCX]));
  }

  static void wrmsr(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    cpu.requireAlone();
    write(cpu, (int) cpu.gpr[Cpu.RCX], cpu.gpr[Cpu.RDX] << 32 | cpu.gpr[Cpu.RAX] & LOW_32);
  }

  private static GuestFault protection(Cpu cpu) {
    return cpu.raise(GuestFault.GP, 0);
  }

  // --- reads
  // ----------------------------------------------------------------------------------------------------------------

  /** Reads an MSR, or raises #GP(0) if there is none such. */
  static long read(Cpu cpu, int number) {
    ModelSpecificRegisters msr = cpu.msr;
    return switch (number) {
      case TSC -> TimeOps.timestamp(cpu);
      case APIC_BASE -> cpu.environment.apic().apicBase();
      case TSC_ADJUST -> msr.tscAdjust;
      case TSC_DEADLINE -> deadline(cpu);
      case BIOS_SIGN_ID -> msr.biosSignature;
      case PLATFORM_INFO -> PLATFORM_INFO_VALUE;
      case FEATURE_CONTROL -> FEATURE_CONTROL_LOCKED;
      case ARCH_CAPABILITIES -> NOT_AFFECTED;
      case PLATFORM_ID, BIOS_UPDATE, MCG_CAP -> 0;
      case MCG_STATUS -> msr.mcgStatus;
      case SYSENTER_CS -> msr.sysenterCs;
      case SYSENTER_ESP -> msr.sysenterEsp;
      case SYSENTER_EIP -> msr.sysenterEip;
      case MISC_ENABLE -> msr.miscEnable | MISC_ENABLE_FIXED;
      case PAT -> msr.pat;
      case MTRR_CAP -> MTRR_CAP_VALUE;
      case MTRR_DEF_TYPE -> msr.mtrrDefaultType;
      case EFER -> cpu.sys.efer;
      case STAR -> msr.star;
      case LSTAR -> msr.lstar;
      case CSTAR -> msr.cstar;
      case FMASK -> msr.sfmask;
      case FS_BASE -> cpu.segmentBase[Cpu.FS];
      case GS_BASE -> cpu.segmentBase[Cpu.GS];
      case KERNEL_GS_BASE -> msr.kernelGsBase;
      case TSC_AUX -> msr.tscAux;
      case KVM_WALL_CLOCK, KVM_WALL_CLOCK_NEW -> msr.kvmWallClock;
      case KVM_SYSTEM_TIME, KVM_SYSTEM_TIME_NEW -> msr.kvmSystemTime;
      default -> readRange(cpu, number);
    };
  }

  private static long readRange(Cpu cpu, int number) {
    if (number >= X2APIC_FIRST && number <= X2APIC_LAST) {
      try {
        return cpu.environment.apic().readMsr(number);
      } catch (IllegalArgumentException absent) {
        throw protection(cpu);
      }
    }
    if (number >= MTRR_PHYSBASE0 && number <= MTRR_PHYSMASK7) {
      return cpu.msr.mtrrVariable[number - MTRR_PHYSBASE0];
    }
    int fixed = fixedRange(number);
    if (fixed >= 0) {
      return cpu.msr.mtrrFixed[fixed];
    }
    cpu.msr.unknownReads++;
    throw protection(cpu);
  }

  /** Index of a fixed-range MTRR, or -1. */
  static int fixedRange(int number) {
    return switch (number) {
      case MTRR_FIX64K -> 0;
      case MTRR_FIX16K_80000 -> 1;
      case MTRR_FIX16K_A0000 -> 2;
      default -> number >= MTRR_FIX4K_C0000 && number <= MTRR_FIX4K_F8000 ? number - MTRR_FIX4K_C0000 + 3 : -1;
    };
  }

  /** The APIC's deadline is in guest time; the guest's is in its TSC. */
  private static long deadline(Cpu cpu) {
    long ticks = cpu.environment.apic().tscDeadline();
    return ticks == 0 ? 0 : ticks + cpu.msr.tscAdjust;
  }

  // --- writes
  // ---------------------------------------------------------------------------------------------------------------

  /** Writes an MSR, or raises #GP(0) if there is none such, it is read-only, or reserved bits are set. */
  static void write(Cpu cpu, int number, long value) {
    ModelSpecificRegisters msr = cpu.msr;
    switch (number) {
      case TSC -> adjust(cpu, msr.tscAdjust + value - TimeOps.timestamp(cpu));
      case TSC_ADJUST -> adjust(cpu, value);
      case TSC_DEADLINE -> setDeadline(cpu, value);
      case APIC_BASE -> setApicBase(cpu, value);
      case BIOS_SIGN_ID -> msr.biosSignature = value;
      case BIOS_UPDATE -> {} // a microcode update that changes nothing
      case MCG_STATUS -> msr.mcgStatus = value & 7;
      case SYSENTER_CS -> msr.sysenterCs = value & LOW_32;
      case SYSENTER_ESP -> msr.sysenterEsp = canonical(cpu, value);
      case SYSENTER_EIP -> msr.sysenterEip = canonical(cpu, value);
      case MISC_ENABLE -> msr.miscEnable = masked(cpu, value, MISC_ENABLE_ALL) & ~MISC_ENABLE_FIXED;
      case PAT -> msr.pat = pat(cpu, value);
      case MTRR_DEF_TYPE -> msr.mtrrDefaultType = mtrrDefault(cpu, value);
      case EFER -> ControlRegisters.writeEfer(cpu, value);
      case STAR -> msr.star = value;
      case LSTAR -> msr.lstar = canonical(cpu, value);
      case CSTAR -> msr.cstar = canonical(cpu, value);
      case FMASK -> msr.sfmask = masked(cpu, value, LOW_32);
      case FS_BASE -> cpu.segmentBase[Cpu.FS] = canonical(cpu, value);
      case GS_BASE -> cpu.segmentBase[Cpu.GS] = canonical(cpu, value);
      case KERNEL_GS_BASE -> msr.kernelGsBase = canonical(cpu, value);
      case TSC_AUX -> msr.tscAux = masked(cpu, value, LOW_32);
      case KVM_WALL_CLOCK, KVM_WALL_CLOCK_NEW -> ParavirtualClock.writeWallClock(cpu, value);
      case KVM_SYSTEM_TIME, KVM_SYSTEM_TIME_NEW -> ParavirtualClock.writeSystemTime(cpu, value);
      default -> writeRange(cpu, number, value);
    }
  }

  /** Sets an MSR of a saved state: like a write, and read-only ones of the same value are fine. */
  static void restore(Cpu cpu, int number, long value) {
    switch (number) {
      case KVM_WALL_CLOCK, KVM_WALL_CLOCK_NEW -> cpu.msr.kvmWallClock = value;
      case KVM_SYSTEM_TIME, KVM_SYSTEM_TIME_NEW -> cpu.msr.kvmSystemTime = value;
      case TSC_ADJUST -> cpu.msr.tscAdjust = value;
      case TSC_DEADLINE -> cpu.environment.apic().setTscDeadline(value == 0 ? 0 : value - cpu.msr.tscAdjust);
      case TSC -> {} // guest time and its adjustment say all
      case APIC_BASE -> restoreApicBase(cpu, value);
      case PLATFORM_ID, FEATURE_CONTROL, PLATFORM_INFO, MTRR_CAP, MCG_CAP, ARCH_CAPABILITIES -> {
        if (read(cpu, number) != value) {
          throw protection(cpu);
        }
      }
      default -> write(cpu, number, value);
    }
  }

  private static void writeRange(Cpu cpu, int number, long value) {
    if (number >= X2APIC_FIRST && number <= X2APIC_LAST) {
      try {
        cpu.environment.apic().writeMsr(number, value);
      } catch (IllegalArgumentException refused) {
        throw protection(cpu);
      }
      cpu.endSlice();
      return;
    }
    if (number >= MTRR_PHYSBASE0 && number <= MTRR_PHYSMASK7) {
      cpu.msr.mtrrVariable[number - MTRR_PHYSBASE0] = mtrrVariable(cpu, number, value);
      return;
    }
    int fixed = fixedRange(number);
    if (fixed >= 0) {
      for (int shift = 0; shift < 64; shift += 8) {
        memoryType(cpu, value >>> shift & 0xff);
      }
      cpu.msr.mtrrFixed[fixed] = value;
      return;
    }
    cpu.msr.unknownWrites++;
    throw protection(cpu);
  }

  private static long canonical(Cpu cpu, long value) {
    if (!Privilege.isCanonical(value)) {
      throw protection(cpu);
    }
    return value;
  }

  private static long masked(Cpu cpu, long value, long allowed) {
    if ((value & ~allowed) != 0) {
      throw protection(cpu);
    }
    return value;
  }

  /** UC 0, WC 1, WT 4, WP 5, WB 6. */
  private static void memoryType(Cpu cpu, long type) {
    if (type > 6 || type == 2 || type == 3) {
      throw protection(cpu);
    }
  }

  /** PAT entries may be UC- (7) besides the types of MTRRs. */
  private static long pat(Cpu cpu, long value) {
    for (int shift = 0; shift < 64; shift += 8) {
      long type = value >>> shift & 0xff;
      if (type != 7) {
        memoryType(cpu, type);
      }
    }
    return value;
  }

  private static long mtrrDefault(Cpu cpu, long value) {
    memoryType(cpu, value & 0xff);
    return masked(cpu, value, MTRR_DEF_TYPE_ALL);
  }

  private static long mtrrVariable(Cpu cpu, int number, long value) {
    if ((number & 1) == 0) {
      memoryType(cpu, value & 0xff);
      return masked(cpu, value, ~ABOVE_PHYSICAL & ~0xf00L);
    }
    return masked(cpu, value, ~ABOVE_PHYSICAL & ~0xfffL | MTRR_VALID);
  }

  private static void adjust(Cpu cpu, long adjustment) {
    long deadline = deadline(cpu);
    cpu.msr.tscAdjust = adjustment;
    setDeadline(cpu, deadline);
    ParavirtualClock.update(cpu);
  }

  /** A deadline that has passed becomes the earliest one; the unsigned rest of the range lies in the future. */
  private static void setDeadline(Cpu cpu, long ticks) {
    long now = TimeOps.timestamp(cpu);
    long deadline = 0;
    if (ticks != 0) {
      long nanos = ticks - cpu.msr.tscAdjust;
      deadline = Long.compareUnsigned(ticks, now) <= 0 ? 1 : nanos > 0 ? nanos : Long.MAX_VALUE;
    }
    cpu.environment.apic().setTscDeadline(deadline);
    cpu.endSlice();
  }

  /**
   * From any mode to any other, by legal steps: from x2APIC back to xAPIC mode by way of disabled (Intel SDM vol. 3,
   * 11.12.5). The registers that are lost with it are the APIC's own affair.
   */
  private static void restoreApicBase(Cpu cpu, long value) {
    long modes = APIC_BASE_ENABLE | APIC_BASE_X2APIC;
    if (((value ^ cpu.environment.apic().apicBase()) & modes) != 0) {
      setApicBase(cpu, value & ~modes);
      setApicBase(cpu, value & ~APIC_BASE_X2APIC);
    }
    setApicBase(cpu, value);
  }

  private static void setApicBase(Cpu cpu, long value) {
    LocalApicPort apic = cpu.environment.apic();
    try {
      apic.setApicBase(masked(cpu, value, ~ABOVE_PHYSICAL));
    } catch (IllegalArgumentException refused) {
      throw protection(cpu);
    }
    cpu.memory.flush(); // the APIC's page may have moved over RAM that the TLB knows
  }
}
