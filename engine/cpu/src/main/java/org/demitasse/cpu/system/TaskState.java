package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;

/** Reads the stacks of inner privilege levels from the current TSS (Intel SDM vol. 3, 8.2.1, 8.7). */
final class TaskState {
  private TaskState() {}

  /** A stack: segment and pointer. */
  record Stack(Segment segment, long pointer) {}

  /** Says whether the current TSS is a 32-bit one. */
  static boolean is32(Cpu cpu) {
    return (cpu.tr.attributes() & 8) != 0;
  }

  /** The stack for a privilege level outside IA-32e mode. */
  static Stack stackFor(Cpu cpu, int cpl) {
    boolean wide = is32(cpu);
    int offset = wide ? 4 + 8 * cpl : 2 + 4 * cpl;
    int last = wide ? offset + 5 : offset + 3;
    requireRoom(cpu, last);
    long base = cpu.tr.base();
    long pointer = cpu.memory.systemRead(base + offset & 0xffff_ffffL, wide ? 4 : 2);
    int selector = (int) cpu.memory.systemRead(base + offset + (wide ? 4 : 2) & 0xffff_ffffL, 2);
    if (DescriptorTables.isNull(selector)) {
      throw cpu.raise(GuestFault.TS, 0);
    }
    return new Stack(SegmentLoads.stackFor(cpu, selector, cpl, GuestFault.TS), pointer);
  }

  /** RSP0-2 of a 64-bit TSS. */
  static long stack64(Cpu cpu, int cpl) {
    return pointer64(cpu, 4 + 8 * cpl);
  }

  /** IST1-7 of a 64-bit TSS. */
  static long interruptStack(Cpu cpu, int number) {
    return pointer64(cpu, 28 + 8 * number);
  }

  private static long pointer64(Cpu cpu, int offset) {
    requireRoom(cpu, offset + 7);
    long pointer = cpu.memory.systemRead(cpu.tr.base() + offset, 8);
    if (!Privilege.isCanonical(pointer)) {
      throw cpu.raise(GuestFault.SS, 0);
    }
    return pointer;
  }

  private static void requireRoom(Cpu cpu, int last) {
    if (last > cpu.tr.limit()) {
      throw cpu.raise(GuestFault.TS, cpu.tr.selector() & 0xfffc);
    }
  }
}
