package org.demitasse.cpu.decode;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.fault.GuestFault;

/** Ops of byte sequences that are no instruction. */
final class FaultOps {
  private FaultOps() {}

  /** An undefined encoding. */
  static final class Undefined extends Op {
    @Override
    public void execute(Cpu cpu) {
      throw cpu.raise(GuestFault.UD, 0);
    }

    @Override
    public boolean isTerminator() {
      return true;
    }
  }

  /** An instruction longer than 15 bytes. */
  static final class TooLong extends Op {
    @Override
    public void execute(Cpu cpu) {
      throw cpu.raise(GuestFault.GP, 0);
    }

    @Override
    public boolean isTerminator() {
      return true;
    }
  }
}
