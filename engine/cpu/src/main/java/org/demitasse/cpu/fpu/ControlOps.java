package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;

/** Control instructions and those that only touch the stack's tags and TOP. */
final class ControlOps {
  private ControlOps() {}

  /** FWAIT. */
  static final class Wait extends Op {
    @Override
    public void execute(Cpu cpu) {
      long both = SystemRegisters.CR0_MP | SystemRegisters.CR0_TS;
      if ((cpu.sys.cr0 & both) == both) {
        throw cpu.raise(GuestFault.NM, 0);
      }
      X87.checkPending(cpu);
    }
  }

  /** FNINIT, FNCLEX and the no-operations FNENI, FNDISI, FNSETPM. */
  static final class NoWait extends X87Op {
    private final int modrm;

    NoWait(Instruction i) {
      super(i);
      modrm = i.modrm;
    }

    @Override
    boolean isWaiting() {
      return false;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      if (modrm == 0xE3) {
        X87.initialize(s);
      } else if (modrm == 0xE2) {
        s.status &= ~(X87.EXCEPTIONS | X87.SF | X87.ES | X87.B);
      }
    }
  }

  /** FNOP, FINCSTP, FDECSTP, FFREE, FFREEP. */
  static final class Stack extends X87Op {
    private final int opcode;
    private final int modrm;

    Stack(Instruction i) {
      super(i);
      opcode = i.opcode;
      modrm = i.modrm;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      if (modrm == 0xD0 && opcode == 0xD9) {
        beginKeepingC1(cpu, s);
        return;
      }
      begin(cpu, s);
      if (opcode == 0xD9) {
        s.top = s.top + (modrm == 0xF7 ? 1 : -1) & 7;
        return;
      }
      s.empty |= 1 << X87.physical(s, modrm & 7);
      if (opcode == 0xDF) {
        X87.pop(s);
      }
    }
  }

  /** FLDCW. */
  static final class LoadControl extends X87Op {
    LoadControl(Instruction i) {
      super(i);
    }

    @Override
    void run(Cpu cpu, X87State s) {
      X87.setControlWord(s, cpu.memory.read16(mem().forRead(cpu, 2)));
    }
  }

  /** FNSTCW and FNSTSW to memory. */
  static final class StoreWord extends X87Op {
    private final boolean status;

    StoreWord(Instruction i, boolean status) {
      super(i);
      this.status = status;
    }

    @Override
    boolean isWaiting() {
      return false;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      cpu.memory.write16(mem().forWrite(cpu, 2), status ? X87.statusWord(s) : s.control);
    }
  }

  /** FNSTSW AX. */
  static final class StoreStatusToAx extends X87Op {
    StoreStatusToAx(Instruction i) {
      super(i);
    }

    @Override
    boolean isWaiting() {
      return false;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      cpu.writeRegister(Cpu.RAX, 2, X87.statusWord(s));
    }
  }
}
