package org.demitasse.cpu.system;

import static org.demitasse.cpu.core.Cpu.CS;
import static org.demitasse.cpu.core.Cpu.RSP;
import static org.demitasse.cpu.core.Cpu.SS;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

/**
 * Hardware task switches (Intel SDM vol. 3, 8.3). A fault up to the moment when the new task's registers are loaded
 * belongs to the old task and leaves it as it was; one after it belongs to the new task and is delivered there.
 */
final class TaskSwitch {
  private static final long DR6_BT = 1 << 15;
  private static final int LINK = 0;
  private static final int FLAGS_32 = FlagOps.LOW | FlagOps.HIGH | Flags.IF | Flags.IOPL | Flags.RF | Flags.VM;
  private static final int FLAGS_16 = FlagOps.LOW | Flags.IF | Flags.IOPL;

  private TaskSwitch() {}

  /** Why tasks are switched: it decides about busy bits, NT and the link. */
  private enum Cause {
    JUMP,
    /** CALL or an interrupt: the new task can return. */
    NEST,
    RETURN
  }

  /** Says whether a descriptor is a TSS or a task gate, which only exist outside IA-32e mode. */
  static boolean isTask(Cpu cpu, Descriptor descriptor) {
    int type = descriptor.type();
    return !Privilege.isLong(cpu)
        && descriptor.isSystem()
        && (type == Descriptor.TASK_GATE || (type & ~(8 | Descriptor.BUSY)) == Descriptor.TSS_16);
  }

  static void byJump(Cpu cpu, Descriptor descriptor, long nextRip) {
    go(cpu, target(cpu, descriptor), Cause.JUMP, nextRip);
  }

  static void byCall(Cpu cpu, Descriptor descriptor, long nextRip) {
    go(cpu, target(cpu, descriptor), Cause.NEST, nextRip);
  }

  /** IRET with NT: back to the task that the TSS links to. */
  static void byReturn(Cpu cpu, long nextRip) {
    int selector = (int) cpu.memory.systemRead(cpu.tr.base() + LINK & 0xffff_ffffL, 2);
    Descriptor descriptor = (selector & 4) != 0 ? null : DescriptorTables.find(cpu, selector);
    boolean busy =
        descriptor != null
            && descriptor.isSystem()
            && (descriptor.type() & ~8) == (Descriptor.TSS_16 | Descriptor.BUSY);
    if (descriptor == null || !busy) {
      throw cpu.raise(GuestFault.TS, selector & 0xfffc);
    }
    requirePresent(cpu, descriptor);
    go(cpu, descriptor, Cause.RETURN, nextRip);
  }

  /** A task gate in the IDT; the error code goes to the new task's stack. */
  static void byInterrupt(Cpu cpu, int selector, Interrupts.Event event) {
    Descriptor descriptor = availableTss(cpu, selector);
    TaskImage image = commit(cpu, descriptor, Cause.NEST, event.returnRip(), event.flags());
    arrive(cpu, image, event.hasError(), event.errorCode(), event.software() ? 0 : 1);
  }

  private static void go(Cpu cpu, Descriptor descriptor, Cause cause, long nextRip) {
    TaskImage image = commit(cpu, descriptor, cause, nextRip, cpu.eflags());
    arrive(cpu, image, false, 0, 0);
  }

  // --- which TSS
  // ------------------------------------------------------------------------------------------------------------

  private static Descriptor target(Cpu cpu, Descriptor descriptor) {
    if (descriptor.dpl() < cpu.sys.cpl || descriptor.dpl() < descriptor.rpl()) {
      throw cpu.raise(GuestFault.GP, descriptor.error());
    }
    if (descriptor.type() == Descriptor.TASK_GATE) {
      requirePresent(cpu, descriptor);
      return availableTss(cpu, descriptor.gateSelector());
    }
    return availableTss(cpu, descriptor.selector());
  }

  private static Descriptor availableTss(Cpu cpu, int selector) {
    Descriptor descriptor = (selector & 4) != 0 ? null : DescriptorTables.find(cpu, selector);
    if (descriptor == null || !descriptor.isSystem() || (descriptor.type() & ~8) != Descriptor.TSS_16) {
      throw cpu.raise(GuestFault.GP, selector & 0xfffc);
    }
    requirePresent(cpu, descriptor);
    return descriptor;
  }

  private static void requirePresent(Cpu cpu, Descriptor descriptor) {
    if (!descriptor.isPresent()) {
      throw cpu.raise(GuestFault.NP, descriptor.error());
    }
  }

  // --- out of the old task
  // ----------------------------------------------------------------------------------------------------

  /** Saves the old task and loads the new one's registers, all or nothing. */
  private static TaskImage commit(Cpu cpu, Descriptor descriptor, Cause cause, long returnRip, int flags) {
    boolean wide = (descriptor.type() & 8) != 0;
    if (descriptor.limit() < TaskImage.lastOffset(wide)) {
      throw cpu.raise(GuestFault.TS, descriptor.error());
    }
    boolean oldWide = TaskState.is32(cpu);
    long oldBase = cpu.tr.base();
    Descriptor old = DescriptorTables.find(cpu, cpu.tr.selector());
    TaskImage image = TaskImage.read(cpu, descriptor.base(), wide);
    TaskImage.probe(cpu, oldBase, oldWide);
    if (cause == Cause.NEST) {
      cpu.memory.systemWrite(descriptor.base() + LINK & 0xffff_ffffL, 2, cpu.tr.selector());
    }
    if (cause != Cause.NEST && old != null) {
      setType(cpu, old, (int) (old.low() >>> 40) & 0xff & ~Descriptor.BUSY);
    }
    if (cause != Cause.RETURN) {
      setType(cpu, descriptor, (int) (descriptor.low() >>> 40) & 0xff | Descriptor.BUSY);
    }
    TaskImage.write(cpu, oldBase, oldWide, returnRip, cause == Cause.RETURN ? flags & ~Flags.NT : flags);
    Segment tss = descriptor.toSegment(descriptor.selector());
    cpu.tr = new Segment(descriptor.selector(), tss.base(), tss.limit(), tss.attributes() | Descriptor.BUSY);
    cpu.sys.cr0 |= SystemRegisters.CR0_TS;
    Debugging.leaveTask(cpu);
    int newFlags = image.flags() & (wide ? FLAGS_32 : FLAGS_16) | (cause == Cause.NEST ? Flags.NT : 0);
    image.load(cpu, newFlags);
    return image;
  }

  private static void setType(Cpu cpu, Descriptor descriptor, int access) {
    cpu.memory.systemWrite(descriptor.address() + 5, 1, access);
  }

  // --- into the new one
  // -------------------------------------------------------------------------------------------------------

  /** Loads segments in the new task; its faults are delivered here, for the old task must not see them. */
  private static void arrive(Cpu cpu, TaskImage image, boolean hasError, int errorCode, int external) {
    try {
      loadTables(cpu, image);
      loadSegments(cpu, image);
      if (hasError) {
        Frame frame = new Frame().push(errorCode);
        int size = image.wide() ? 4 : 2;
        cpu.setStackPointer(frame.write(cpu, cpu.segment(SS), cpu.gpr[RSP], size, cpu.sys.cpl, 0));
      }
      if (image.rip() > cpu.segmentLimit[CS]) {
        throw cpu.raise(GuestFault.GP, 0);
      }
    } catch (GuestFault fault) {
      cpu.modeChanged();
      boolean selectorError = fault.vector() >= GuestFault.TS && fault.vector() <= GuestFault.GP;
      cpu.raise(fault.vector(), selectorError ? fault.errorCode() | external : fault.errorCode());
      requireDelivered(cpu, Interrupts.deliverFault(cpu, fault, image.rip()));
      return;
    }
    if (image.trap()) {
      requireDelivered(cpu, Interrupts.deliverDebugTrap(cpu, DR6_BT));
    }
  }

  /** A triple fault in the new task: whoever delivers this double fault comes to the same end. */
  private static void requireDelivered(Cpu cpu, boolean delivered) {
    if (!delivered) {
      throw cpu.raise(GuestFault.DF, 0);
    }
  }

  private static void loadTables(Cpu cpu, TaskImage image) {
    boolean pae = (cpu.sys.cr0 & SystemRegisters.CR0_PG) != 0 && (cpu.sys.cr4 & SystemRegisters.CR4_PAE) != 0;
    if (pae && image.wide()) {
      ControlRegisters.loadPdptes(cpu, image.cr3());
    }
    cpu.sys.cpl = (cpu.sys.eflags & Flags.VM) != 0 ? 3 : image.selectors()[CS] & 3;
    cpu.memory.select();
    int selector = image.ldt();
    if (DescriptorTables.isNull(selector)) {
      return;
    }
    Descriptor descriptor = (selector & 4) != 0 ? null : DescriptorTables.find(cpu, selector);
    if (descriptor == null
        || !descriptor.isSystem()
        || descriptor.type() != Descriptor.LDT
        || !descriptor.isPresent()) {
      throw cpu.raise(GuestFault.TS, selector & 0xfffc);
    }
    cpu.ldtr = descriptor.toSegment(selector);
  }

  private static void loadSegments(Cpu cpu, TaskImage image) {
    int[] selectors = image.selectors();
    if ((cpu.sys.eflags & Flags.VM) != 0) {
      SegmentLoads.enterVirtual8086(cpu, selectors);
      return;
    }
    Descriptor code = DescriptorTables.require(cpu, selectors[CS], GuestFault.TS);
    boolean level = code.isConforming() ? code.dpl() <= code.rpl() : code.dpl() == code.rpl();
    if (!code.isCode() || !level) {
      throw cpu.raise(GuestFault.TS, code.error());
    }
    requirePresent(cpu, code);
    SegmentLoads.setCode(cpu, code, code.rpl());
    cpu.setSegment(SS, SegmentLoads.stackFor(cpu, selectors[SS], code.rpl(), GuestFault.TS));
    for (int number = 0; number < 6; number++) {
      if (number != CS && number != SS) {
        cpu.setSegment(number, SegmentLoads.data(cpu, selectors[number], GuestFault.TS));
      }
    }
    cpu.modeChanged();
  }
}
