package org.demitasse.kvm.abi;

/** The numbers of KVM's ioctl requests on x86-64 (linux/kvm.h), in its spelling. A test holds them to the C header. */
public final class Requests {
  public static final long KVM_GET_API_VERSION = 0xae00;
  public static final long KVM_CREATE_VM = 0xae01;
  public static final long KVM_GET_MSR_INDEX_LIST = 0xc004_ae02L;
  public static final long KVM_CHECK_EXTENSION = 0xae03;
  public static final long KVM_GET_VCPU_MMAP_SIZE = 0xae04;
  public static final long KVM_GET_SUPPORTED_CPUID = 0xc008_ae05L;
  public static final long KVM_CREATE_VCPU = 0xae41;
  public static final long KVM_GET_DIRTY_LOG = 0x4010_ae42L;
  public static final long KVM_SET_USER_MEMORY_REGION = 0x4020_ae46L;
  public static final long KVM_SET_TSS_ADDR = 0xae47;
  public static final long KVM_SET_IDENTITY_MAP_ADDR = 0x4008_ae48L;
  public static final long KVM_CREATE_IRQCHIP = 0xae60;
  public static final long KVM_IRQ_LINE = 0x4008_ae61L;
  public static final long KVM_GET_IRQCHIP = 0xc208_ae62L;
  public static final long KVM_SET_IRQCHIP = 0x8208_ae63L;
  public static final long KVM_SET_GSI_ROUTING = 0x4008_ae6aL;
  public static final long KVM_RUN = 0xae80;
  public static final long KVM_GET_REGS = 0x8090_ae81L;
  public static final long KVM_SET_REGS = 0x4090_ae82L;
  public static final long KVM_GET_SREGS = 0x8138_ae83L;
  public static final long KVM_SET_SREGS = 0x4138_ae84L;
  public static final long KVM_TRANSLATE = 0xc018_ae85L;
  public static final long KVM_GET_MSRS = 0xc008_ae88L;
  public static final long KVM_SET_MSRS = 0x4008_ae89L;
  public static final long KVM_GET_LAPIC = 0x8400_ae8eL;
  public static final long KVM_SET_LAPIC = 0x4400_ae8fL;
  public static final long KVM_SET_CPUID2 = 0x4008_ae90L;
  public static final long KVM_GET_MP_STATE = 0x8004_ae98L;
  public static final long KVM_SET_MP_STATE = 0x4004_ae99L;
  public static final long KVM_SET_GUEST_DEBUG = 0x4048_ae9bL;
  public static final long KVM_GET_VCPU_EVENTS = 0x8040_ae9fL;
  public static final long KVM_SET_VCPU_EVENTS = 0x4040_aea0L;
  public static final long KVM_GET_DEBUGREGS = 0x8080_aea1L;
  public static final long KVM_SET_DEBUGREGS = 0x4080_aea2L;
  public static final long KVM_SET_TSC_KHZ = 0xaea2;
  public static final long KVM_GET_TSC_KHZ = 0xaea3;
  public static final long KVM_GET_XSAVE = 0x9000_aea4L;
  public static final long KVM_SET_XSAVE = 0x5000_aea5L;
  public static final long KVM_GET_XCRS = 0x8188_aea6L;
  public static final long KVM_SET_XCRS = 0x4188_aea7L;

  private Requests() {}
}
