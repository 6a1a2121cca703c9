package org.demitasse.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.core.vcpu.VcpuState.Activity;

/**
 * Finds out that a guest will never do anything again.
 *
 * <p>Always looked for, as it is never wrong: every vCPU has interrupts off and is in a loop of nothing but a jump,
 * HLT, PAUSE, CLI and NOP. Looked for when asked: one of the vCPUs has been in a loop for so many seconds ({@link
 * StuckVcpu}), and nothing but clocks was touched or printed. What the others do is no sign of life: an idle one sleeps
 * with interrupts on.
 */
final class HangWatch {
  private static final long RFLAGS_IF = 1 << 9;
  private static final int MOST_LOOP_BYTES = 16;

  /** After a longer pause than this, or half the limit, somebody else has held the machine. */
  private static final long LONGEST_PAUSE_NANOS = 5_000_000_000L;

  /** Devices that a waiting loop reads without doing anything. */
  private static final Set<String> CLOCKS = Set.of("pit", "rtc", "system control port b", "acpi power", "post code");

  private final List<? extends Vcpu> vcpus;
  private final GuestMemory memory;
  private final List<Bus> buses;
  private final long limitNanos;
  private final List<StuckVcpu> watched = new ArrayList<>();
  private long accesses = -1;
  private long lastLook;

  /**
   * A guest that hangs.
   *
   * @param vcpu one that is in a loop
   * @param why what is wrong, for the user
   */
  record Hang(Vcpu vcpu, String why) {}

  /**
   * Makes one.
   *
   * @param limitSeconds how long a guest may be without a sign of life; 0 for ever
   */
  HangWatch(List<? extends Vcpu> vcpus, GuestMemory memory, List<Bus> buses, double limitSeconds) {
    this.vcpus = vcpus;
    this.memory = memory;
    this.buses = buses;
    limitNanos = (long) (limitSeconds * 1e9);
    vcpus.forEach(vcpu -> watched.add(new StuckVcpu(vcpu, limitNanos)));
  }

  /**
   * Looks at the vCPUs, which must not be running.
   *
   * @param nanos host time
   */
  Optional<Hang> look(long nanos) {
    boolean dead = true;
    Vcpu looping = null;
    for (Vcpu vcpu : vcpus) {
      VcpuState state = vcpu.save();
      if (state.activity() == Activity.WAIT_FOR_SIPI) {
        continue;
      }
      boolean masked = (state.rflags() & RFLAGS_IF) == 0;
      boolean halted = state.activity() == Activity.HALTED;
      looping = halted ? looping : vcpu;
      dead &= masked && (halted || isEndless(vcpu, state.segments()[VcpuState.CS].base() + state.rip()));
    }
    if (dead && looping != null) { // if all have halted, the engine knows better: a timer may be about to make an NMI
      return Optional.of(new Hang(looping, "every vCPU is in an endless loop with interrupts off"));
    }
    return limitNanos == 0 ? Optional.empty() : withoutSign(nanos);
  }

  private Optional<Hang> withoutSign(long nanos) {
    boolean paused = nanos - lastLook > Math.max(limitNanos / 2, LONGEST_PAUSE_NANOS);
    lastLook = nanos;
    long touched = accesses();
    if (touched != accesses || paused) {
      accesses = touched;
      forget();
    }
    boolean booting = watched.stream().noneMatch(StuckVcpu::hasRunProgram);
    for (StuckVcpu one : watched) {
      Optional<String> why = one.look(nanos, booting);
      if (why.isPresent()) {
        String which = vcpus.size() == 1 ? "" : "on vCPU %d, ".formatted(one.vcpu().index());
        return Optional.of(new Hang(one.vcpu(), which + why.get()));
      }
    }
    return Optional.empty();
  }

  /** The machine stands, or somebody types: nothing of what was seen counts. */
  void forget() {
    watched.forEach(StuckVcpu::forget);
  }

  private long accesses() {
    long sum = 0;
    for (Bus bus : buses) {
      for (Bus.Mapping mapping : bus.mappings()) {
        sum += CLOCKS.contains(mapping.device()) ? 0 : mapping.reads() + mapping.writes();
      }
    }
    return sum;
  }

  /** Whether a jump back follows, over nothing that could change anything. */
  private boolean isEndless(Vcpu vcpu, long rip) {
    int[] code = new int[MOST_LOOP_BYTES];
    for (int n = 0; n < code.length; n++) {
      long gpa = vcpu.debug().translate(rip + n);
      code[n] = gpa >= 0 && memory.contains(gpa, 1) ? memory.readByte(gpa) : -1;
    }
    int at = 0;
    while (at < code.length - 1 && idle(code[at], code[at + 1]) > 0) {
      at += idle(code[at], code[at + 1]);
    }
    if (at >= code.length - 1 || code[at] != 0xeb || (byte) code[at + 1] >= 0) {
      return false;
    }
    long jump = rip + at;
    long start = jump + 2 + (byte) code[at + 1];
    return start <= rip && jump - start < MOST_LOOP_BYTES && isIdle(vcpu, start, jump);
  }

  private boolean isIdle(Vcpu vcpu, long start, long end) {
    long at = start;
    while (at < end) {
      long gpa = vcpu.debug().translate(at);
      if (gpa < 0 || !memory.contains(gpa, 2)) {
        return false;
      }
      int length = idle(memory.readByte(gpa), memory.readByte(gpa + 1));
      if (length == 0) {
        return false;
      }
      at += length;
    }
    return at == end;
  }

  /** The length of an instruction that does nothing for ever: HLT, CLI, NOP, PAUSE; 0 for others. */
  private static int idle(int first, int second) {
    return first == 0xf4 || first == 0xfa || first == 0x90 ? 1 : first == 0xf3 && second == 0x90 ? 2 : 0;
  }
}
