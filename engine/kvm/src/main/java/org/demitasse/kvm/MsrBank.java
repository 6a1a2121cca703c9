package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.KVM_GET_MSRS;
import static org.demitasse.kvm.abi.Requests.KVM_SET_MSRS;
import static org.demitasse.kvm.abi.Structures.KVM_MSRS;
import static org.demitasse.kvm.abi.Structures.KVM_MSR_ENTRY;
import static org.demitasse.kvm.abi.Structures.KVM_MSR_ENTRY__DATA;
import static org.demitasse.kvm.abi.Structures.KVM_MSR_ENTRY__INDEX;

import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.demitasse.core.memory.HostMemory;

/** The MSRs of a vCPU that are state. */
final class MsrBank {
  private static final int TSC = 0x10;
  private static final int TSC_DEADLINE = 0x6e0;
  private static final int TSC_ADJUST = 0x3b;

  /** Covered by other fields of the state or by other requests: EFER, APIC base, FS and GS base. */
  private static final Set<Integer> ELSEWHERE = Set.of(0xc000_0080, 0x1b, 0xc000_0100, 0xc000_0101);

  /** KVM lists neither the memory types nor their ranges as state, though they are. */
  private static final int[] UNLISTED = unlisted();

  private final KvmVcpu vcpu;
  private final int[] numbers;

  MsrBank(KvmVcpu vcpu, int[] listed) {
    this.vcpu = vcpu;
    numbers =
        java.util.stream.IntStream.concat(Arrays.stream(listed), Arrays.stream(UNLISTED))
            .filter(number -> !ELSEWHERE.contains(number))
            .distinct()
            .toArray();
  }

  private static int[] unlisted() {
    int[] ranges = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f, 0x277, 0x2ff};
    int[] all = Arrays.copyOf(ranges, ranges.length + 16);
    for (int i = 0; i < 16; i++) {
      all[ranges.length + i] = 0x200 + i;
    }
    return all;
  }

  /** Reads every MSR that can be read. The kernel stops a list at the first that cannot; the rest is asked again. */
  SortedMap<Integer, Long> save() {
    SortedMap<Integer, Long> values = new TreeMap<>(Integer::compareUnsigned);
    int next = 0;
    while (next < numbers.length) {
      int count = numbers.length - next;
      long at = vcpu.libc().cleared(KVM_MSRS + count * KVM_MSR_ENTRY);
      HostMemory.putInt(at, count);
      for (int i = 0; i < count; i++) {
        HostMemory.putInt(entry(at, i) + KVM_MSR_ENTRY__INDEX, numbers[next + i]);
      }
      int read = Math.max(0, vcpu.tryRequest(KVM_GET_MSRS, at));
      for (int i = 0; i < read; i++) {
        values.put(numbers[next + i], HostMemory.getLong(entry(at, i) + KVM_MSR_ENTRY__DATA));
      }
      next += read < count ? read + 1 : read;
    }
    return values;
  }

  private static long entry(long list, int index) {
    return list + KVM_MSRS + (long) index * KVM_MSR_ENTRY;
  }

  private OptionalLong read(int number) {
    long at = vcpu.libc().cleared(KVM_MSRS + KVM_MSR_ENTRY);
    HostMemory.putInt(at, 1);
    HostMemory.putInt(entry(at, 0) + KVM_MSR_ENTRY__INDEX, number);
    return vcpu.tryRequest(KVM_GET_MSRS, at) == 1
        ? OptionalLong.of(HostMemory.getLong(entry(at, 0) + KVM_MSR_ENTRY__DATA))
        : OptionalLong.empty();
  }

  private boolean write(int number, long value) {
    long at = vcpu.libc().cleared(KVM_MSRS + KVM_MSR_ENTRY);
    HostMemory.putInt(at, 1);
    HostMemory.putInt(entry(at, 0) + KVM_MSR_ENTRY__INDEX, number);
    HostMemory.putLong(entry(at, 0) + KVM_MSR_ENTRY__DATA, value);
    return vcpu.tryRequest(KVM_SET_MSRS, at) == 1;
  }

  /**
   * Sets MSRs. The deadline comes last, after the TSC that it is counted in; the TSC itself before its adjustment.
   *
   * @throws IllegalArgumentException for one that cannot have its value
   */
  void restore(Map<Integer, Long> values) {
    restore(values, TSC);
    restore(values, TSC_ADJUST);
    for (int number : values.keySet()) {
      if (number != TSC && number != TSC_ADJUST && number != TSC_DEADLINE && !ELSEWHERE.contains(number)) {
        restore(values, number);
      }
    }
    restore(values, TSC_DEADLINE);
  }

  private void restore(Map<Integer, Long> values, int number) {
    Long value = values.get(number);
    if (value == null || write(number, value)) {
      return;
    }
    OptionalLong present = read(number);
    boolean harmless = present.isEmpty() ? value == 0 : present.getAsLong() == value;
    if (!harmless) {
      throw new IllegalArgumentException("vCPU state: MSR 0x%x cannot be 0x%x".formatted(number, value));
    }
  }
}
