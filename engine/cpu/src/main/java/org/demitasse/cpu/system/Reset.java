package org.demitasse.cpu.system;

import java.util.Arrays;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.SystemRegisters;

/** The state after power-up, INIT and a start-up IPI (Intel SDM vol. 3, 9.1.1, table 9-1; 8.4.4). */
public final class Reset {
  private static final int CODE_16 = 0x9b;
  private static final int DATA_16 = 0x93;
  private static final int LDT_ATTRIBUTES = 0x82;
  private static final int TSS_ATTRIBUTES = 0x8b;

  private Reset() {}

  /** Puts everything in its power-up state: what INIT resets, and x87, SSE, MSRs. */
  public static void powerUp(Cpu cpu) {
    cpu.sys.cr0 = 0;
    cpu.msr.powerUp();
    Arrays.fill(cpu.xmm, 0);
    cpu.mxcsr = 0x1f80;
    Arrays.fill(cpu.x87.significand, 0);
    Arrays.fill(cpu.x87.signExponent, 0);
    cpu.x87.control = 0x40;
    cpu.x87.status = 0;
    cpu.x87.top = 0;
    cpu.x87.empty = 0;
    cpu.x87.opcode = 0;
    cpu.x87.instructionPointer = 0;
    cpu.x87.dataPointer = 0;
    cpu.x87.instructionSelector = 0;
    cpu.x87.dataSelector = 0;
    cpu.sys.xcr0 = 1;
    init(cpu);
    cpu.sys.cr0 = SystemRegisters.CR0_ET | SystemRegisters.CR0_CD | SystemRegisters.CR0_NW;
  }

  /** INIT: the registers below; CR0.CD and NW, x87, SSE, MSRs and memory stay. */
  public static void init(Cpu cpu) {
    Arrays.fill(cpu.gpr, 0);
    cpu.gpr[Cpu.RDX] = cpu.environment.cpuid(1, 0)[0] & 0xffff_ffffL; // "family, model and stepping"
    cpu.setEflags(2);
    cpu.rip = 0xfff0;
    for (int number = Cpu.ES; number <= Cpu.GS; number++) {
      cpu.setSegment(number, new Segment(0, 0, 0xffff, DATA_16));
    }
    cpu.setSegment(Cpu.CS, new Segment(0xf000, 0xffff_0000L, 0xffff, CODE_16));
    cpu.ldtr = new Segment(0, 0, 0xffff, LDT_ATTRIBUTES);
    cpu.tr = new Segment(0, 0, 0xffff, TSS_ATTRIBUTES);
    cpu.gdtrBase = 0;
    cpu.gdtrLimit = 0xffff;
    cpu.idtrBase = 0;
    cpu.idtrLimit = 0xffff;
    initSystem(cpu);
    cpu.memory.flush();
    cpu.modeChanged();
  }

  private static void initSystem(Cpu cpu) {
    SystemRegisters sys = cpu.sys;
    sys.cr0 = sys.cr0 & (SystemRegisters.CR0_CD | SystemRegisters.CR0_NW) | SystemRegisters.CR0_ET;
    sys.cr2 = 0;
    sys.cr3 = 0;
    sys.cr4 = 0;
    sys.efer = 0;
    sys.cpl = 0;
    Arrays.fill(cpu.dr, 0);
    cpu.dr[6] = 0xffff_0ff0L;
    cpu.dr[7] = 0x400;
    cpu.halted = false;
    cpu.interruptShadow = false;
    cpu.trapHeldOff = false;
    cpu.breakpointHeldOff = false;
    cpu.dataHits = 0;
    cpu.nmiMasked = false;
  }

  /** A start-up IPI: runs from {@code vector << 12} in real mode. */
  public static void startup(Cpu cpu, int vector) {
    cpu.setSegment(Cpu.CS, new Segment(vector << 8, (long) vector << 12, 0xffff, CODE_16));
    cpu.rip = 0;
    cpu.waitingForStartup = false;
    cpu.halted = false;
    cpu.modeChanged();
  }
}
