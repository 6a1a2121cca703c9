package org.demitasse.machine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.core.vcpu.VcpuState.Activity;

/**
 * What is remembered of one vCPU to find out that it is in a loop. With interrupts off a loop comes to no page of code
 * that it has not come to before. With interrupts on, the handlers of ticks have pages, too, so a loop is where nearly
 * all looks see the same few pages and never a halt; and where few registers change, which tells it from arithmetic. It
 * is only looked for in a guest that has not come to a program yet: for those a kernel may well do one thing for long.
 */
final class StuckVcpu {
  private static final long RFLAGS_IF = 1 << 9;
  private static final long RFLAGS_VM = 1 << 17;

  /** So many looks must have agreed. */
  private static final int FEWEST = 4;

  /** Of ten looks, how many must see the pages of a loop; and how many pages a loop has at most. */
  private static final int OF_TEN = 9;

  private static final int MOST_PAGES = 4;

  private static final int MOST_LOOKS = 4096;

  /** How many registers a loop changes at most, and how many values those have at most that it does not. */
  private static final int MOST_CHANGING = 4;

  private static final int FEW_VALUES = 2;

  /** With interrupts on nobody is judged sooner. */
  private static final long SHORTEST_NANOS = 5_000_000_000L;

  @SuppressWarnings("ArrayRecordComponent") // a copy that nobody else has
  private record Look(long nanos, long page, long[] registers) {}

  private final Vcpu vcpu;
  private final long limitNanos;
  private final Set<Long> pages = new HashSet<>();
  private long news; // host time of the last new page with interrupts off
  private int samples; // since then
  private final Deque<Look> looks = new ArrayDeque<>(); // of the kernel at work, not older than the limit
  private boolean ranProgram;
  private long working; // host time of the first look since which it has been at work

  StuckVcpu(Vcpu vcpu, long limitNanos) {
    this.vcpu = vcpu;
    this.limitNanos = limitNanos;
  }

  Vcpu vcpu() {
    return vcpu;
  }

  /**
   * Looks at the vCPU, which does not run.
   *
   * @param booting whether no vCPU has run a program yet
   * @return why it is taken to be in a loop
   */
  Optional<String> look(long nanos, boolean booting) {
    VcpuState state = vcpu.save();
    boolean protectedMode = (state.cr0() & 1) != 0;
    boolean program =
        protectedMode
            && ((state.rflags() & RFLAGS_VM) != 0 || StackSample.privilege(state) == StackSample.USER_PRIVILEGE);
    ranProgram |= program;
    if (program || state.activity() != Activity.RUNNING) {
      forget();
      return Optional.empty();
    }
    long page = state.segments()[VcpuState.CS].base() + state.rip() >>> 12;
    boolean off = (state.rflags() & RFLAGS_IF) == 0;
    if (staysWithInterruptsOff(nanos, off, page)) {
      return Optional.of(
          "for %.1f s interrupts were off, and the same code ran without a sign of life"
              .formatted((nanos - news) / 1e9));
    }
    return booting && staysInAFewPages(new Look(nanos, page, state.gpr()))
        ? Optional.of(
            "for %.1f s the kernel was in the same few pages of code without a sign of life"
                .formatted((nanos - working) / 1e9))
        : Optional.empty();
  }

  private boolean staysWithInterruptsOff(long nanos, boolean off, long page) {
    boolean fresh = pages.add(page);
    if (!off) {
      pages.clear();
    }
    if (!off || fresh) {
      news = nanos;
      samples = 0;
      return false;
    }
    return ++samples >= FEWEST && nanos - news >= limitNanos;
  }

  private boolean staysInAFewPages(Look look) {
    if (looks.isEmpty()) {
      working = look.nanos;
    }
    looks.addLast(look);
    long limit = Math.max(limitNanos, SHORTEST_NANOS);
    while (look.nanos - looks.getFirst().nanos > limit || looks.size() > MOST_LOOKS) {
      looks.removeFirst();
    }
    if (look.nanos - working < limit || looks.size() < FEWEST) {
      return false;
    }
    Map<Long, Long> counts = looks.stream().collect(Collectors.groupingBy(Look::page, Collectors.counting()));
    Set<Long> loop =
        counts.entrySet().stream()
            .sorted(Map.Entry.<Long, Long>comparingByValue().reversed())
            .limit(MOST_PAGES)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    List<long[]> inLoop = looks.stream().filter(one -> loop.contains(one.page)).map(Look::registers).toList();
    return inLoop.size() * 10 >= looks.size() * OF_TEN && changing(inLoop) <= MOST_CHANGING;
  }

  /** How many registers have more than a few values. */
  private static long changing(List<long[]> registers) {
    return IntStream.range(0, registers.getFirst().length)
        .filter(n -> registers.stream().mapToLong(all -> all[n]).distinct().count() > FEW_VALUES)
        .count();
  }

  /** Whether it was ever seen in a program. */
  boolean hasRunProgram() {
    return ranProgram;
  }

  /** There was a sign of life. */
  void forget() {
    pages.clear();
    looks.clear();
    samples = 0;
  }
}
