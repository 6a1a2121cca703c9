package org.demitasse.cpu.system;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;

/** HLT, cache and TLB instructions, and software interrupts (Intel SDM vol. 2). */
final class ProcessorOps {
  private static final long PCID_MASK = 0xfff;
  private static final long KVM_EPERM = -1;
  private static final long KVM_EINVAL = -22;
  private static final long KVM_ENOSYS = -1000;
  private static final int KVM_HC_SEND_IPI = 10;

  /** Logical destinations and shorthands, which the hypercall has not. */
  private static final int ICR_DESTINATION = 0xc_0800;

  private ProcessorOps() {}

  static void hlt(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    cpu.halted = true;
    cpu.endSlice();
  }

  /**
   * VMCALL, which the hypervisor signature in CPUID promises. CPUID offers no hypercall; interprocessor interrupts are
   * served nevertheless, as KVM does, and the others get the answer that says that they are not (Linux
   * Documentation/virt/kvm/x86/hypercalls.rst).
   */
  static void vmcall(Cpu cpu, SystemOp op) {
    long answer = cpu.sys.cpl != 0 ? KVM_EPERM : KVM_ENOSYS;
    if (cpu.sys.cpl == 0 && (int) cpu.gpr[Cpu.RAX] == KVM_HC_SEND_IPI) {
      cpu.requireAlone();
      answer = sendInterrupts(cpu);
      cpu.endSlice();
    }
    cpu.gpr[Cpu.RAX] = Privilege.is64(cpu) ? answer : answer & 0xffff_ffffL;
  }

  /** RBX and RCX: bitmap of APIC IDs from that in RDX on; RSI: command. Gives how many were sent. */
  private static long sendInterrupts(Cpu cpu) {
    int command = (int) cpu.gpr[Cpu.RSI];
    if ((command & ICR_DESTINATION) != 0) {
      return KVM_EINVAL;
    }
    int word = Privilege.is64(cpu) ? 64 : 32;
    long first = cpu.gpr[Cpu.RDX] & 0xffff_ffffL;
    long sent = 0;
    for (long id = first; id < Math.min(first + 2L * word, cpu.environment.count()); id++) {
      int bit = (int) (id - first);
      long bitmap = cpu.gpr[bit < word ? Cpu.RBX : Cpu.RCX];
      if ((bitmap >>> bit % word & 1) != 0) {
        cpu.environment.apic().send((int) id, command);
        sent++;
      }
    }
    return sent;
  }

  /** INVD and WBINVD: there is no cache. */
  static void nothingPrivileged(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
  }

  static void invlpg(Cpu cpu, SystemOp op) {
    Privilege.requireZero(cpu);
    MemoryOperand operand = op.mem();
    long offset = operand.offset(cpu);
    long linear = offset + cpu.segmentBase[operand.segment()];
    cpu.memory.flushPage(Privilege.isLong(cpu) ? linear : linear & 0xffff_ffffL);
  }

  /** The TLB has no PCID tags: every type but the one-address one forgets all. */
  static void invpcid(Cpu cpu, SystemOp op) {
    if (!Privilege.isReal(cpu)) {
      Privilege.requireZero(cpu);
    }
    MemoryOperand operand = op.mem();
    long type = cpu.readRegister(op.reg, Privilege.is64(cpu) ? 8 : 4);
    long pcid = cpu.memory.read64(operand.forRead(cpu, 0, 8));
    long linear = cpu.memory.read64(operand.forRead(cpu, 8, 8));
    boolean pcidOn = (cpu.sys.cr4 & SystemRegisters.CR4_PCIDE) != 0;
    boolean namesPcid = type == 0 || type == 1;
    if (Long.compareUnsigned(type, 3) > 0
        || (pcid & ~PCID_MASK) != 0
        || namesPcid && !pcidOn && pcid != 0
        || type == 0 && !Privilege.isCanonical(linear)) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    if (type == 0) {
      cpu.memory.flushPage(linear);
    } else {
      cpu.memory.flush();
    }
  }

  // --- software interrupts
  // ------------------------------------------------------------------------------------------------------

  static void interrupt(Cpu cpu, SystemOp op) {
    if (Privilege.isVirtual8086(cpu) && Privilege.iopl(cpu) < 3) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    Interrupts.software(cpu, (int) op.immediate & 0xff, op.nextRip(cpu));
  }

  static void breakpoint(Cpu cpu, SystemOp op) {
    Interrupts.software(cpu, GuestFault.BP, op.nextRip(cpu));
  }

  static void into(Cpu cpu, SystemOp op) {
    if ((cpu.eflags() & Flags.OF) != 0) {
      Interrupts.software(cpu, GuestFault.OF, op.nextRip(cpu));
    } else {
      cpu.rip = op.nextRip(cpu);
    }
  }

  static void debugTrap(Cpu cpu, SystemOp op) {
    Interrupts.trap(cpu, GuestFault.DB, op.nextRip(cpu));
  }
}
