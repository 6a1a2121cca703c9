package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;

/** Hardware task switches (Intel SDM vol. 3, 8.3). */
final class TaskSwitch {
  private TaskSwitch() {}

  static boolean isTask(Cpu cpu, Descriptor descriptor) {
    return false;
  }

  static void byJump(Cpu cpu, Descriptor descriptor, long nextRip) {
    throw cpu.raise(GuestFault.GP, descriptor.error());
  }

  static void byCall(Cpu cpu, Descriptor descriptor, long nextRip) {
    throw cpu.raise(GuestFault.GP, descriptor.error());
  }

  static void byReturn(Cpu cpu, long nextRip) {
    throw cpu.raise(GuestFault.GP, 0);
  }

  static void byInterrupt(Cpu cpu, int selector, Interrupts.Event event) {
    throw cpu.raise(GuestFault.GP, event.gateError());
  }
}
