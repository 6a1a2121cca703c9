package org.demitasse.differential;

import java.nio.ByteBuffer;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;

/** Moves the state of cases into a CPU of the engine and out of it, field by field: quicker than a whole VcpuState. */
final class CpuRegisters {
  private final Cpu cpu;

  /** Puts a CPU in 64-bit mode with the tables of {@link GuestArena}. */
  CpuRegisters(Cpu cpu) {
    this.cpu = cpu;
    SystemRegisters sys = cpu.sys;
    sys.cr0 = GuestArena.CR0;
    sys.cr3 = GuestArena.CR3;
    sys.cr4 = GuestArena.CR4;
    sys.efer = GuestArena.EFER;
    sys.xcr0 = 3;
    cpu.ldtr = GuestArena.LDTR;
    cpu.tr = GuestArena.TR;
    cpu.gdtrBase = GuestArena.GDTR.base();
    cpu.gdtrLimit = GuestArena.GDTR.limit();
    cpu.idtrBase = GuestArena.IDTR.base();
    cpu.idtrLimit = GuestArena.IDTR.limit();
  }

  void enter(TestCase test) {
    System.arraycopy(test.gpr, 0, cpu.gpr, 0, 16);
    cpu.rip = test.rip;
    cpu.sys.cpl = 3;
    cpu.setEflags((int) test.rflags);
    cpu.interruptShadow = false;
    cpu.halted = false;
    cpu.setSegment(Cpu.ES, LinuxTables.load(test.es, 0));
    cpu.setSegment(Cpu.CS, LinuxTables.load(test.mode.selector, 0));
    cpu.setSegment(Cpu.SS, LinuxTables.load(test.ss, 0));
    cpu.setSegment(Cpu.DS, LinuxTables.load(test.ds, 0));
    cpu.setSegment(Cpu.FS, LinuxTables.load(test.fs, test.fsBase));
    cpu.setSegment(Cpu.GS, LinuxTables.load(test.gs, test.gsBase));
    cpu.modeChanged();
    enterFloatingPoint(test.fx);
  }

  private void enterFloatingPoint(ByteBuffer fx) {
    X87State x87 = cpu.x87;
    x87.control = fx.getShort(XsaveImage.FCW) & 0xffff;
    int status = fx.getShort(XsaveImage.FSW) & 0xffff;
    x87.top = status >>> 11 & 7;
    x87.status = status & ~0x3800;
    x87.opcode = 0;
    x87.instructionPointer = 0;
    x87.dataPointer = 0;
    x87.instructionSelector = 0;
    x87.dataSelector = 0;
    x87.empty = ~fx.get(XsaveImage.FTW) & 0xff;
    for (int i = 0; i < 8; i++) {
      int physical = x87.top + i & 7;
      x87.significand[physical] = fx.getLong(XsaveImage.ST + 16 * i);
      x87.signExponent[physical] = fx.getShort(XsaveImage.ST + 16 * i + 8) & 0xffff;
    }
    cpu.mxcsr = fx.getInt(XsaveImage.MXCSR);
    for (int i = 0; i < 32; i++) {
      cpu.xmm[i] = fx.getLong(XsaveImage.XMM + 8 * i);
    }
  }

  /**
   * @param delivered true if an exception went through the IDT, whose frame has been read already
   */
  void leave(Outcome outcome, boolean delivered) {
    long rsp = outcome.gpr[4];
    System.arraycopy(cpu.gpr, 0, outcome.gpr, 0, 16);
    outcome.cr2 = cpu.sys.cr2;
    if (delivered) {
      outcome.gpr[4] = rsp;
    } else {
      outcome.rip = cpu.rip;
      outcome.rflags = cpu.eflags() & 0xffff_ffffL;
      outcome.cs = cpu.selector[Cpu.CS];
      outcome.ss = cpu.selector[Cpu.SS];
    }
    outcome.ds = cpu.selector[Cpu.DS];
    outcome.es = cpu.selector[Cpu.ES];
    outcome.fs = cpu.selector[Cpu.FS];
    outcome.gs = cpu.selector[Cpu.GS];
    outcome.fsBase = cpu.segmentBase[Cpu.FS];
    outcome.gsBase = cpu.segmentBase[Cpu.GS];
    leaveFloatingPoint(outcome.fx);
  }

  private void leaveFloatingPoint(ByteBuffer fx) {
    X87State x87 = cpu.x87;
    fx.putShort(XsaveImage.FCW, (short) x87.control);
    fx.putShort(XsaveImage.FSW, (short) (x87.status | x87.top << 11));
    fx.put(XsaveImage.FTW, (byte) ~x87.empty);
    for (int i = 0; i < 8; i++) {
      int physical = x87.top + i & 7;
      fx.putLong(XsaveImage.ST + 16 * i, x87.significand[physical]);
      fx.putShort(XsaveImage.ST + 16 * i + 8, (short) x87.signExponent[physical]);
    }
    fx.putInt(XsaveImage.MXCSR, cpu.mxcsr);
    for (int i = 0; i < 32; i++) {
      fx.putLong(XsaveImage.XMM + 8 * i, cpu.xmm[i]);
    }
  }
}
