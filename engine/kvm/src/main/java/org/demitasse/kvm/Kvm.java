package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.KVM_CHECK_EXTENSION;
import static org.demitasse.kvm.abi.Requests.KVM_CREATE_VM;
import static org.demitasse.kvm.abi.Requests.KVM_GET_API_VERSION;
import static org.demitasse.kvm.abi.Requests.KVM_GET_MSR_INDEX_LIST;
import static org.demitasse.kvm.abi.Requests.KVM_GET_SUPPORTED_CPUID;
import static org.demitasse.kvm.abi.Requests.KVM_GET_VCPU_MMAP_SIZE;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID2;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2;
import static org.demitasse.kvm.abi.Structures.KVM_MSR_LIST__INDICES;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.kvm.abi.Capability;
import org.demitasse.kvm.abi.Errno;
import org.demitasse.kvm.abi.LibC;

/** The opened {@code /dev/kvm}: what this host's KVM can do. */
final class Kvm implements AutoCloseable {
  private static final int API_VERSION = 12; // the only one since 2007
  private static final int O_RDWR_CLOEXEC = 0x8_0002;
  private static final int MAX_CPUID_ENTRIES = 256;

  private final KvmDevice device;
  private final LibC libc;
  private final int descriptor;

  private Kvm(KvmDevice device, LibC libc, int descriptor) {
    this.device = device;
    this.libc = libc;
    this.descriptor = descriptor;
  }

  /**
   * Opens it.
   *
   * @throws KvmException if it cannot be opened, or is too old
   */
  static Kvm open(KvmDevice device) {
    LibC libc = device.newCalls();
    int descriptor = -Errno.EINVAL;
    try {
      putText(device.file().toString(), libc.scratch());
      descriptor = libc.open(libc.scratch(), O_RDWR_CLOEXEC);
      if (descriptor < 0) {
        throw new KvmException(device.whyNotOpened(-descriptor));
      }
      Kvm kvm = new Kvm(device, libc, descriptor);
      kvm.requireCapabilities();
      return kvm;
    } catch (RuntimeException unusable) {
      if (descriptor >= 0) {
        libc.close(descriptor);
      }
      libc.close();
      throw unusable;
    }
  }

  /** What was opened. */
  KvmDevice device() {
    return device;
  }

  private static void putText(String text, long address) {
    for (int i = 0; i < text.length(); i++) {
      HostMemory.putByte(address + i, (byte) text.charAt(i));
    }
    HostMemory.putByte(address + text.length(), (byte) 0);
  }

  private void requireCapabilities() {
    int version = libc.ioctl(descriptor, KVM_GET_API_VERSION, 0);
    if (version < 0) {
      throw new KvmException("%s is not KVM's device: %s".formatted(device.file(), Errno.meaning(-version)));
    }
    if (version != API_VERSION) {
      throw new KvmException("KVM's interface has version %d, not %d".formatted(version, API_VERSION));
    }
    for (Capability capability : Capability.values()) {
      if (capability.required() && check(capability) <= 0) {
        throw new KvmException("this kernel's KVM is too old: it has no %s".formatted(capability));
      }
    }
  }

  /** KVM_CHECK_EXTENSION: 0 for no, else yes or a number. */
  int check(Capability capability) {
    return Math.max(0, libc.ioctl(descriptor, KVM_CHECK_EXTENSION, capability.number()));
  }

  /** How many bytes of each vCPU are shared with the kernel. */
  int runBytes() {
    return KvmException.require(libc.ioctl(descriptor, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
  }

  /** Makes an empty machine; its descriptor. */
  int createVm() {
    int result = libc.ioctl(descriptor, KVM_CREATE_VM, 0);
    while (result == -Errno.EINTR) {
      result = libc.ioctl(descriptor, KVM_CREATE_VM, 0);
    }
    return KvmException.require(result, "KVM_CREATE_VM");
  }

  /** The CPUID leaves that KVM can offer on this host. */
  List<CpuidLeaf> supportedCpuid() {
    long at = libc.cleared(KVM_CPUID2);
    HostMemory.putInt(at, MAX_CPUID_ENTRIES);
    KvmException.require(libc.ioctl(descriptor, KVM_GET_SUPPORTED_CPUID, at), "KVM_GET_SUPPORTED_CPUID");
    int count = HostMemory.getInt(at);
    List<CpuidLeaf> leaves = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      leaves.add(CpuidLeaf.read(at + KVM_CPUID2 + (long) i * KVM_CPUID_ENTRY2));
    }
    return leaves;
  }

  /** The MSRs that are state of a vCPU. */
  int[] stateMsrs() {
    long at = libc.cleared(KVM_MSR_LIST__INDICES);
    HostMemory.putInt(at, (LibC.SCRATCH_BYTES - KVM_MSR_LIST__INDICES) / 4);
    KvmException.require(libc.ioctl(descriptor, KVM_GET_MSR_INDEX_LIST, at), "KVM_GET_MSR_INDEX_LIST");
    int[] numbers = new int[HostMemory.getInt(at)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = HostMemory.getInt(at + KVM_MSR_LIST__INDICES + i * 4L);
    }
    return numbers;
  }

  @Override
  public void close() {
    libc.close(descriptor);
    libc.close();
  }
}
