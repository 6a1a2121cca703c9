package org.demitasse.kvm.abi;

/**
 * Sizes and offsets, in bytes, of the structures that KVM's requests take on x86-64 (linux/kvm.h, asm/kvm.h): a mirror
 * of the C headers, {@code STRUCT__FIELD}, to which a test holds it.
 */
public final class Structures {
  // struct kvm_run: the page shared with the kernel
  public static final int KVM_RUN__IMMEDIATE_EXIT = 1;
  public static final int KVM_RUN__EXIT_REASON = 8;
  public static final int KVM_RUN__IF_FLAG = 13;
  public static final int KVM_RUN__HW__HARDWARE_EXIT_REASON = 32;
  public static final int KVM_RUN__FAIL_ENTRY__HARDWARE_ENTRY_FAILURE_REASON = 32;
  public static final int KVM_RUN__IO__DIRECTION = 32;
  public static final int KVM_RUN__IO__SIZE = 33;
  public static final int KVM_RUN__IO__PORT = 34;
  public static final int KVM_RUN__IO__COUNT = 36;
  public static final int KVM_RUN__IO__DATA_OFFSET = 40;
  public static final int KVM_RUN__DEBUG__ARCH__EXCEPTION = 32;
  public static final int KVM_RUN__DEBUG__ARCH__DR6 = 48;
  public static final int KVM_RUN__MMIO__PHYS_ADDR = 32;
  public static final int KVM_RUN__MMIO__DATA = 40;
  public static final int KVM_RUN__MMIO__LEN = 48;
  public static final int KVM_RUN__MMIO__IS_WRITE = 52;
  public static final int KVM_RUN__INTERNAL__SUBERROR = 32;
  public static final int KVM_RUN__INTERNAL__NDATA = 36;
  public static final int KVM_RUN__INTERNAL__DATA = 40;
  public static final int KVM_RUN__EMULATION_FAILURE__FLAGS = 40;
  public static final int KVM_RUN__EMULATION_FAILURE__INSN_SIZE = 48;
  public static final int KVM_RUN__EMULATION_FAILURE__INSN_BYTES = 49;

  // struct kvm_userspace_memory_region
  public static final int KVM_USERSPACE_MEMORY_REGION = 32;
  public static final int KVM_USERSPACE_MEMORY_REGION__SLOT = 0;
  public static final int KVM_USERSPACE_MEMORY_REGION__FLAGS = 4;
  public static final int KVM_USERSPACE_MEMORY_REGION__GUEST_PHYS_ADDR = 8;
  public static final int KVM_USERSPACE_MEMORY_REGION__MEMORY_SIZE = 16;
  public static final int KVM_USERSPACE_MEMORY_REGION__USERSPACE_ADDR = 24;

  // struct kvm_regs
  public static final int KVM_REGS = 144;
  public static final int KVM_REGS__RAX = 0;
  public static final int KVM_REGS__RBX = 8;
  public static final int KVM_REGS__RCX = 16;
  public static final int KVM_REGS__RDX = 24;
  public static final int KVM_REGS__RSI = 32;
  public static final int KVM_REGS__RDI = 40;
  public static final int KVM_REGS__RSP = 48;
  public static final int KVM_REGS__RBP = 56;
  public static final int KVM_REGS__R8 = 64;
  public static final int KVM_REGS__RIP = 128;
  public static final int KVM_REGS__RFLAGS = 136;

  // struct kvm_segment
  public static final int KVM_SEGMENT = 24;
  public static final int KVM_SEGMENT__BASE = 0;
  public static final int KVM_SEGMENT__LIMIT = 8;
  public static final int KVM_SEGMENT__SELECTOR = 12;
  public static final int KVM_SEGMENT__TYPE = 14;
  public static final int KVM_SEGMENT__PRESENT = 15;
  public static final int KVM_SEGMENT__DPL = 16;
  public static final int KVM_SEGMENT__DB = 17;
  public static final int KVM_SEGMENT__S = 18;
  public static final int KVM_SEGMENT__L = 19;
  public static final int KVM_SEGMENT__G = 20;
  public static final int KVM_SEGMENT__AVL = 21;
  public static final int KVM_SEGMENT__UNUSABLE = 22;

  // struct kvm_sregs, with struct kvm_dtable
  public static final int KVM_SREGS = 312;
  public static final int KVM_SREGS__CS = 0;
  public static final int KVM_SREGS__DS = 24;
  public static final int KVM_SREGS__ES = 48;
  public static final int KVM_SREGS__FS = 72;
  public static final int KVM_SREGS__GS = 96;
  public static final int KVM_SREGS__SS = 120;
  public static final int KVM_SREGS__TR = 144;
  public static final int KVM_SREGS__LDT = 168;
  public static final int KVM_SREGS__GDT = 192;
  public static final int KVM_SREGS__IDT = 208;
  public static final int KVM_SREGS__CR0 = 224;
  public static final int KVM_SREGS__CR2 = 232;
  public static final int KVM_SREGS__CR3 = 240;
  public static final int KVM_SREGS__CR4 = 248;
  public static final int KVM_SREGS__CR8 = 256;
  public static final int KVM_SREGS__EFER = 264;
  public static final int KVM_SREGS__APIC_BASE = 272;
  public static final int KVM_DTABLE__BASE = 0;
  public static final int KVM_DTABLE__LIMIT = 8;

  // struct kvm_xcrs, with struct kvm_xcr
  public static final int KVM_XCRS = 392;
  public static final int KVM_XCRS__NR_XCRS = 0;
  public static final int KVM_XCRS__XCRS = 8;
  public static final int KVM_XCR__XCR = 0;
  public static final int KVM_XCR__VALUE = 8;

  public static final int KVM_XSAVE = 4096;
  public static final int KVM_LAPIC_STATE = 1024;

  // struct kvm_debugregs
  public static final int KVM_DEBUGREGS = 128;
  public static final int KVM_DEBUGREGS__DB = 0;
  public static final int KVM_DEBUGREGS__DR6 = 32;
  public static final int KVM_DEBUGREGS__DR7 = 40;

  // struct kvm_vcpu_events
  public static final int KVM_VCPU_EVENTS = 64;
  public static final int KVM_VCPU_EVENTS__INTERRUPT__SHADOW = 11;
  public static final int KVM_VCPU_EVENTS__NMI__MASKED = 14;
  public static final int KVM_VCPU_EVENTS__FLAGS = 20;
  public static final int KVM_VCPUEVENT_VALID_SHADOW = 4;

  // struct kvm_mp_state
  public static final int KVM_MP_STATE = 4;
  public static final int KVM_MP_STATE_RUNNABLE = 0;
  public static final int KVM_MP_STATE_UNINITIALIZED = 1;
  public static final int KVM_MP_STATE_INIT_RECEIVED = 2;
  public static final int KVM_MP_STATE_HALTED = 3;
  public static final int KVM_MP_STATE_SIPI_RECEIVED = 4;

  // struct kvm_msrs, kvm_msr_entry, kvm_msr_list
  public static final int KVM_MSRS = 8;
  public static final int KVM_MSR_ENTRY = 16;
  public static final int KVM_MSR_ENTRY__INDEX = 0;
  public static final int KVM_MSR_ENTRY__DATA = 8;
  public static final int KVM_MSR_LIST__INDICES = 4;

  // struct kvm_cpuid2, kvm_cpuid_entry2
  public static final int KVM_CPUID2 = 8;
  public static final int KVM_CPUID_ENTRY2 = 40;
  public static final int KVM_CPUID_ENTRY2__FUNCTION = 0;
  public static final int KVM_CPUID_ENTRY2__INDEX = 4;
  public static final int KVM_CPUID_ENTRY2__FLAGS = 8;
  public static final int KVM_CPUID_ENTRY2__EAX = 12;
  public static final int KVM_CPUID_ENTRY2__EBX = 16;
  public static final int KVM_CPUID_ENTRY2__ECX = 20;
  public static final int KVM_CPUID_ENTRY2__EDX = 24;
  public static final int KVM_CPUID_FLAG_SIGNIFCANT_INDEX = 1;

  // struct kvm_irq_level
  public static final int KVM_IRQ_LEVEL = 8;
  public static final int KVM_IRQ_LEVEL__IRQ = 0;
  public static final int KVM_IRQ_LEVEL__LEVEL = 4;

  // struct kvm_irq_routing, kvm_irq_routing_entry
  public static final int KVM_IRQ_ROUTING = 8;
  public static final int KVM_IRQ_ROUTING_ENTRY = 48;
  public static final int KVM_IRQ_ROUTING_ENTRY__GSI = 0;
  public static final int KVM_IRQ_ROUTING_ENTRY__TYPE = 4;
  public static final int KVM_IRQ_ROUTING_ENTRY__U__IRQCHIP__IRQCHIP = 16;
  public static final int KVM_IRQ_ROUTING_ENTRY__U__IRQCHIP__PIN = 20;
  public static final int KVM_IRQ_ROUTING_IRQCHIP = 1;
  public static final int KVM_IRQCHIP_PIC_MASTER = 0;
  public static final int KVM_IRQCHIP_PIC_SLAVE = 1;
  public static final int KVM_IRQCHIP_IOAPIC = 2;

  // struct kvm_irqchip, with struct kvm_pic_state and struct kvm_ioapic_state
  public static final int KVM_IRQCHIP = 520;
  public static final int KVM_IRQCHIP__CHIP_ID = 0;
  public static final int KVM_IRQCHIP__CHIP = 8;
  public static final int KVM_PIC_STATE__LAST_IRR = 0;
  public static final int KVM_PIC_STATE__IRR = 1;
  public static final int KVM_PIC_STATE__IMR = 2;
  public static final int KVM_PIC_STATE__ISR = 3;
  public static final int KVM_PIC_STATE__PRIORITY_ADD = 4;
  public static final int KVM_PIC_STATE__IRQ_BASE = 5;
  public static final int KVM_PIC_STATE__READ_REG_SELECT = 6;
  public static final int KVM_PIC_STATE__POLL = 7;
  public static final int KVM_PIC_STATE__SPECIAL_MASK = 8;
  public static final int KVM_PIC_STATE__INIT_STATE = 9;
  public static final int KVM_PIC_STATE__AUTO_EOI = 10;
  public static final int KVM_PIC_STATE__ROTATE_ON_AUTO_EOI = 11;
  public static final int KVM_PIC_STATE__SPECIAL_FULLY_NESTED_MODE = 12;
  public static final int KVM_PIC_STATE__INIT4 = 13;
  public static final int KVM_PIC_STATE__ELCR = 14;
  public static final int KVM_PIC_STATE__ELCR_MASK = 15;
  public static final int KVM_IOAPIC_STATE__BASE_ADDRESS = 0;
  public static final int KVM_IOAPIC_STATE__IOREGSEL = 8;
  public static final int KVM_IOAPIC_STATE__ID = 12;
  public static final int KVM_IOAPIC_STATE__IRR = 16;
  public static final int KVM_IOAPIC_STATE__REDIRTBL = 24;
  public static final int KVM_IOAPIC_NUM_PINS = 24;

  // struct kvm_translation
  public static final int KVM_TRANSLATION = 24;
  public static final int KVM_TRANSLATION__LINEAR_ADDRESS = 0;
  public static final int KVM_TRANSLATION__PHYSICAL_ADDRESS = 8;
  public static final int KVM_TRANSLATION__VALID = 16;

  // struct kvm_guest_debug
  public static final int KVM_GUEST_DEBUG = 72;
  public static final int KVM_GUEST_DEBUG__CONTROL = 0;
  public static final int KVM_GUEST_DEBUG__ARCH__DEBUGREG = 8;
  public static final int KVM_GUESTDBG_ENABLE = 1;
  public static final int KVM_GUESTDBG_SINGLESTEP = 2;
  public static final int KVM_GUESTDBG_USE_HW_BP = 0x2_0000;
  public static final int KVM_GUESTDBG_BLOCKIRQ = 0x10_0000;

  // struct kvm_dirty_log
  public static final int KVM_DIRTY_LOG = 16;
  public static final int KVM_DIRTY_LOG__SLOT = 0;
  public static final int KVM_DIRTY_LOG__DIRTY_BITMAP = 8;
  public static final int KVM_MEM_LOG_DIRTY_PAGES = 1;

  // kvm_run.exit_reason
  public static final int KVM_EXIT_UNKNOWN = 0;
  public static final int KVM_EXIT_IO = 2;
  public static final int KVM_EXIT_DEBUG = 4;
  public static final int KVM_EXIT_HLT = 5;
  public static final int KVM_EXIT_MMIO = 6;
  public static final int KVM_EXIT_SHUTDOWN = 8;
  public static final int KVM_EXIT_FAIL_ENTRY = 9;
  public static final int KVM_EXIT_INTR = 10;
  public static final int KVM_EXIT_INTERNAL_ERROR = 17;
  public static final int KVM_EXIT_IO_OUT = 1;
  public static final int KVM_INTERNAL_ERROR_EMULATION = 1;
  public static final int KVM_INTERNAL_ERROR_SIMUL_EX = 2;
  public static final int KVM_INTERNAL_ERROR_DELIVERY_EV = 3;
  public static final int KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON = 4;
  public static final int KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES = 1;

  private Structures() {}
}
