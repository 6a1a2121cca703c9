package org.demitasse.kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The CPUID of a machine's vCPUs: what KVM supports on this host, with our topology, the clock leaves that spare guests
 * their calibration, and without virtualisation inside the guest (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E).
 */
final class GuestCpuid {
  private static final int HYPERVISOR = 0x4000_0000;
  private static final int HYPERVISOR_TIMING = 0x4000_0010;

  /** The local APIC's timer in the kernel counts nanoseconds. */
  private static final int APIC_BUS_KHZ = 1_000_000;

  private static final int ECX_MONITOR = 1 << 3;
  private static final int ECX_VMX = 1 << 5;
  private static final int ECX_TSC_DEADLINE = 1 << 24;
  private static final int ECX_HYPERVISOR = 1 << 31;
  private static final int EDX_HTT = 1 << 28;
  private static final int EXTENDED_ECX_SVM = 1 << 2;

  private final List<CpuidLeaf> supported;
  private final int vcpus;
  private final int tscKhz;
  private final boolean tscDeadline;

  /**
   * Prepares the leaves.
   *
   * @param supported what KVM offers
   * @param vcpus how many there are, one thread to a core, one package
   * @param tscKhz frequency of the guest's TSC, or 0 if unknown
   * @param tscDeadline whether the local APIC knows deadlines
   */
  GuestCpuid(List<CpuidLeaf> supported, int vcpus, int tscKhz, boolean tscDeadline) {
    this.supported = supported;
    this.vcpus = vcpus;
    this.tscKhz = tscKhz;
    this.tscDeadline = tscDeadline;
  }

  /** The leaves of one vCPU. */
  List<CpuidLeaf> leaves(int apicId) {
    int highest = highestBasic();
    List<CpuidLeaf> leaves = new ArrayList<>();
    for (CpuidLeaf leaf : supported) {
      adapt(leaf, apicId).ifPresent(leaves::add);
    }
    if (Integer.compareUnsigned(highest, 0xb) >= 0) {
      leaves.add(CpuidLeaf.sub(0xb, 0, 0, 1, 1 << 8, apicId));
      leaves.add(CpuidLeaf.sub(0xb, 1, shift(), vcpus, 1 | 2 << 8, apicId));
      leaves.add(CpuidLeaf.sub(0xb, 2, 0, 0, 2, apicId));
    }
    if (Integer.compareUnsigned(highest, 0x15) >= 0) {
      crystal().ifPresent(leaves::add);
    }
    if (tscKhz != 0) {
      leaves.add(CpuidLeaf.of(HYPERVISOR_TIMING, tscKhz, APIC_BUS_KHZ, 0, 0));
    }
    return leaves;
  }

  private int highestBasic() {
    return supported.stream().filter(leaf -> leaf.function() == 0).findFirst().map(CpuidLeaf::eax).orElse(0);
  }

  /** A leaf as our guest sees it, or nothing if it is made anew or hidden. */
  private Optional<CpuidLeaf> adapt(CpuidLeaf leaf, int apicId) {
    return switch (leaf.function()) {
      case 1 -> Optional.of(features(leaf, apicId));
      case 4 -> Optional.of(cache(leaf, 26));
      case 0xb, 0x15, 0x1f, 0x8000_000a, HYPERVISOR_TIMING -> Optional.empty();
      case 0x16 -> Optional.of(leaf.with(tscKhz / 1000, tscKhz / 1000, 100, 0));
      case HYPERVISOR -> Optional.of(leaf.with(HYPERVISOR_TIMING, leaf.ebx(), leaf.ecx(), leaf.edx()));
      case 0x8000_0001 -> Optional.of(leaf.with(leaf.eax(), leaf.ebx(), leaf.ecx() & ~EXTENDED_ECX_SVM, leaf.edx()));
      case 0x8000_0008 -> Optional.of(leaf.with(leaf.eax(), leaf.ebx(), shift() << 12 | (vcpus - 1), leaf.edx()));
      case 0x8000_001d -> Optional.of(cache(leaf, 32));
      case 0x8000_001e -> Optional.of(leaf.with(apicId, apicId, 0, 0));
      default -> Optional.of(leaf);
    };
  }

  private CpuidLeaf features(CpuidLeaf leaf, int apicId) {
    int logical = vcpus > 1 ? 1 << shift() : 1;
    int ecx = leaf.ecx() & ~(ECX_MONITOR | ECX_VMX | ECX_TSC_DEADLINE) | ECX_HYPERVISOR;
    return leaf.with(
        leaf.eax(),
        leaf.ebx() & 0xffff | logical << 16 | apicId << 24,
        ecx | (tscDeadline ? ECX_TSC_DEADLINE : 0),
        vcpus > 1 ? leaf.edx() | EDX_HTT : leaf.edx() & ~EDX_HTT);
  }

  /** Who shares a cache: only the last level is shared, by all. */
  private CpuidLeaf cache(CpuidLeaf leaf, int coreBits) {
    int level = leaf.eax() >>> 5 & 7;
    int sharing = level >= 3 ? (1 << shift()) - 1 : 0;
    int cores = coreBits < 32 && (leaf.eax() & 0x1f) != 0 ? ((1 << shift()) - 1) << coreBits : 0;
    int kept = leaf.eax() & 0x3fff;
    return leaf.with(
        (leaf.eax() & 0x1f) == 0 ? leaf.eax() : kept | sharing << 14 | cores, leaf.ebx(), leaf.ecx(), leaf.edx());
  }

  /** Bits of the APIC ID that number cores. */
  private int shift() {
    return 32 - Integer.numberOfLeadingZeros(vcpus - 1);
  }

  /**
   * Leaf 0x15: the crystal is the APIC timer's clock, the TSC a ratio of it. Linux multiplies crystal kHz and numerator
   * in 32 bits, so a ratio that does not fit is left out; 0x40000010 tells it anyway.
   */
  private Optional<CpuidLeaf> crystal() {
    if (tscKhz == 0) {
      return Optional.empty();
    }
    int divisor = gcd(tscKhz, APIC_BUS_KHZ);
    int numerator = tscKhz / divisor;
    int denominator = APIC_BUS_KHZ / divisor;
    boolean fits = (long) APIC_BUS_KHZ * numerator < 1L << 32;
    return fits ? Optional.of(CpuidLeaf.of(0x15, denominator, numerator, APIC_BUS_KHZ * 1000, 0)) : Optional.empty();
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
