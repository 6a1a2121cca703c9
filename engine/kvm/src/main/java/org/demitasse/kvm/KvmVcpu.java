package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.KVM_GET_LAPIC;
import static org.demitasse.kvm.abi.Requests.KVM_GET_MP_STATE;
import static org.demitasse.kvm.abi.Requests.KVM_GET_TSC_KHZ;
import static org.demitasse.kvm.abi.Requests.KVM_RUN;
import static org.demitasse.kvm.abi.Requests.KVM_SET_CPUID2;
import static org.demitasse.kvm.abi.Requests.KVM_SET_LAPIC;
import static org.demitasse.kvm.abi.Requests.KVM_SET_TSC_KHZ;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID2;
import static org.demitasse.kvm.abi.Structures.KVM_CPUID_ENTRY2;
import static org.demitasse.kvm.abi.Structures.KVM_LAPIC_STATE;
import static org.demitasse.kvm.abi.Structures.KVM_MP_STATE;
import static org.demitasse.kvm.abi.Structures.KVM_RUN__IMMEDIATE_EXIT;

import java.lang.invoke.VarHandle;
import java.util.List;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.kvm.abi.Errno;
import org.demitasse.kvm.abi.LibC;

/** One vCPU in the kernel: its descriptor and the pages shared with the kernel. Used by one thread at a time. */
final class KvmVcpu implements Vcpu, AutoCloseable {
  private final int index;
  private final LibC libc;
  private final int descriptor;
  private final int runBytes;
  private final long run;
  private final VcpuRegisters registers;
  private final KvmDebug debug;

  /**
   * Makes the vCPU in its reset state: the first one runs, the others wait for a start-up IPI.
   *
   * @throws KvmException if the kernel refuses
   */
  KvmVcpu(int index, Kvm kvm, KvmVm vm) {
    this.index = index;
    libc = kvm.device().newCalls();
    int made = -1;
    try {
      made = vm.createVcpu(index);
      descriptor = made;
      runBytes = kvm.runBytes();
      run = libc.mapShared(descriptor, runBytes);
      if (run < 0 && run > -4096) {
        throw new KvmException("cannot map the state of vCPU " + index);
      }
      registers = new VcpuRegisters(this, kvm.stateMsrs());
      debug = new KvmDebug(this);
    } catch (RuntimeException refused) {
      if (made >= 0) {
        libc.close(made);
      }
      libc.close();
      throw refused;
    }
  }

  LibC libc() {
    return libc;
  }

  /** An ioctl on this vCPU that must succeed; its result. */
  int request(long number, long argument, String name) {
    return KvmException.require(libc.ioctl(descriptor, number, argument), name);
  }

  /** An ioctl on this vCPU; its result, or a negative error number. */
  int tryRequest(long number, long argument) {
    return libc.ioctl(descriptor, number, argument);
  }

  /** Frequency of its TSC in kHz. */
  int tscKhz() {
    return Math.max(0, tryRequest(KVM_GET_TSC_KHZ, 0));
  }

  /**
   * Sets the frequency of its TSC.
   *
   * @throws KvmException for one that this host cannot make of its own
   */
  void setTscKhz(int wanted) {
    int hosts = tscKhz();
    int result = tryRequest(KVM_SET_TSC_KHZ, wanted);
    if (result < 0) {
      throw new KvmException(
          "this host's KVM cannot make a TSC of %d kHz of the host's %d kHz: %s"
              .formatted(wanted, hosts, Errno.meaning(-result)));
    }
  }

  /** Sets what CPUID tells the guest. */
  void setCpuid(List<CpuidLeaf> leaves) {
    long at = libc.cleared(KVM_CPUID2 + leaves.size() * KVM_CPUID_ENTRY2);
    HostMemory.putInt(at, leaves.size());
    for (int i = 0; i < leaves.size(); i++) {
      leaves.get(i).write(at + KVM_CPUID2 + (long) i * KVM_CPUID_ENTRY2);
    }
    request(KVM_SET_CPUID2, at, "KVM_SET_CPUID2");
  }

  // --- running
  // -----------------------------------------------------------------------------------------------------------

  /** KVM_RUN: 0 for an exit that struct kvm_run describes, or a negative error number. */
  int enter() {
    return libc.ioctl(descriptor, KVM_RUN, 0);
  }

  /** Makes the present or next {@link #enter} return EINTR at once, until allowed again. Any thread. */
  void forbidEntry() {
    HostMemory.putByte(run + KVM_RUN__IMMEDIATE_EXIT, (byte) 1);
  }

  /** Takes {@link #forbidEntry} back. What the caller reads afterwards is younger than this write. */
  void allowEntry() {
    HostMemory.putByte(run + KVM_RUN__IMMEDIATE_EXIT, (byte) 0);
    VarHandle.fullFence();
  }

  int runByte(long offset) {
    return HostMemory.getByte(run + offset) & 0xff;
  }

  int runInt(long offset) {
    return HostMemory.getInt(run + offset);
  }

  long runLong(long offset) {
    return HostMemory.getLong(run + offset);
  }

  /** Host address of something in the shared pages, at an offset that the kernel gave. */
  long runAddress(long offset) {
    return run + offset;
  }

  /** KVM_GET_MP_STATE. */
  int multiprocessingState() {
    long at = libc.cleared(KVM_MP_STATE);
    request(KVM_GET_MP_STATE, at, "KVM_GET_MP_STATE");
    return HostMemory.getInt(at);
  }

  // --- state
  // -------------------------------------------------------------------------------------------------------------

  @Override
  public int index() {
    return index;
  }

  @Override
  public VcpuState save() {
    return registers.save();
  }

  @Override
  public void restore(VcpuState state) {
    registers.restore(state);
  }

  /** The registers of the local APIC, as its page shows them. */
  byte[] saveApic() {
    long at = libc.cleared(KVM_LAPIC_STATE);
    request(KVM_GET_LAPIC, at, "KVM_GET_LAPIC");
    byte[] page = new byte[KVM_LAPIC_STATE];
    for (int i = 0; i < page.length; i++) {
      page[i] = HostMemory.getByte(at + i);
    }
    return page;
  }

  /**
   * Sets the registers of the local APIC.
   *
   * @throws IllegalArgumentException for a page that is too short
   */
  void restoreApic(byte[] page) {
    if (page.length < KVM_LAPIC_STATE) {
      throw new IllegalArgumentException(
          "the page of a local APIC has %d bytes, not %d".formatted(KVM_LAPIC_STATE, page.length));
    }
    long at = libc.scratch();
    for (int i = 0; i < KVM_LAPIC_STATE; i++) {
      HostMemory.putByte(at + i, page[i]);
    }
    request(KVM_SET_LAPIC, at, "KVM_SET_LAPIC");
  }

  @Override
  public long instructionsRetired() {
    return -1;
  }

  @Override
  public KvmDebug debug() {
    return debug;
  }

  @Override
  public void close() {
    libc.unmap(run, runBytes);
    libc.close(descriptor);
    libc.close();
  }
}
