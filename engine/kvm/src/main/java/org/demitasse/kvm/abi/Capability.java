package org.demitasse.kvm.abi;

/** What this engine asks of KVM, by the numbers of KVM_CHECK_EXTENSION. */
public enum Capability {
  /** Interrupt controllers in the kernel. */
  KVM_CAP_IRQCHIP(0, true),
  /** Guest memory that is ours. */
  KVM_CAP_USER_MEMORY(3, true),
  /** Where Intel's real-mode task state segment goes. */
  KVM_CAP_SET_TSS_ADDR(4, true),
  /** KVM_SET_CPUID2. */
  KVM_CAP_EXT_CPUID(7, true),
  /** Memory slots can be taken away. */
  KVM_CAP_DESTROY_MEMORY_REGION_WORKS(21, true),
  /** Which pin of which controller a GSI is. */
  KVM_CAP_IRQ_ROUTING(25, true),
  /** What a vCPU waits for. */
  KVM_CAP_MP_STATE(14, true),
  /** Pending events as state. */
  KVM_CAP_VCPU_EVENTS(41, true),
  /** DR0-DR7 as state. */
  KVM_CAP_DEBUGREGS(50, true),
  /** FPU and vector registers as state. */
  KVM_CAP_XSAVE(55, true),
  /** XCR0 as state. */
  KVM_CAP_XCRS(56, true),
  /** Leaving KVM_RUN without a race; Linux 4.13. */
  KVM_CAP_IMMEDIATE_EXIT(136, true),
  /** How many vCPUs a machine may have. */
  KVM_CAP_MAX_VCPUS(66, false),
  /** A guest's TSC can have another frequency than the host's. */
  KVM_CAP_TSC_CONTROL(60, false),
  /** The TSC's frequency can be asked. */
  KVM_CAP_GET_TSC_KHZ(61, false),
  /** The local APIC's timer knows TSC deadlines. */
  KVM_CAP_TSC_DEADLINE_TIMER(72, false);

  private final int number;
  private final boolean required;

  Capability(int number, boolean required) {
    this.number = number;
    this.required = required;
  }

  /** The argument of KVM_CHECK_EXTENSION. */
  public int number() {
    return number;
  }

  /** Whether the engine cannot do without. */
  public boolean required() {
    return required;
  }
}
