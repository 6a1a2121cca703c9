package org.demitasse.cpu.state;

/**
 * Control registers and the parts of EFLAGS that steer the machine; plain fields, written only by system instructions.
 */
public final class SystemRegisters {
  public static final long CR0_PE = 1;
  public static final long CR0_MP = 1 << 1;
  public static final long CR0_EM = 1 << 2;
  public static final long CR0_TS = 1 << 3;
  public static final long CR0_ET = 1 << 4;
  public static final long CR0_NE = 1 << 5;
  public static final long CR0_WP = 1 << 16;
  public static final long CR0_AM = 1 << 18;
  public static final long CR0_NW = 1 << 29;
  public static final long CR0_CD = 1 << 30;
  public static final long CR0_PG = 1L << 31;

  public static final long CR4_VME = 1;
  public static final long CR4_PVI = 1 << 1;
  public static final long CR4_TSD = 1 << 2;
  public static final long CR4_DE = 1 << 3;
  public static final long CR4_PSE = 1 << 4;
  public static final long CR4_PAE = 1 << 5;
  public static final long CR4_MCE = 1 << 6;
  public static final long CR4_PGE = 1 << 7;
  public static final long CR4_PCE = 1 << 8;
  public static final long CR4_OSFXSR = 1 << 9;
  public static final long CR4_OSXMMEXCPT = 1 << 10;
  public static final long CR4_UMIP = 1 << 11;
  public static final long CR4_FSGSBASE = 1 << 16;
  public static final long CR4_PCIDE = 1 << 17;
  public static final long CR4_OSXSAVE = 1 << 18;
  public static final long CR4_SMEP = 1 << 20;
  public static final long CR4_SMAP = 1 << 21;

  public static final long EFER_SCE = 1;
  public static final long EFER_LME = 1 << 8;
  public static final long EFER_LMA = 1 << 10;
  public static final long EFER_NXE = 1 << 11;

  public long cr0 = CR0_ET | CR0_CD | CR0_NW;
  public long cr2;
  public long cr3;
  public long cr4;
  public long efer;
  public long xcr0 = 1;

  /** Current privilege level 0-3: the DPL of SS, cached. */
  public int cpl;

  /** EFLAGS without CF, PF, AF, ZF, SF, OF: TF, IF, DF, IOPL, NT, RF, VM, AC, VIF, VIP, ID and the fixed bit 1. */
  public int eflags = 2;

  /** The PDPTEs that a CR3 load under PAE paging outside long mode latched (Intel SDM vol. 3, 4.4.1). */
  public final long[] pdpte = new long[4];
}
