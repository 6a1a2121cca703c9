package org.demitasse.cpu.core;

import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.vcpu.LocalApicPort;

/**
 * What a CPU's system instructions reach outside of it: time, its local APIC, its place among the vCPUs, randomness,
 * and what CPUID tells. Used under the machine's lock; whoever runs blocks has told a virtual clock the instructions
 * retired before a block of one instruction starts.
 */
public interface CpuEnvironment {
  /** Guest time: the TSC before any adjustment. */
  GuestClock clock();

  /** The local APIC. */
  LocalApicPort apic();

  /** Number of this vCPU from 0, which is its APIC ID. */
  int index();

  /** How many vCPUs the machine has. */
  int count();

  /** 64 random bits for RDRAND and RDSEED. */
  long randomLong();

  /**
   * EAX, EBX, ECX, EDX of a CPUID leaf, without the bits that mirror the CPU's state.
   *
   * @return an array that the caller may change
   */
  int[] cpuid(int leaf, int subleaf);

  /** A CPU alone: enough for instructions that reach nothing outside; every method is our mistake. */
  CpuEnvironment NONE =
      new CpuEnvironment() {
        private IllegalStateException absent() {
          return new IllegalStateException("this CPU was given no environment");
        }

        @Override
        public GuestClock clock() {
          throw absent();
        }

        @Override
        public LocalApicPort apic() {
          throw absent();
        }

        @Override
        public int index() {
          throw absent();
        }

        @Override
        public int count() {
          throw absent();
        }

        @Override
        public long randomLong() {
          throw absent();
        }

        @Override
        public int[] cpuid(int leaf, int subleaf) {
          throw absent();
        }
      };
}
