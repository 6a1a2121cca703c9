package org.demitasse.cpu.decode;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

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

  /** A VEX instruction outside 64-bit mode: undefined in real and virtual-8086 mode (Intel SDM vol. 2, 2.3.1). */
  static final class ProtectedOnly extends Op {
    private final Op meaning;

    ProtectedOnly(Op meaning) {
      this.meaning = meaning;
      stackSegment = meaning.stackSegment;
    }

    @Override
    public void execute(Cpu cpu) {
      if ((cpu.sys.cr0 & SystemRegisters.CR0_PE) == 0 || (cpu.sys.eflags & Flags.VM) != 0) {
        throw cpu.raise(GuestFault.UD, 0);
      }
      meaning.execute(cpu);
    }
  }
}
