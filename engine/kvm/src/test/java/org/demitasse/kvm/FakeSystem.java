package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.KVM_CHECK_EXTENSION;
import static org.demitasse.kvm.abi.Requests.KVM_CREATE_VCPU;
import static org.demitasse.kvm.abi.Requests.KVM_CREATE_VM;
import static org.demitasse.kvm.abi.Requests.KVM_GET_API_VERSION;
import static org.demitasse.kvm.abi.Requests.KVM_GET_MSR_INDEX_LIST;
import static org.demitasse.kvm.abi.Requests.KVM_GET_SUPPORTED_CPUID;
import static org.demitasse.kvm.abi.Requests.KVM_GET_VCPU_MMAP_SIZE;
import static org.demitasse.kvm.abi.Requests.KVM_RUN;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongToIntFunction;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.kvm.abi.Capability;
import org.demitasse.kvm.abi.LibC;

/** A KVM that exists in a test's imagination only: it accepts everything, except what it is told to refuse. */
final class FakeSystem {
  private static final int RUN_BYTES = 4096;

  private final Map<Long, LongToIntFunction> answers = new HashMap<>();
  private final Map<Integer, Integer> capabilities = new HashMap<>();
  private final AtomicInteger nextDescriptor = new AtomicInteger(1000);
  private final HostMemory.Block run = HostMemory.allocate(RUN_BYTES);
  private int openResult = 1;

  /** Descriptors that are open. */
  final Set<Integer> open = ConcurrentHashMap.newKeySet();

  FakeSystem() {
    answer(KVM_GET_API_VERSION, argument -> 12);
    answer(KVM_CHECK_EXTENSION, number -> capabilities.getOrDefault((int) number, 1));
    answer(KVM_CREATE_VM, argument -> descriptor());
    answer(KVM_CREATE_VCPU, argument -> descriptor());
    answer(KVM_GET_VCPU_MMAP_SIZE, argument -> RUN_BYTES);
    answer(KVM_GET_SUPPORTED_CPUID, FakeSystem::emptyList);
    answer(KVM_GET_MSR_INDEX_LIST, FakeSystem::emptyList);
    has(Capability.KVM_CAP_MAX_VCPUS, 288);
  }

  private static int emptyList(long at) {
    HostMemory.putInt(at, 0);
    return 0;
  }

  private int descriptor() {
    int made = nextDescriptor.getAndIncrement();
    open.add(made);
    return made;
  }

  /** Makes open(2) of the device fail. */
  FakeSystem refusesToOpen(int errno) {
    openResult = -errno;
    return this;
  }

  /** Sets the value of a capability; 0 is none. */
  FakeSystem has(Capability capability, int value) {
    capabilities.put(capability.number(), value);
    return this;
  }

  /** Sets what a request gives, by its argument. */
  FakeSystem answer(long request, LongToIntFunction answer) {
    answers.put(request, answer);
    return this;
  }

  /** Makes every KVM_RUN an exit, whose description is at the address that is handed over. */
  FakeSystem exits(java.util.function.LongConsumer description) {
    return answer(
        KVM_RUN,
        argument -> {
          HostMemory.fill(run.address(), RUN_BYTES, (byte) 0);
          description.accept(run.address());
          return 0;
        });
  }

  /** The way to it. */
  KvmDevice device(Path file) {
    return new KvmDevice(file, file.resolveSibling("cpuinfo"), Calls::new);
  }

  private final class Calls extends LibC {
    @Override
    public int open(long path, int flags) {
      return openResult < 0 ? openResult : descriptor();
    }

    @Override
    public int close(int descriptor) {
      return open.remove(descriptor) ? 0 : -9;
    }

    @Override
    public int ioctl(int descriptor, long request, long argument) {
      if (!open.contains(descriptor)) {
        throw new AssertionError("request 0x%x of descriptor %d, which is not open".formatted(request, descriptor));
      }
      return answers.getOrDefault(request, ignored -> 0).applyAsInt(argument);
    }

    @Override
    public long mapShared(int descriptor, long bytes) {
      return run.address();
    }

    @Override
    public int unmap(long address, long bytes) {
      return 0;
    }
  }
}
