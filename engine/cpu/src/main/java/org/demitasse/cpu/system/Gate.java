package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;

/**
 * A call gate that was found usable from the current privilege level (Intel SDM vol. 3, 5.8.3).
 *
 * @param code the code segment it leads to; its privilege and presence are for the caller to judge
 * @param offset entry point
 * @param size of what is pushed: 2, 4 or 8 bytes
 * @param parameters how many are copied to an inner stack
 */
record Gate(Descriptor code, long offset, int size, int parameters) {
  /** Reads the call gate of a system descriptor, or raises #GP or #NP. */
  static Gate parse(Cpu cpu, Descriptor descriptor) {
    boolean wide = Privilege.isLong(cpu);
    boolean is16 = descriptor.type() == Descriptor.CALL_GATE_16 && !wide;
    boolean isGate = descriptor.isSystem() && (is16 || descriptor.type() == Descriptor.CALL_GATE_32);
    if (!isGate || descriptor.dpl() < cpu.sys.cpl || descriptor.rpl() > descriptor.dpl()) {
      throw cpu.raise(GuestFault.GP, descriptor.error());
    }
    Descriptor gate = wide ? DescriptorTables.widen(cpu, descriptor, GuestFault.GP) : descriptor;
    if (!gate.isPresent()) {
      throw cpu.raise(GuestFault.NP, gate.error());
    }
    if (DescriptorTables.isNull(gate.gateSelector())) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    Descriptor code = DescriptorTables.require(cpu, gate.gateSelector(), GuestFault.GP);
    if (!code.isCode() || wide && (!code.isLong() || code.isBig())) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    long offset = is16 ? gate.gateOffset16() : wide ? gate.gateOffset() : gate.gateOffset() & 0xffff_ffffL;
    return new Gate(code, offset, is16 ? 2 : wide ? 8 : 4, wide ? 0 : (int) (gate.low() >>> 32) & 31);
  }
}
