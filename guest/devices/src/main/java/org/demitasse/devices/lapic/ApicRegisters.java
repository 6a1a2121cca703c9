package org.demitasse.devices.lapic;

/**
 * Register numbers of a local APIC: xAPIC offset / 16, x2APIC MSR - 0x800 (Intel SDM volume 3, tables 11-1 and 11-6).
 */
final class ApicRegisters {
  static final int ID = 0x02;
  static final int VERSION = 0x03;
  static final int TPR = 0x08;
  static final int APR = 0x09;
  static final int PPR = 0x0a;
  static final int EOI = 0x0b;
  static final int RRD = 0x0c;
  static final int LDR = 0x0d;
  static final int DFR = 0x0e;
  static final int SVR = 0x0f;
  static final int ISR = 0x10;
  static final int TMR = 0x18;
  static final int IRR = 0x20;
  static final int ESR = 0x28;
  static final int ICR = 0x30;
  static final int ICR_HIGH = 0x31;
  static final int LVT_TIMER = 0x32;
  static final int LVT_ERROR = 0x37;
  static final int INITIAL_COUNT = 0x38;
  static final int CURRENT_COUNT = 0x39;
  static final int DIVIDE_CONFIGURATION = 0x3e;
  static final int SELF_IPI = 0x3f;

  private ApicRegisters() {}

  /** Says whether RDMSR of a register works in x2APIC mode. */
  static boolean readableMsr(int register) {
    return switch (register) {
      case ID, VERSION, TPR, PPR, LDR, SVR, ESR, ICR, DIVIDE_CONFIGURATION -> true;
      default -> (register >= ISR && register < ESR) || (register >= LVT_TIMER && register <= CURRENT_COUNT);
    };
  }

  /** The bits that WRMSR may set in x2APIC mode, or -1 if the register does not exist or is read-only. */
  static long writableMsrBits(int register) {
    return switch (register) {
      case TPR, SELF_IPI -> 0xff;
      case EOI, ESR -> 0;
      case SVR -> 0x3ff;
      case ICR -> 0xffff_ffff_000c_dfffL;
      case INITIAL_COUNT -> 0xffff_ffffL;
      case DIVIDE_CONFIGURATION -> 0xb;
      default ->
          register >= LVT_TIMER && register <= LVT_ERROR ? lvtBits(register - LVT_TIMER) | LocalApic.LVT_READ_ONLY : -1;
    };
  }

  /** The writable bits of the n-th local vector table entry (figure 11-8). */
  static int lvtBits(int entry) {
    return switch (entry) {
      case LocalApic.TIMER -> 0x7_00ff;
      case LocalApic.LINT0, LocalApic.LINT1 -> 0x1_a7ff;
      case LocalApic.ERROR -> 0x1_00ff;
      default -> 0x1_07ff; // thermal sensor, performance counters
    };
  }
}
