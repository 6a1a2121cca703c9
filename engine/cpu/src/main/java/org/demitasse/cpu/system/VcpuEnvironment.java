package org.demitasse.cpu.system;

import java.util.function.LongSupplier;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.cpu.core.CpuEnvironment;

/**
 * The environment of one vCPU of a machine.
 *
 * @param random 64 random bits a call; a seeded one makes runs repeatable
 */
public record VcpuEnvironment(
    GuestClock clock, LocalApicPort apic, int index, int count, LongSupplier random, Cpuid leaves)
    implements CpuEnvironment {
  @Override
  public long randomLong() {
    return random.getAsLong();
  }

  @Override
  public int[] cpuid(int leaf, int subleaf) {
    return leaves.leaf(leaf, subleaf, index);
  }
}
