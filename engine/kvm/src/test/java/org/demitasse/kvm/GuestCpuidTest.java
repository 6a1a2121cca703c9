package org.demitasse.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GuestCpuidTest {
  private static final int INTEL_HIGHEST = 0x16;
  private static final int INVARIANT_TSC = 1 << 8;

  private static List<CpuidLeaf> host(int highest) {
    return List.of(
        CpuidLeaf.of(0, highest, 0, 0, 0),
        CpuidLeaf.of(1, 0xa00f11, 0x0520_0800, -1, -1),
        CpuidLeaf.of(0x15, 0, 0, 0, 0),
        CpuidLeaf.of(0x16, 0, 0, 0, 0),
        CpuidLeaf.of(0x4000_0000, 0x4000_0001, 0x4b4d_564b, 0x564b_4d56, 0x4d),
        CpuidLeaf.of(0x8000_0001, 0, 0, -1, -1),
        CpuidLeaf.of(0x8000_0007, 0, 0, 0, INVARIANT_TSC),
        CpuidLeaf.of(0x8000_0008, 0x3030, 0, 0x7001, 0));
  }

  private static CpuidLeaf leaf(List<CpuidLeaf> leaves, int function) {
    return leaves.stream().filter(leaf -> leaf.function() == function).findFirst().orElseThrow();
  }

  @Test
  void tellsTheClocksSoThatNobodyCalibrates() {
    List<CpuidLeaf> leaves = new GuestCpuid(host(INTEL_HIGHEST), 1, 2_400_000, true).leaves(0);
    assertThat(leaf(leaves, 0x4000_0000).eax()).isEqualTo(0x4000_0010);
    assertThat(leaf(leaves, 0x4000_0010))
        .extracting(CpuidLeaf::eax, CpuidLeaf::ebx)
        .containsExactly(2_400_000, 1_000_000);
    CpuidLeaf crystal = leaf(leaves, 0x15);
    assertThat((long) crystal.ecx() * crystal.ebx() / crystal.eax()).isEqualTo(2_400_000_000L);
    assertThat(leaf(leaves, 0x16).eax()).isEqualTo(2400);
  }

  @Test
  void keepsTheHostsWordThatItsTscIsInvariant() {
    List<CpuidLeaf> leaves = new GuestCpuid(host(INTEL_HIGHEST), 1, 2_400_000, true).leaves(0);
    assertThat(leaf(leaves, 0x8000_0007).edx()).isEqualTo(INVARIANT_TSC);
  }

  @Test
  void leavesOutARatioThatLinuxWouldMultiplyBeyond32Bits() {
    assertThat(new GuestCpuid(host(INTEL_HIGHEST), 1, 2_445_424, true).leaves(0))
        .noneMatch(leaf -> leaf.function() == 0x15)
        .anyMatch(leaf -> leaf.function() == 0x4000_0010 && leaf.eax() == 2_445_424);
  }

  @Test
  void addsNoLeavesThatTheHighestOneDenies() {
    assertThat(new GuestCpuid(host(0xd), 1, 2_400_000, true).leaves(0)).noneMatch(leaf -> leaf.function() == 0x15);
    assertThat(new GuestCpuid(host(1), 2, 2_400_000, true).leaves(0)).noneMatch(leaf -> leaf.function() == 0xb);
  }

  @Test
  void numbersTheVcpus() {
    List<CpuidLeaf> leaves = new GuestCpuid(host(INTEL_HIGHEST), 3, 2_400_000, true).leaves(2);
    assertThat(leaf(leaves, 1).ebx() >>> 24).isEqualTo(2);
    assertThat(leaf(leaves, 1).ebx() >>> 16 & 0xff).isEqualTo(4);
    assertThat(leaves).filteredOn(leaf -> leaf.function() == 0xb).extracting(CpuidLeaf::edx).containsExactly(2, 2, 2);
    assertThat(leaf(leaves, 0x8000_0008).ecx()).isEqualTo(2 << 12 | 2);
  }

  @Test
  void saysHypervisorAndHidesVirtualisation() {
    List<CpuidLeaf> leaves = new GuestCpuid(host(INTEL_HIGHEST), 1, 2_400_000, false).leaves(0);
    int ecx = leaf(leaves, 1).ecx();
    assertThat(ecx & 1 << 31).isNotZero();
    assertThat(ecx & (1 << 5 | 1 << 24)).isZero();
    assertThat(leaf(leaves, 0x8000_0001).ecx() & 4).isZero();
  }
}
