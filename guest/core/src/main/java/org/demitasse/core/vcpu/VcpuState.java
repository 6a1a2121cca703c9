package org.demitasse.core.vcpu;

import java.util.SortedMap;

/**
 * The architectural state of one vCPU, the same for every engine: booting is restoring a made-up one.
 *
 * @param gpr RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8-R15
 * @param rip instruction pointer
 * @param rflags RFLAGS, bit 1 set
 * @param segments ES, CS, SS, DS, FS, GS, in the architecture's numbering
 * @param ldtr LDTR
 * @param tr task register
 * @param gdtr GDTR
 * @param idtr IDTR
 * @param cr0 CR0
 * @param cr2 CR2
 * @param cr3 CR3
 * @param cr4 CR4
 * @param cr8 CR8
 * @param xcr0 XCR0
 * @param dr DR0-DR3, DR6, DR7
 * @param xsave the XSAVE area in standard format: 512 bytes of FXSAVE64 image, 64 of header, then components
 * @param msrs MSR number to value: every MSR that is not covered by another field (EFER, STAR, APIC base, TSC ...)
 * @param activity what the vCPU is doing
 * @param interruptShadow true in the instruction after STI or MOV SS
 * @param nmiMasked true between an NMI's delivery and IRET
 */
public record VcpuState(
    long[] gpr,
    long rip,
    long rflags,
    Segment[] segments,
    Segment ldtr,
    Segment tr,
    DescriptorTable gdtr,
    DescriptorTable idtr,
    long cr0,
    long cr2,
    long cr3,
    long cr4,
    long cr8,
    long xcr0,
    long[] dr,
    byte[] xsave,
    SortedMap<Integer, Long> msrs,
    Activity activity,
    boolean interruptShadow,
    boolean nmiMasked) {
  /** Index of ES in {@link #segments}. */
  public static final int ES = 0;

  /** Index of CS in {@link #segments}. */
  public static final int CS = 1;

  /** Index of SS in {@link #segments}. */
  public static final int SS = 2;

  /** Index of DS in {@link #segments}. */
  public static final int DS = 3;

  /** Index of FS in {@link #segments}. */
  public static final int FS = 4;

  /** Index of GS in {@link #segments}. */
  public static final int GS = 5;

  /** What a vCPU is doing (Intel SDM volume 3, 24.4.2). */
  public enum Activity {
    /** Executing instructions. */
    RUNNING,
    /** In HLT. */
    HALTED,
    /** After INIT: waiting for a start-up IPI. */
    WAIT_FOR_SIPI
  }
}
