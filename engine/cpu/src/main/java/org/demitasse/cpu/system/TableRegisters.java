package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;

/** LGDT, SGDT, LIDT, SIDT, LLDT, SLDT, LTR, STR (Intel SDM vol. 2). */
final class TableRegisters {
  private TableRegisters() {}

  /** SGDT, SIDT, SLDT, STR and SMSW raise #GP(0) outside CPL 0 while CR4.UMIP is set. */
  static void requireUmip(Cpu cpu) {
    if (cpu.sys.cpl != 0 && (cpu.sys.cr4 & SystemRegisters.CR4_UMIP) != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  static void lgdt(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    int limit = readLimit(cpu, op);
    long base = readBase(cpu, op);
    cpu.gdtrLimit = limit;
    cpu.gdtrBase = base;
  }

  static void lidt(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    int limit = readLimit(cpu, op);
    long base = readBase(cpu, op);
    cpu.idtrLimit = limit;
    cpu.idtrBase = base;
  }

  private static int readLimit(Cpu cpu, SystemOp op) {
    return cpu.memory.read16(op.mem().forRead(cpu, 2));
  }

  private static long readBase(Cpu cpu, SystemOp op) {
    int size = Privilege.is64(cpu) ? 8 : 4;
    long base = cpu.memory.read(op.mem().forRead(cpu, 2, size), size);
    if (size == 8 && !Privilege.isCanonical(base)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    return op.operandSize == 2 && size == 4 ? base & 0xff_ffffL : base;
  }

  static void sgdt(Cpu cpu, SystemOp op) {
    store(cpu, op, cpu.gdtrLimit, cpu.gdtrBase);
  }

  static void sidt(Cpu cpu, SystemOp op) {
    store(cpu, op, cpu.idtrLimit, cpu.idtrBase);
  }

  private static void store(Cpu cpu, SystemOp op, int limit, long base) {
    requireUmip(cpu);
    int size = Privilege.is64(cpu) ? 8 : 4;
    MemoryOperand operand = op.mem();
    long limitPlace = operand.forWrite(cpu, 2);
    long basePlace = operand.forWrite(cpu, 2, size);
    cpu.memory.probeWrite(limitPlace, 2);
    cpu.memory.probeWrite(basePlace, size);
    cpu.memory.write16(limitPlace, limit);
    cpu.memory.write(basePlace, size, base);
  }

  static void sldt(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    requireUmip(cpu);
    op.writeSelector(cpu, cpu.ldtr.selector());
  }

  static void str(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    requireUmip(cpu);
    op.writeSelector(cpu, cpu.tr.selector());
  }

  static void lldt(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    Privilege.requireZero(cpu);
    int selector = op.readSelector(cpu);
    if (DescriptorTables.isNull(selector)) {
      cpu.ldtr = new Segment(selector, 0, 0, Segment.UNUSABLE);
      return;
    }
    Descriptor descriptor = globalSystem(cpu, selector);
    if (descriptor.type() != Descriptor.LDT) {
      throw cpu.raise(GuestFault.GP, descriptor.error());
    }
    requirePresent(cpu, descriptor);
    requireCanonicalBase(cpu, descriptor);
    cpu.ldtr = descriptor.toSegment(selector);
  }

  static void ltr(Cpu cpu, SystemOp op) {
    op.requireProtected(cpu);
    Privilege.requireZero(cpu);
    int selector = op.readSelector(cpu);
    if (DescriptorTables.isNull(selector)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    Descriptor descriptor = globalSystem(cpu, selector);
    boolean available =
        descriptor.type() == Descriptor.TSS_32 || descriptor.type() == Descriptor.TSS_16 && !Privilege.isLong(cpu);
    if (!available) {
      throw cpu.raise(GuestFault.GP, descriptor.error());
    }
    requirePresent(cpu, descriptor);
    requireCanonicalBase(cpu, descriptor);
    cpu.memory.systemWrite(descriptor.address() + 5, 1, descriptor.low() >>> 40 & 0xff | Descriptor.BUSY);
    Segment segment = descriptor.toSegment(selector);
    cpu.tr = new Segment(selector, segment.base(), segment.limit(), segment.attributes() | Descriptor.BUSY);
  }

  private static void requireCanonicalBase(Cpu cpu, Descriptor descriptor) {
    if (!Privilege.isCanonical(descriptor.base())) {
      throw cpu.raise(GuestFault.GP, descriptor.error());
    }
  }

  /** LDT and TSS descriptors must be in the GDT. */
  private static Descriptor globalSystem(Cpu cpu, int selector) {
    if ((selector & 4) != 0) {
      throw cpu.raise(GuestFault.GP, selector & 0xfffc);
    }
    Descriptor descriptor = DescriptorTables.require(cpu, selector, GuestFault.GP);
    if (!descriptor.isSystem()) {
      throw cpu.raise(GuestFault.GP, descriptor.error());
    }
    return Privilege.isLong(cpu) ? DescriptorTables.widen(cpu, descriptor, GuestFault.GP) : descriptor;
  }

  private static void requirePresent(Cpu cpu, Descriptor descriptor) {
    if (!descriptor.isPresent()) {
      throw cpu.raise(GuestFault.NP, descriptor.error());
    }
  }
}
