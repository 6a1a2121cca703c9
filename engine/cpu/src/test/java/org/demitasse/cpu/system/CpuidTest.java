package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuidTest {
  private final Cpuid cpuid = new Cpuid(CpuModel.DEFAULT, 1);

  private static String text(int... words) {
    ByteBuffer bytes = ByteBuffer.allocate(words.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : words) {
      bytes.putInt(word);
    }
    return new String(bytes.array(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void namesItself() {
    int[] first = cpuid.leaf(0, 0, 0);
    assertThat(text(first[1], first[3], first[2])).isEqualTo("GenuineIntel");
    StringBuilder brand = new StringBuilder();
    for (int leaf = 0x8000_0002; leaf <= 0x8000_0004; leaf++) {
      brand.append(text(cpuid.leaf(leaf, 0, 0)));
    }
    assertThat(brand.toString().replace("\0", "")).isEqualTo("Demitasse Virtual CPU @ 1.00GHz");
  }

  @Test
  void everyClockLeafSaysOneGigahertz() {
    int[] crystal = cpuid.leaf(0x15, 0, 0);
    assertThat((long) crystal[2] * crystal[1] / crystal[0]).isEqualTo(1_000_000_000);
    assertThat(cpuid.leaf(0x16, 0, 0)[0]).isEqualTo(1000);
    int[] hypervisor = cpuid.leaf(0x4000_0000, 0, 0);
    assertThat(hypervisor[0]).isEqualTo(0x4000_0010);
    assertThat(text(hypervisor[1], hypervisor[2], hypervisor[3])).isEqualTo("KVMKVMKVM\0\0\0");
    assertThat(cpuid.leaf(0x4000_0001, 0, 0)[0]).isEqualTo(0x0100_000b);
    assertThat(cpuid.leaf(0x4000_0010, 0, 0)).startsWith(1_000_000, 1_000_000);
    assertThat(cpuid.leaf(0x8000_0007, 0, 0)[3]).isEqualTo(1 << 8);
  }

  @Test
  void offersTheSecondLevelOfX8664AndNoVectorExtensionsBeyond() {
    int[] features = cpuid.leaf(1, 0, 0);
    int v2 = 1 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23;
    assertThat(features[2] & v2).isEqualTo(v2);
    int v1 = 1 | 1 << 8 | 1 << 15 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 26;
    assertThat(features[3] & v1).isEqualTo(v1);
    assertThat(features[2] & (1 << 3 | 1 << 5 | 1 << 12 | 1 << 28 | 1 << 29))
        .as("MONITOR, VMX, FMA, AVX, F16C")
        .isZero();
    int[] structured = cpuid.leaf(7, 0, 0);
    assertThat(structured[1] & (1 << 2 | 1 << 5 | 1 << 16 | 1 << 19)).as("SGX, AVX2, AVX512F, ADX").isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 16})
  void topologyLeavesAgree(int count) {
    Cpuid machine = new Cpuid(CpuModel.DEFAULT, count);
    for (int apicId = 0; apicId < count; apicId++) {
      int[] core = machine.leaf(0xb, 1, apicId);
      assertThat(core[1]).isEqualTo(count);
      assertThat(core[3]).isEqualTo(apicId);
      assertThat(apicId >>> core[0]).as("one package").isZero();
      assertThat(machine.leaf(1, 0, apicId)[1] >>> 24).isEqualTo(apicId);
    }
    int cores = (machine.leaf(4, 0, 0)[0] >>> 26) + 1;
    assertThat(cores).isGreaterThanOrEqualTo(count).isEqualTo(1 << machine.leaf(0xb, 1, 0)[0]);
    assertThat(machine.leaf(0xb, 2, 0)).containsExactly(0, 0, 2, 0);
  }

  @Test
  void leavesBeyondTheLastAreThoseOfTheLast() {
    assertThat(cpuid.leaf(0x17, 0, 0)).isEqualTo(cpuid.leaf(0x16, 0, 0));
    assertThat(cpuid.leaf(0x8000_0009, 0, 0)).isEqualTo(cpuid.leaf(0x16, 0, 0));
  }

  @Test
  void mirrorsCr4AndTheApic() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RAX] = 1;
      scene.execute("0f a2");
      assertThat(cpu.gpr[Cpu.RCX] & 1 << 27).isZero();
      assertThat(cpu.gpr[Cpu.RDX] & 1 << 9).isNotZero();
      cpu.sys.cr4 |= SystemRegisters.CR4_OSXSAVE;
      scene.apic.base = 0xfee0_0000L;
      cpu.gpr[Cpu.RAX] = 1;
      scene.execute("0f a2");
      assertThat(cpu.gpr[Cpu.RCX] & 1 << 27).isNotZero();
      assertThat(cpu.gpr[Cpu.RDX] & 1 << 9).isZero();
    }
  }
}
