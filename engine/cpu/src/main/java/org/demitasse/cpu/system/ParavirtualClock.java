package org.demitasse.cpu.system;

import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.cpu.core.Cpu;

/**
 * KVM's clock: two structures that the guest names by MSR and then reads by itself (Linux
 * Documentation/virt/kvm/x86/msr.rst). The TSC ticks once a nanosecond and never stops, so each is written once.
 */
final class ParavirtualClock {
  private static final int SYSTEM_TIME_BYTES = 32;
  private static final int WALL_CLOCK_BYTES = 12;
  private static final long ENABLED = 1;

  /** (ticks << 1) * 2^31 / 2^32: one nanosecond a tick. */
  private static final int MULTIPLIER = 0x8000_0000;

  private static final int SHIFT = 1;
  private static final int FLAG_TSC_STABLE = 1;
  private static final long SECOND = 1_000_000_000;

  private ParavirtualClock() {}

  /** Writes the wall-clock time of power-on: version, seconds, nanoseconds. */
  static void writeWallClock(Cpu cpu, long gpa) {
    cpu.msr.kvmWallClock = gpa;
    GuestMemory memory = cpu.memory.guestMemory();
    if (!memory.contains(gpa, WALL_CLOCK_BYTES)) {
      return;
    }
    GuestClock clock = cpu.environment.clock();
    long powerOn = clock.wallNanos() - clock.nanos();
    memory.writeInt(gpa, nextVersion(memory.readInt(gpa)));
    memory.writeInt(gpa + 4, (int) Math.floorDiv(powerOn, SECOND));
    memory.writeInt(gpa + 8, (int) Math.floorMod(powerOn, SECOND));
  }

  /** Sets where the system time goes; bit 0 turns it on. */
  static void writeSystemTime(Cpu cpu, long value) {
    cpu.msr.kvmSystemTime = value;
    update(cpu);
  }

  /** Writes the system time structure again: it was turned on, or the TSC was set. */
  static void update(Cpu cpu) {
    long gpa = cpu.msr.kvmSystemTime & ~ENABLED;
    GuestMemory memory = cpu.memory.guestMemory();
    if ((cpu.msr.kvmSystemTime & ENABLED) == 0 || !memory.contains(gpa, SYSTEM_TIME_BYTES)) {
      return;
    }
    long nanos = cpu.environment.clock().nanos();
    memory.writeInt(gpa, nextVersion(memory.readInt(gpa)));
    memory.writeInt(gpa + 4, 0);
    memory.writeLong(gpa + 8, nanos + cpu.msr.tscAdjust);
    memory.writeLong(gpa + 16, nanos);
    memory.writeInt(gpa + 24, MULTIPLIER);
    memory.writeInt(gpa + 28, SHIFT | FLAG_TSC_STABLE << 8);
  }

  /** An even number that differs from the last. */
  private static int nextVersion(int version) {
    return (version & ~1) + 2;
  }
}
