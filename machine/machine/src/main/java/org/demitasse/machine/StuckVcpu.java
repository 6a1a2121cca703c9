package org.demitasse.machine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.core.vcpu.VcpuState.Activity;

/**
 * What is remembered of one vCPU to find out that it is in a loop. With interrupts off a loop comes to no page of code
 * that it has not come to before. With interrupts on, the handlers of ticks have pages, too, so a loop is where nearly
 * all looks see the same few pages, and never a program or a halt.
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

  private record Look(long nanos, long page) {}

  private final Vcpu vcpu;
  private final long limitNanos;
  private final Set<Long> pages = new HashSet<>();
  private long news; // host time of the last new page with interrupts off
  private int samples; // since then
  private final Deque<Look> looks = new ArrayDeque<>(); // of the kernel at work, not older than the limit
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
   * @return why it is taken to be in a loop
   */
  Optional<String> look(long nanos) {
    VcpuState state = vcpu.save();
    boolean protectedMode = (state.cr0() & 1) != 0;
    boolean program =
        protectedMode
            && ((state.rflags() & RFLAGS_VM) != 0 || StackSample.privilege(state) == StackSample.USER_PRIVILEGE);
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
    return staysInAFewPages(nanos, page)
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

  private boolean staysInAFewPages(long nanos, long page) {
    if (looks.isEmpty()) {
      working = nanos;
    }
    looks.addLast(new Look(nanos, page));
    while (nanos - looks.getFirst().nanos > limitNanos || looks.size() > MOST_LOOKS) {
      looks.removeFirst();
    }
    if (nanos - working < limitNanos || looks.size() < FEWEST) {
      return false;
    }
    Map<Long, Integer> counts = new HashMap<>();
    looks.forEach(look -> counts.merge(look.page, 1, Integer::sum));
    int most = counts.values().stream().sorted((a, b) -> b - a).limit(MOST_PAGES).mapToInt(n -> n).sum();
    return most * 10 >= looks.size() * OF_TEN;
  }

  /** There was a sign of life. */
  void forget() {
    pages.clear();
    looks.clear();
    samples = 0;
  }
}
