package org.demitasse.cpu.system;

import static org.demitasse.cpu.core.Cpu.CS;
import static org.demitasse.cpu.core.Cpu.DS;
import static org.demitasse.cpu.core.Cpu.ES;
import static org.demitasse.cpu.core.Cpu.FS;
import static org.demitasse.cpu.core.Cpu.GS;
import static org.demitasse.cpu.core.Cpu.RSP;
import static org.demitasse.cpu.core.Cpu.SS;

import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;

/**
 * Delivers exceptions and interrupts through the IVT or IDT in every mode (Intel SDM vol. 3, chapter 6; vol. 2, INT n).
 *
 * <p>Either an event is delivered completely, or nothing but accessed bits has changed and a {@link GuestFault} says
 * why; the public methods turn that into the next exception, a double fault or a triple fault (table 6-5).
 */
public final class Interrupts {
  private static final int TASK_GATE = 5;
  private static final int LONG_MODE_INTERRUPT_GATE = 14;

  private Interrupts() {}

  /**
   * Something on its way through a gate.
   *
   * @param software INT n, INT3 or INTO: checks the gate's DPL and leaves EXT clear
   * @param flags the EFLAGS image to push
   */
  record Event(int vector, boolean software, boolean hasError, int errorCode, long returnRip, int flags) {
    /** Error code that names the gate (Intel SDM vol. 3, 6.13). */
    int gateError() {
      return vector * 8 + 2;
    }
  }

  /**
   * Delivers the exception that an instruction raised.
   *
   * @param fault what it raised; {@link GuestFault#isNonCanonical} already turned into #GP or #SS
   * @param faultRip RIP of that instruction
   * @return false for a triple fault: the CPU has shut down
   */
  public static boolean deliverFault(Cpu cpu, GuestFault fault, long faultRip) {
    return deliverException(cpu, fault.vector(), fault.errorCode(), faultRip);
  }

  /** Delivers a hardware interrupt between two instructions; false for a triple fault. */
  public static boolean deliverExternal(Cpu cpu, int vector) {
    return deliverBetween(cpu, vector);
  }

  /** Delivers an NMI between two instructions and holds off more until IRET; false for a triple fault. */
  public static boolean deliverNmi(Cpu cpu) {
    boolean delivered = deliverBetween(cpu, GuestFault.NMI);
    cpu.nmiMasked = true;
    return delivered;
  }

  /**
   * Delivers a debug trap after an instruction: single step or data breakpoint.
   *
   * @param causes bits to set in DR6: BS, or B0-B3
   * @return false for a triple fault
   */
  public static boolean deliverDebugTrap(Cpu cpu, long causes) {
    Debugging.record(cpu, causes);
    return deliverBetween(cpu, GuestFault.DB);
  }

  private static boolean deliverBetween(Cpu cpu, int vector) {
    boolean aloneBefore = cpu.memory.alone;
    cpu.memory.alone = true;
    try {
      deliver(cpu, new Event(vector, false, false, 0, cpu.rip, cpu.eflags()));
      return true;
    } catch (GuestFault next) {
      return deliverException(cpu, next.vector(), next.errorCode(), cpu.rip);
    } finally {
      cpu.memory.alone = aloneBefore;
    }
  }

  private static boolean deliverException(Cpu cpu, int firstVector, int firstError, long rip) {
    boolean aloneBefore = cpu.memory.alone;
    cpu.memory.alone = true;
    int vector = firstVector;
    int errorCode = firstError;
    try {
      while (true) {
        try {
          deliver(cpu, exception(cpu, vector, errorCode, rip));
          return true;
        } catch (GuestFault next) {
          if (vector == GuestFault.DF) {
            return false;
          }
          boolean doubles = doubles(vector, next.vector());
          vector = doubles ? GuestFault.DF : next.vector();
          errorCode = doubles ? 0 : next.errorCode();
        }
      }
    } finally {
      cpu.memory.alone = aloneBefore;
    }
  }

  /**
   * RF is set in the image of faults, so that an instruction breakpoint does not strike twice (Intel SDM vol. 3,
   * 17.3.1.1).
   */
  private static Event exception(Cpu cpu, int vector, int errorCode, long rip) {
    boolean restarts = vector != GuestFault.DB && vector != GuestFault.DF;
    int flags = cpu.eflags() | (restarts ? Flags.RF : 0);
    return new Event(vector, false, GuestFault.pushesErrorCode(vector), errorCode, rip, flags);
  }

  /** Says whether two exceptions in a row make a double fault (Intel SDM vol. 3, table 6-5). */
  static boolean doubles(int first, int second) {
    return first == GuestFault.PF
        ? second == GuestFault.PF || isContributory(second)
        : isContributory(first) && isContributory(second);
  }

  private static boolean isContributory(int vector) {
    return vector == GuestFault.DE || (vector >= GuestFault.TS && vector <= GuestFault.GP);
  }

  /** INT n, INT3 and INTO: raises the faults of delivering it as faults of that instruction. */
  static void software(Cpu cpu, int vector, long nextRip) {
    cpu.trapHeldOff = true;
    deliver(cpu, new Event(vector, true, false, 0, nextRip, cpu.eflags()));
  }

  /** INT1: neither checked nor redirected as software interrupts are. */
  static void trap(Cpu cpu, int vector, long nextRip) {
    cpu.trapHeldOff = true;
    deliver(cpu, new Event(vector, false, false, 0, nextRip, cpu.eflags()));
    if (cpu.dataHits != 0) { // of a load of SS before: this one #DB is for both
      Debugging.record(cpu, cpu.dataHits);
      cpu.dataHits = 0;
    }
  }

  private static void deliver(Cpu cpu, Event event) {
    int levelBefore = cpu.sys.cpl;
    try {
      if (Privilege.isReal(cpu)) {
        throughVectorTable(cpu, event);
      } else if (Privilege.isLong(cpu)) {
        throughGate64(cpu, event);
      } else {
        throughGate(cpu, event);
      }
    } catch (GuestFault fault) {
      if (!event.software && fault.vector() >= GuestFault.TS && fault.vector() <= GuestFault.GP) {
        throw cpu.raise(fault.vector(), fault.errorCode() | 1);
      }
      throw fault;
    }
    cpu.interruptShadow = false;
    cpu.halted = false;
    long slot = cpu.gpr[RSP] + (event.hasError && !Privilege.isReal(cpu) ? cpu.codeSize : 0);
    int outer = levelBefore > cpu.sys.cpl ? 256 : 0;
    cpu.tellCrossing(FlowLog.INTERRUPT, cpu.rip, slot, event.vector | outer);
    if (event.vector == GuestFault.DB && !event.software) {
      Debugging.leaveGeneralDetect(cpu);
    }
  }

  // --- real mode
  // ------------------------------------------------------------------------------------------------------------

  private static void throughVectorTable(Cpu cpu, Event event) {
    if (event.vector * 4 + 3 > cpu.idtrLimit) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    long entry = cpu.memory.systemRead(cpu.idtrBase + event.vector * 4L, 4);
    Frame frame = new Frame().push(event.flags).push(cpu.selector[CS]).push(event.returnRip);
    long pointer = frame.write(cpu, cpu.segment(SS), cpu.gpr[RSP], 2, cpu.sys.cpl, 0);
    cpu.setStackPointer(pointer);
    cpu.sys.eflags &= ~(Flags.IF | Flags.TF | Flags.AC | Flags.RF);
    cpu.setSegment(CS, SegmentLoads.real(cpu, CS, (int) (entry >>> 16)));
    cpu.modeChanged();
    cpu.rip = entry & 0xffff;
  }

  // --- protected mode and virtual-8086 mode
  // ------------------------------------------------------------------------------------

  private static void throughGate(Cpu cpu, Event event) {
    if (event.vector * 8 + 7 > cpu.idtrLimit) {
      throw cpu.raise(GuestFault.GP, event.gateError());
    }
    long address = cpu.idtrBase + event.vector * 8L & 0xffff_ffffL;
    Descriptor gate = new Descriptor(0, address, cpu.memory.systemRead(address, 8), 0);
    boolean interruptOrTrap = gate.isSystem() && (gate.type() & 6) == 6;
    boolean task = gate.isSystem() && gate.type() == TASK_GATE;
    if (!interruptOrTrap && !task || event.software && gate.dpl() < cpu.sys.cpl) {
      throw cpu.raise(GuestFault.GP, event.gateError());
    }
    if (!gate.isPresent()) {
      throw cpu.raise(GuestFault.NP, event.gateError());
    }
    if (task) {
      TaskSwitch.byInterrupt(cpu, gate.gateSelector(), event);
      return;
    }
    Descriptor code = handlerSegment(cpu, gate);
    if (!code.isConforming() && code.dpl() < cpu.sys.cpl) {
      toInnerLevel(cpu, event, gate, code);
    } else {
      inSameLevel(cpu, event, gate, code);
    }
  }

  private static Descriptor handlerSegment(Cpu cpu, Descriptor gate) {
    if (DescriptorTables.isNull(gate.gateSelector())) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    Descriptor code = DescriptorTables.require(cpu, gate.gateSelector(), GuestFault.GP);
    if (!code.isCode() || code.dpl() > cpu.sys.cpl) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    if (!code.isPresent()) {
      throw cpu.raise(GuestFault.NP, code.error());
    }
    code.markAccessed(cpu);
    return code;
  }

  private static boolean is32(Descriptor gate) {
    return (gate.type() & 8) != 0;
  }

  private static long entryPoint(Cpu cpu, Descriptor gate, Descriptor code) {
    long entry = is32(gate) ? gate.gateOffset() : gate.gateOffset16();
    if (entry > code.limit()) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    return entry;
  }

  private static void toInnerLevel(Cpu cpu, Event event, Descriptor gate, Descriptor code) {
    int cpl = code.dpl();
    boolean from8086 = Privilege.isVirtual8086(cpu);
    if (from8086 && cpl != 0) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    TaskState.Stack stack = TaskState.stackFor(cpu, cpl);
    long entry = entryPoint(cpu, gate, code);
    Frame frame = new Frame();
    if (from8086) {
      frame.push(cpu.selector[GS]).push(cpu.selector[FS]).push(cpu.selector[DS]).push(cpu.selector[ES]);
    }
    frame.push(cpu.selector[SS]).push(cpu.gpr[RSP]);
    pushReturn(cpu, event, frame);
    int size = is32(gate) ? 4 : 2;
    int error = stack.segment().selector() & 0xfffc;
    long pointer = frame.write(cpu, stack.segment(), stack.pointer(), size, cpl, error);
    if (from8086) {
      for (int number : new int[] {GS, FS, DS, ES}) {
        cpu.setSegment(number, Segment.NULL);
      }
    }
    clearFlags(cpu, (gate.type() & 1) == 0);
    SegmentLoads.setCode(cpu, code, cpl);
    cpu.setSegment(SS, stack.segment());
    cpu.modeChanged();
    if (cpu.stackSize == 2) {
      cpu.gpr[RSP] = stack.pointer();
    }
    cpu.setStackPointer(pointer);
    cpu.rip = entry;
  }

  private static void inSameLevel(Cpu cpu, Event event, Descriptor gate, Descriptor code) {
    if (Privilege.isVirtual8086(cpu)) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    long entry = entryPoint(cpu, gate, code);
    Frame frame = new Frame();
    pushReturn(cpu, event, frame);
    long pointer = frame.write(cpu, cpu.segment(SS), cpu.gpr[RSP], is32(gate) ? 4 : 2, cpu.sys.cpl, 0);
    cpu.setStackPointer(pointer);
    clearFlags(cpu, (gate.type() & 1) == 0);
    SegmentLoads.setCode(cpu, code, cpu.sys.cpl);
    cpu.modeChanged();
    cpu.rip = entry;
  }

  private static void pushReturn(Cpu cpu, Event event, Frame frame) {
    frame.push(event.flags).push(cpu.selector[CS]).push(event.returnRip);
    if (event.hasError) {
      frame.push(event.errorCode);
    }
  }

  private static void clearFlags(Cpu cpu, boolean interruptsOff) {
    cpu.sys.eflags &= ~(Flags.TF | Flags.NT | Flags.VM | Flags.RF | (interruptsOff ? Flags.IF : 0));
  }

  // --- IA-32e mode
  // ----------------------------------------------------------------------------------------------------------

  private static void throughGate64(Cpu cpu, Event event) {
    if (event.vector * 16 + 15 > cpu.idtrLimit) {
      throw cpu.raise(GuestFault.GP, event.gateError());
    }
    long address = cpu.idtrBase + event.vector * 16L;
    Descriptor gate =
        new Descriptor(0, address, cpu.memory.systemRead(address, 8), cpu.memory.systemRead(address + 8, 8));
    if (!gate.isSystem()
        || (gate.type() & ~1) != LONG_MODE_INTERRUPT_GATE
        || event.software && gate.dpl() < cpu.sys.cpl) {
      throw cpu.raise(GuestFault.GP, event.gateError());
    }
    if (!gate.isPresent()) {
      throw cpu.raise(GuestFault.NP, event.gateError());
    }
    Descriptor code = handlerSegment(cpu, gate);
    if (!code.isLong() || code.isBig()) {
      throw cpu.raise(GuestFault.GP, code.error());
    }
    long entry = gate.gateOffset();
    if (!Privilege.isCanonical(entry)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    enter64(cpu, event, gate, code, entry);
  }

  private static void enter64(Cpu cpu, Event event, Descriptor gate, Descriptor code, long entry) {
    boolean inner = !code.isConforming() && code.dpl() < cpu.sys.cpl;
    int cpl = inner ? code.dpl() : cpu.sys.cpl;
    int interruptStack = (int) (gate.low() >>> 32) & 7;
    long top =
        interruptStack != 0
            ? TaskState.interruptStack(cpu, interruptStack)
            : inner ? TaskState.stack64(cpu, cpl) : cpu.gpr[RSP] & cpu.stackMask;
    Frame frame = new Frame().push(cpu.selector[SS]).push(cpu.gpr[RSP]);
    pushReturn(cpu, event, frame);
    long pointer = frame.write(cpu, StackSpace.FLAT_64, top & ~15L, 8, cpl, 0);
    clearFlags(cpu, (gate.type() & 1) == 0);
    SegmentLoads.setCode(cpu, code, cpl);
    if (inner) {
      cpu.setSegment(SS, SegmentLoads.nullStack(cpl, cpl));
    }
    cpu.modeChanged();
    cpu.gpr[RSP] = pointer;
    cpu.rip = entry;
  }
}
