package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;

/** RDTSC, RDTSCP and RDPMC (Intel SDM vol. 3, 17.17). The TSC is guest time plus IA32_TSC_ADJUST. */
final class TimeOps {
  private TimeOps() {}

  /** The time-stamp counter now. */
  static long timestamp(Cpu cpu) {
    return cpu.environment.clock().nanos() + cpu.msr.tscAdjust;
  }

  private static void requireTimestamp(Cpu cpu) {
    boolean protectedMode = (cpu.sys.cr0 & SystemRegisters.CR0_PE) != 0;
    if (protectedMode && cpu.sys.cpl != 0 && (cpu.sys.cr4 & SystemRegisters.CR4_TSD) != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    cpu.requireAlone();
    cpu.tellFlow(FlowLog.CLOCK, 0, 0, 0);
  }

  static void rdtsc(Cpu cpu, SystemOp op) {
    requireTimestamp(cpu);
    ModelSpecific.setEdxEax(cpu, timestamp(cpu));
  }

  static void rdtscp(Cpu cpu, SystemOp op) {
    requireTimestamp(cpu);
    ModelSpecific.setEdxEax(cpu, timestamp(cpu));
    cpu.gpr[Cpu.RCX] = cpu.msr.tscAux & 0xffff_ffffL;
  }

  /** There are no performance counters. */
  @SuppressWarnings("DoNotCallSuggester") // called through the opcode table
  static void rdpmc(Cpu cpu, SystemOp op) {
    throw cpu.raise(GuestFault.GP, 0);
  }
}
