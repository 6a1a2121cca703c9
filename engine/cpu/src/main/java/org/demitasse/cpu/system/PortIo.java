package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;

/** IN, OUT, INS and OUTS, with IOPL and the TSS's I/O permission bitmap (Intel SDM vol. 1, 19.5). */
final class PortIo {
  private static final int BITMAP_POINTER = 0x66;

  /** Repetitions of INS or OUTS before interrupts are looked at: the count is the guest's. */
  private static final int MOST_AT_ONCE = 4096;

  private PortIo() {}

  /** Raises #GP(0) unless the current task may use {@code size} ports from {@code port}. */
  static void require(Cpu cpu, int port, int size) {
    if (Privilege.isReal(cpu) || !Privilege.isVirtual8086(cpu) && cpu.sys.cpl <= Privilege.iopl(cpu)) {
      return;
    }
    if (!isPermitted(cpu, port, size)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  private static boolean isPermitted(Cpu cpu, int port, int size) {
    Segment tss = cpu.tr;
    if ((tss.attributes() & Segment.UNUSABLE) != 0
        || (tss.attributes() & 0xd) != Descriptor.TSS_32
        || tss.limit() < BITMAP_POINTER + 1) {
      return false;
    }
    long place = cpu.memory.systemRead(tss.base() + BITMAP_POINTER, 2) + (port >>> 3);
    if (place + 1 > tss.limit()) {
      return false;
    }
    long bits = cpu.memory.systemRead(tss.base() + place, 2) >>> (port & 7);
    return (bits & (1L << size) - 1) == 0;
  }

  private static int size(SystemOp op) {
    return (op.opcode & 1) == 0 ? 1 : Math.min(4, op.operandSize);
  }

  private static int port(Cpu cpu, SystemOp op) {
    return op.opcode < 0xe8 ? (int) op.immediate & 0xff : (int) cpu.gpr[Cpu.RDX] & 0xffff;
  }

  static void in(Cpu cpu, SystemOp op) {
    int size = size(op);
    int port = port(cpu, op);
    require(cpu, port, size);
    cpu.requireAlone();
    long value = read(cpu, port, size);
    if (size == 1) {
      cpu.write8(Cpu.RAX, true, (int) value);
    } else {
      cpu.writeRegister(Cpu.RAX, size, value);
    }
  }

  static void out(Cpu cpu, SystemOp op) {
    int size = size(op);
    int port = port(cpu, op);
    require(cpu, port, size);
    cpu.requireAlone();
    write(cpu, port, size, cpu.readRegister(Cpu.RAX, 4) & (1L << size * 8) - 1);
  }

  private static long read(Cpu cpu, int port, int size) {
    Debugging.portAccess(cpu, port, size);
    return cpu.ports.read(port, size);
  }

  private static void write(Cpu cpu, int port, int size, long value) {
    Debugging.portAccess(cpu, port, size);
    cpu.ports.write(port, size, value);
  }

  // --- INS, OUTS
  // ------------------------------------------------------------------------------------------------------------

  static void ins(Cpu cpu, SystemOp op) {
    int size = size(op);
    int port = (int) cpu.gpr[Cpu.RDX] & 0xffff;
    require(cpu, port, size);
    cpu.requireAlone();
    repeat(cpu, op, () -> insOnce(cpu, op, port, size));
  }

  static void outs(Cpu cpu, SystemOp op) {
    int size = size(op);
    int port = (int) cpu.gpr[Cpu.RDX] & 0xffff;
    require(cpu, port, size);
    cpu.requireAlone();
    repeat(cpu, op, () -> outsOnce(cpu, op, port, size));
  }

  private static void insOnce(Cpu cpu, SystemOp op, int port, int size) {
    int segment = Privilege.is64(cpu) ? Cpu.NO_SEGMENT : Cpu.ES;
    long linear = operand(Cpu.RDI, segment, op).forWrite(cpu, size);
    cpu.memory.probeWrite(linear, size);
    cpu.memory.write(linear, size, read(cpu, port, size));
    advance(cpu, op, Cpu.RDI, size);
  }

  private static void outsOnce(Cpu cpu, SystemOp op, int port, int size) {
    long linear = operand(Cpu.RSI, op.segment, op).forRead(cpu, size);
    write(cpu, port, size, cpu.memory.read(linear, size));
    advance(cpu, op, Cpu.RSI, size);
  }

  private static MemoryOperand operand(int register, int segment, SystemOp op) {
    return new MemoryOperand(register, Cpu.ZERO, 0, 0, op.addressSize, segment, segment != Cpu.NO_SEGMENT);
  }

  private static void advance(Cpu cpu, SystemOp op, int register, int size) {
    int step = (cpu.sys.eflags & Flags.DF) != 0 ? -size : size;
    cpu.writeRegister(register, op.addressSize, cpu.gpr[register] + step);
  }

  /** Goes to the next instruction when done, else to this one again; RCX says how far it came, also after a fault. */
  private static void repeat(Cpu cpu, SystemOp op, Runnable once) {
    if (op.repPrefix == 0) {
      once.run();
      cpu.rip = op.nextRip(cpu);
      return;
    }
    int most =
        (cpu.sys.eflags & Flags.TF) != 0 ? 1 : MOST_AT_ONCE; // each step traps, as a breakpoint does after its step
    for (int done = 0; cpu.readRegister(Cpu.RCX, op.addressSize) != 0; done++) {
      if (done == most || cpu.dataHits != 0) {
        cpu.rip = op.thisRip(cpu);
        return;
      }
      once.run();
      cpu.writeRegister(Cpu.RCX, op.addressSize, cpu.readRegister(Cpu.RCX, op.addressSize) - 1);
    }
    cpu.rip = op.nextRip(cpu);
  }
}
