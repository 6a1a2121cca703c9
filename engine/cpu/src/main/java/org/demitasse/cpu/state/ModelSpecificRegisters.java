package org.demitasse.cpu.state;

import java.util.Arrays;

/**
 * The model-specific registers that have a value of their own, as plain fields. EFER is in {@link SystemRegisters}, the
 * bases of FS and GS are with the segments, the local APIC keeps its own.
 */
public final class ModelSpecificRegisters {
  private static final long POWER_UP_PAT = 0x0007_0406_0007_0406L;

  /** IA32_STAR: selectors of SYSCALL and SYSRET. */
  public long star;

  /** IA32_LSTAR: where SYSCALL goes. */
  public long lstar;

  /** IA32_CSTAR: kept, never used, as on Intel. */
  public long cstar;

  /** IA32_FMASK: flags that SYSCALL clears. */
  public long sfmask;

  /** IA32_KERNEL_GS_BASE: what SWAPGS swaps in. */
  public long kernelGsBase;

  /** IA32_SYSENTER_CS. */
  public long sysenterCs;

  /** IA32_SYSENTER_ESP. */
  public long sysenterEsp;

  /** IA32_SYSENTER_EIP. */
  public long sysenterEip;

  /** IA32_TSC_ADJUST: what is added to guest time to get the TSC. */
  public long tscAdjust;

  /** IA32_TSC_AUX: what RDTSCP gives in ECX. */
  public long tscAux;

  /** IA32_PAT. */
  public long pat = POWER_UP_PAT;

  /** IA32_MISC_ENABLE. */
  public long miscEnable = 1;

  /** IA32_MTRR_DEF_TYPE. */
  public long mtrrDefaultType;

  /** Eight pairs of IA32_MTRR_PHYSBASEn, IA32_MTRR_PHYSMASKn. */
  public final long[] mtrrVariable = new long[16];

  /** The eleven fixed-range MTRRs: 64K at 0, 16K at 80000 and A0000, eight of 4K from C0000. */
  public final long[] mtrrFixed = new long[11];

  /** IA32_BIOS_SIGN_ID: microcode revision in bits 32-63. */
  public long biosSignature;

  /** IA32_MCG_STATUS. */
  public long mcgStatus;

  /** MSR_KVM_WALL_CLOCK_NEW. */
  public long kvmWallClock;

  /** MSR_KVM_SYSTEM_TIME_NEW: gpa of the pvclock structure, bit 0 on. */
  public long kvmSystemTime;

  /** Reads of MSRs that do not exist, each a #GP. */
  public long unknownReads;

  /** Writes of MSRs that do not exist, each a #GP. */
  public long unknownWrites;

  /** Gives all of them their power-up values; the counters go on. */
  public void powerUp() {
    star = 0;
    lstar = 0;
    cstar = 0;
    sfmask = 0;
    kernelGsBase = 0;
    sysenterCs = 0;
    sysenterEsp = 0;
    sysenterEip = 0;
    tscAdjust = 0;
    tscAux = 0;
    pat = POWER_UP_PAT;
    miscEnable = 1;
    mtrrDefaultType = 0;
    Arrays.fill(mtrrVariable, 0);
    Arrays.fill(mtrrFixed, 0);
    biosSignature = 0;
    mcgStatus = 0;
    kvmWallClock = 0;
    kvmSystemTime = 0;
  }
}
