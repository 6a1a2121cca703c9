package org.demitasse.cpu.system;

import static org.demitasse.cpu.core.Cpu.CS;
import static org.demitasse.cpu.core.Cpu.RSP;
import static org.demitasse.cpu.core.Cpu.SS;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;

/** Far JMP and CALL, directly and through gates (Intel SDM vol. 2, JMP, CALL; vol. 3, 5.8). */
final class FarTransfers {
  private FarTransfers() {}

  static void jumpDirect(Cpu cpu, SystemOp op) {
    jump(cpu, op, op.immediate2, trim(op.immediate, op.operandSize));
  }

  static void callDirect(Cpu cpu, SystemOp op) {
    call(cpu, op, op.immediate2, trim(op.immediate, op.operandSize));
  }

  static void jumpMemory(Cpu cpu, SystemOp op) {
    long offset = cpu.memory.read(op.mem().forRead(cpu, op.operandSize), op.operandSize);
    jump(cpu, op, farSelector(cpu, op), offset);
  }

  static void callMemory(Cpu cpu, SystemOp op) {
    long offset = cpu.memory.read(op.mem().forRead(cpu, op.operandSize), op.operandSize);
    call(cpu, op, farSelector(cpu, op), offset);
  }

  /** The selector of a far pointer in memory, behind its offset. */
  static int farSelector(Cpu cpu, SystemOp op) {
    return cpu.memory.read16(op.mem().forRead(cpu, op.operandSize, 2));
  }

  /** Cuts an offset to 2, 4 or 8 bytes. */
  static long trim(long offset, int size) {
    return size == 8 ? offset : offset & (1L << size * 8) - 1;
  }

  /** The stack in use, for {@link Frame#write}. */
  static Segment currentStack(Cpu cpu) {
    return Privilege.is64(cpu) ? StackSpace.FLAT_64 : cpu.segment(SS);
  }

  /** Raises #GP(0) for an offset that the code segment does not hold; then marks the segment accessed. */
  static void checkTarget(Cpu cpu, Descriptor code, long offset) {
    boolean wide = Privilege.isLong(cpu) && code.isLong();
    if (wide ? !Privilege.isCanonical(offset) : Long.compareUnsigned(offset, code.limit()) > 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    code.markAccessed(cpu);
  }

  /** Raises #GP for a code descriptor that claims to be both 64-bit and 32-bit. */
  static void checkSize(Cpu cpu, Descriptor code) {
    if (Privilege.isLong(cpu) && code.isLong() && code.isBig()) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
  }

  private static Segment segment8086OrReal(Cpu cpu, int selector) {
    return Privilege.isReal(cpu) ? SegmentLoads.real(cpu, CS, selector) : SegmentLoads.virtual8086(selector);
  }

  /** Goes to selector:offset in real or virtual-8086 mode. */
  static void goReal(Cpu cpu, int selector, long offset) {
    Segment code = segment8086OrReal(cpu, selector);
    cpu.setSegment(CS, code);
    cpu.modeChanged();
    cpu.rip = offset;
  }

  /** Raises #GP(0) for an offset beyond the limit that CS has in real or virtual-8086 mode. */
  static void checkReal(Cpu cpu, long offset) {
    if (offset > cpu.segmentLimit[CS]) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  private static void goTo(Cpu cpu, Descriptor code, int cpl, long offset) {
    SegmentLoads.setCode(cpu, code, cpl);
    cpu.modeChanged();
    cpu.rip = offset;
  }

  private static Descriptor target(Cpu cpu, int selector) {
    if (DescriptorTables.isNull(selector)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    return DescriptorTables.require(cpu, selector, GuestFault.GP);
  }

  /** Checks a code segment that is named directly: no change of privilege. */
  private static void checkDirect(Cpu cpu, Descriptor code) {
    int cpl = cpu.sys.cpl;
    boolean allowed = code.isConforming() ? code.dpl() <= cpl : code.rpl() <= cpl && code.dpl() == cpl;
    if (!allowed) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    checkSize(cpu, code);
    requirePresent(cpu, code);
  }

  private static void requirePresent(Cpu cpu, Descriptor descriptor) {
    if (!descriptor.isPresent()) {
      throw cpu.raise(GuestFault.NP, descriptor.error());
    }
  }

  // --- JMP
  // ------------------------------------------------------------------------------------------------------------------

  private static void jump(Cpu cpu, SystemOp op, int selector, long offset) {
    if (!Privilege.isProtected(cpu)) {
      checkReal(cpu, offset);
      goReal(cpu, selector, offset);
      return;
    }
    Descriptor descriptor = target(cpu, selector);
    if (descriptor.isCode()) {
      checkDirect(cpu, descriptor);
      checkTarget(cpu, descriptor, offset);
      goTo(cpu, descriptor, cpu.sys.cpl, offset);
      return;
    }
    if (TaskSwitch.isTask(cpu, descriptor)) {
      TaskSwitch.byJump(cpu, descriptor, op.nextRip(cpu));
      return;
    }
    Gate gate = Gate.parse(cpu, descriptor);
    Descriptor code = gate.code();
    boolean allowed = code.isConforming() ? code.dpl() <= cpu.sys.cpl : code.dpl() == cpu.sys.cpl;
    if (!allowed) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    requirePresent(cpu, code);
    checkTarget(cpu, code, gate.offset());
    goTo(cpu, code, cpu.sys.cpl, gate.offset());
  }

  // --- CALL
  // -----------------------------------------------------------------------------------------------------------------

  private static void call(Cpu cpu, SystemOp op, int selector, long offset) {
    long returnRip = op.nextRip(cpu);
    if (!Privilege.isProtected(cpu)) {
      checkReal(cpu, offset);
      pushReturn(cpu, op.operandSize, returnRip);
      goReal(cpu, selector, offset);
      return;
    }
    Descriptor descriptor = target(cpu, selector);
    if (descriptor.isCode()) {
      checkDirect(cpu, descriptor);
      checkTarget(cpu, descriptor, offset);
      pushReturn(cpu, op.operandSize, returnRip);
      goTo(cpu, descriptor, cpu.sys.cpl, offset);
    } else if (TaskSwitch.isTask(cpu, descriptor)) {
      TaskSwitch.byCall(cpu, descriptor, returnRip);
    } else {
      callGate(cpu, Gate.parse(cpu, descriptor), returnRip);
    }
  }

  private static void pushReturn(Cpu cpu, int size, long returnRip) {
    Frame frame = new Frame().push(cpu.selector[CS]).push(returnRip);
    long pointer = frame.write(cpu, currentStack(cpu), cpu.gpr[RSP], size, cpu.sys.cpl, 0);
    cpu.setStackPointer(pointer);
  }

  private static void callGate(Cpu cpu, Gate gate, long returnRip) {
    Descriptor code = gate.code();
    if (code.dpl() > cpu.sys.cpl) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    requirePresent(cpu, code);
    checkTarget(cpu, code, gate.offset());
    if (code.isConforming() || code.dpl() == cpu.sys.cpl) {
      pushReturn(cpu, gate.size(), returnRip);
      goTo(cpu, code, cpu.sys.cpl, gate.offset());
    } else if (gate.size() == 8) {
      callInner64(cpu, gate, returnRip);
    } else {
      callInner(cpu, gate, returnRip);
    }
  }

  private static void callInner64(Cpu cpu, Gate gate, long returnRip) {
    int cpl = gate.code().dpl();
    long top = TaskState.stack64(cpu, cpl);
    Frame frame = new Frame().push(cpu.selector[SS]).push(cpu.gpr[RSP]).push(cpu.selector[CS]).push(returnRip);
    long pointer = frame.write(cpu, StackSpace.FLAT_64, top, 8, cpl, 0);
    cpu.setSegment(SS, SegmentLoads.nullStack(cpl, cpl));
    goTo(cpu, gate.code(), cpl, gate.offset());
    cpu.gpr[RSP] = pointer;
  }

  private static void callInner(Cpu cpu, Gate gate, long returnRip) {
    int cpl = gate.code().dpl();
    int size = gate.size();
    TaskState.Stack stack = TaskState.stackFor(cpu, cpl);
    Frame frame = new Frame().push(cpu.selector[SS]).push(cpu.gpr[RSP]);
    for (int n = gate.parameters() - 1; n >= 0; n--) {
      frame.push(cpu.peekStack(n * size, size));
    }
    frame.push(cpu.selector[CS]).push(returnRip);
    int error = stack.segment().selector() & 0xfffc;
    long pointer = frame.write(cpu, stack.segment(), stack.pointer(), size, cpl, error);
    cpu.setSegment(SS, stack.segment());
    goTo(cpu, gate.code(), cpl, gate.offset());
    if (cpu.stackSize == 2) {
      cpu.gpr[RSP] = stack.pointer();
    }
    cpu.setStackPointer(pointer);
  }
}
