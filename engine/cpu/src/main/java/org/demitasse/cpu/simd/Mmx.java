package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;

/** The MMX registers: the significands of the x87 registers by physical number (Intel SDM vol. 3, 12.2). */
final class Mmx {
  private static final int ERROR_SUMMARY = 1 << 7;

  private Mmx() {}

  /** Raises #UD if CR0.EM, #NM if CR0.TS, #MF if an x87 exception is pending (Intel SDM vol. 3, table 12-1). */
  static void require(Cpu cpu) {
    long cr0 = cpu.sys.cr0;
    if ((cr0 & SystemRegisters.CR0_EM) != 0) {
      throw cpu.raise(GuestFault.UD, 0);
    }
    if ((cr0 & SystemRegisters.CR0_TS) != 0) {
      throw cpu.raise(GuestFault.NM, 0);
    }
    if ((cpu.x87.status & ERROR_SUMMARY) != 0) {
      throw cpu.raise(GuestFault.MF, 0);
    }
  }

  /**
   * What every MMX instruction but EMMS does to the x87 state, once it can no longer fault: TOP is 0, all tags are
   * valid.
   */
  static void enter(Cpu cpu) {
    cpu.x87.top = 0;
    cpu.x87.empty = 0;
  }

  static long read(Cpu cpu, int register) {
    return cpu.x87.significand[register & 7];
  }

  /** Writes a register: its exponent and sign become all ones. */
  static void write(Cpu cpu, int register, long value) {
    X87State x87 = cpu.x87;
    x87.significand[register & 7] = value;
    x87.signExponent[register & 7] = 0xffff;
  }
}
