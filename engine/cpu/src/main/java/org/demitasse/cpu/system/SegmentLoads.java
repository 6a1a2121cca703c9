package org.demitasse.cpu.system;

import static org.demitasse.cpu.core.Cpu.CS;
import static org.demitasse.cpu.core.Cpu.FS;
import static org.demitasse.cpu.core.Cpu.SS;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;

/** Loads segment registers with the checks of each mode (Intel SDM vol. 3, 5.5-5.8; vol. 2, MOV). */
final class SegmentLoads {
  private static final int WRITABLE_DATA = 0x93;
  private static final int USER = 0x60;

  private SegmentLoads() {}

  /** Loads ES, SS, DS, FS or GS as MOV does; CPU mode is worked out anew. */
  static void load(Cpu cpu, int number, int selector) {
    cpu.setSegment(number, prepare(cpu, number, selector));
    cpu.modeChanged();
  }

  /** What a load would put into the register, with all its checks; marks the descriptor accessed. */
  static Segment prepare(Cpu cpu, int number, int selector) {
    if (Privilege.isVirtual8086(cpu)) {
      return virtual8086(selector);
    }
    if (Privilege.isReal(cpu)) {
      return real(cpu, number, selector);
    }
    return number == SS ? stack(cpu, selector) : data(cpu, selector, GuestFault.GP);
  }

  /** Real mode keeps limit and attributes: "unreal" mode rests on it. */
  static Segment real(Cpu cpu, int number, int selector) {
    boolean unusable = (cpu.segmentAttributes[number] & Segment.UNUSABLE) != 0;
    return new Segment(
        selector,
        (long) selector << 4,
        unusable ? 0xffff : cpu.segmentLimit[number],
        unusable ? WRITABLE_DATA : cpu.segmentAttributes[number]);
  }

  /** Virtual-8086 segments are 64 KiB, writable, of privilege 3. */
  static Segment virtual8086(int selector) {
    return new Segment(selector, (long) selector << 4, 0xffff, WRITABLE_DATA | USER);
  }

  /** A null SS remembers the privilege level as its DPL. */
  static Segment nullStack(int selector, int cpl) {
    return new Segment(selector, 0, 0, Segment.UNUSABLE | cpl << 5);
  }

  /**
   * What ES, DS, FS or GS would hold; raises {@code vector} for a selector that does not fit: #GP, or #TS out of a TSS.
   */
  static Segment data(Cpu cpu, int selector, int vector) {
    if (DescriptorTables.isNull(selector)) {
      return new Segment(selector, 0, 0, Segment.UNUSABLE);
    }
    Descriptor descriptor = DescriptorTables.require(cpu, selector, vector);
    boolean privileged =
        !descriptor.isConforming() && (descriptor.rpl() > descriptor.dpl() || cpu.sys.cpl > descriptor.dpl());
    if (!descriptor.isReadable() || privileged) {
      throw cpu.raise(vector, descriptor.error());
    }
    if (!descriptor.isPresent()) {
      throw cpu.raise(GuestFault.NP, descriptor.error());
    }
    descriptor.markAccessed(cpu);
    return descriptor.toSegment(selector);
  }

  private static Segment stack(Cpu cpu, int selector) {
    int cpl = cpu.sys.cpl;
    if (DescriptorTables.isNull(selector)) {
      if (!Privilege.is64(cpu) || cpl == 3 || (selector & 3) != cpl) {
        throw cpu.raise(GuestFault.GP, 0);
      }
      return nullStack(selector, cpl);
    }
    return stackFor(cpu, selector, cpl, GuestFault.GP);
  }

  /**
   * A stack segment for a privilege level.
   *
   * @param vector raised with the selector where the segment does not fit: #GP, or #TS for one out of a TSS
   */
  static Segment stackFor(Cpu cpu, int selector, int cpl, int vector) {
    Descriptor descriptor = DescriptorTables.require(cpu, selector, vector);
    if (descriptor.rpl() != cpl || descriptor.dpl() != cpl || !descriptor.isWritable()) {
      throw cpu.raise(vector, descriptor.error());
    }
    if (!descriptor.isPresent()) {
      throw cpu.raise(GuestFault.SS, descriptor.error());
    }
    descriptor.markAccessed(cpu);
    return descriptor.toSegment(selector);
  }

  /** Sets CS from a checked descriptor, CPL, and nothing else; the caller calls {@code modeChanged()}. */
  static void setCode(Cpu cpu, Descriptor code, int cpl) {
    code.markAccessed(cpu);
    cpu.setSegment(CS, code.toSegment(code.selector() & 0xfffc | cpl));
    cpu.sys.cpl = cpl;
  }

  /**
   * After a return to an outer level: data segments that the new level may not use become null (Intel SDM vol. 2, RET).
   */
  static void dropPrivileged(Cpu cpu, int newCpl) {
    for (int number = 0; number <= Cpu.GS; number++) {
      int attributes = cpu.segmentAttributes[number];
      boolean conforming = (attributes & 0x1c) == 0x1c;
      boolean usable = (attributes & Segment.UNUSABLE) == 0;
      if (number != CS && number != SS && usable && !conforming && (attributes >> 5 & 3) < newCpl) {
        long base = number >= FS && Privilege.isLong(cpu) ? cpu.segmentBase[number] : 0;
        cpu.setSegment(number, new Segment(0, base, 0, Segment.UNUSABLE));
      }
    }
  }

  /** Flat code of SYSCALL and its like. */
  static Segment flatCode(int selector, int dpl, boolean wide) {
    return new Segment(selector, 0, 0xffff_ffffL, (wide ? 0xa9b : 0xc9b) | dpl << 5);
  }

  /** Flat data of SYSCALL and its like. */
  static Segment flatData(int selector, int dpl) {
    return new Segment(selector, 0, 0xffff_ffffL, 0xc93 | dpl << 5);
  }

  /** Loads CS, and with it everything, of a virtual-8086 task. */
  static void enterVirtual8086(Cpu cpu, int[] selectors) {
    for (int number = 0; number <= Cpu.GS; number++) {
      cpu.setSegment(number, virtual8086(selectors[number]));
    }
    cpu.sys.cpl = 3;
    cpu.sys.eflags |= Flags.VM;
    cpu.modeChanged();
  }
}
