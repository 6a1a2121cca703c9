package org.demitasse.trace.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.Recorded;
import org.junit.jupiter.api.Test;

class FlowTrackerTest {
  private static final long BASE = 0xffff_ffff_8000_0000L;
  private static final long STACK = 0xffff_8880_0000_4000L;
  private static final long OTHER = 0xffff_8880_0000_c000L;

  private static final Symbols SYMBOLS =
      new Symbols(
          List.of(
              new Symbol("main", BASE + 0x1000, 0),
              new Symbol("probe", BASE + 0x2000, 0),
              new Symbol("tail", BASE + 0x3000, 0),
              new Symbol("switch_to", BASE + 0x4000, 0),
              new Symbol("worker", BASE + 0x5000, 0),
              new Symbol("handler", BASE + 0x6000, 0),
              new Symbol("lwp_trampoline", BASE + 0x7000, 0),
              new Symbol("lwp_startup", BASE + 0x8000, 0),
              new Symbol("mutex_spin_exit", BASE + 0x9000, 0),
              new Symbol("pageout", BASE + 0xa000, 0)));

  private final Recorded recorded = new Recorded();
  private final FlowTracker tracker = new FlowTracker(recorded, SYMBOLS);

  private void tell(int kind, long time, long address, long slot, long more) {
    tracker.take(time << 16 | kind, address, slot, more);
  }

  private void call(long time, long from, long to, long slot) {
    tell(FlowLog.CALL, time, BASE + to, slot, BASE + from);
  }

  private void ret(long time, long to, long slot) {
    tell(FlowLog.RETURN, time, BASE + to, slot, 0);
  }

  @Test
  void namesCallersAndCalleesAndTheirTimes() {
    call(10, 0x1010, 0x2000, STACK - 8);
    ret(30, 0x1010, STACK - 8);
    call(40, 0x1020, 0x2000, STACK - 8);
    ret(45, 0x1020, STACK - 8);
    tracker.end(50);
    assertThat(recorded.lines)
        .containsExactly(
            "boot 0 enter main",
            "boot 10 enter probe",
            "boot 30 exit ?",
            "boot 40 enter probe",
            "boot 45 exit ?",
            "end 50");
  }

  @Test
  void showsAFunctionThatWasJumpedToWithItsFirstCall() {
    call(10, 0x1010, 0x2000, STACK - 8);
    call(20, 0x3010, 0x2000, STACK - 16); // probe has jumped to tail, which calls probe
    ret(25, 0x3010, STACK - 16);
    ret(30, 0x1010, STACK - 8);
    tracker.end(30);
    assertThat(recorded.lines)
        .containsExactly(
            "boot 0 enter main",
            "boot 10 enter probe",
            "boot 20 exit ?",
            "boot 20 enter tail",
            "boot 20 enter probe",
            "boot 25 exit ?",
            "boot 30 exit ?",
            "end 30");
  }

  @Test
  void followsThreadsByTheirStacks() {
    call(10, 0x1010, 0x4000, STACK - 8); // main switches to a new thread
    ret(20, 0x5000, OTHER - 8); // whose first return begins worker
    call(30, 0x5010, 0x4000, OTHER - 16); // which switches back
    ret(40, 0x1010, STACK - 8);
    ret(50, 0x5010, OTHER - 16); // and later goes on
    tracker.end(60);
    assertThat(recorded.lines)
        .containsExactly(
            "boot 0 enter main",
            "boot 10 enter switch_to",
            "boot 20 enter (off cpu)",
            "thread 1 20 enter worker",
            "track 1 is worker (thread 1)",
            "worker (thread 1) 30 enter switch_to",
            "worker (thread 1) 40 enter (off cpu)",
            "boot 40 exit ?",
            "boot 40 exit ?",
            "boot 50 enter (off cpu)",
            "worker (thread 1) 50 exit ?",
            "worker (thread 1) 50 exit ?",
            "end 60");
  }

  /** As NetBSD begins its threads: what lwp_startup calls is not the thread's own. */
  @Test
  void namesAThreadAfterWhatItsTrampolineCallsNext() {
    call(10, 0x1010, 0x4000, STACK - 8);
    beginLwp(20, 0xa000);
    assertThat(recorded.lines).endsWith("lwp_trampoline (thread 1) 25 enter pageout", "track 1 is pageout (thread 1)");
  }

  @Test
  void namesTheNextThreadOnAStackAnew() {
    call(10, 0x1010, 0x4000, STACK - 8);
    beginLwp(20, 0xa000);
    call(30, 0xa010, 0x4000, OTHER - 16); // it ends here: nobody comes back to it
    ret(40, 0x1010, STACK - 8);
    call(45, 0x1010, 0x4000, STACK - 8);
    beginLwp(50, 0x5000);
    assertThat(recorded.lines)
        .contains("track 1 is pageout (thread 1)")
        .endsWith("lwp_trampoline (thread 1) 55 enter worker", "track 1 is worker (thread 1)");
  }

  private void beginLwp(long time, long body) {
    ret(time, 0x7000, OTHER);
    call(time + 1, 0x7010, 0x8000, OTHER);
    call(time + 2, 0x8010, 0x9000, OTHER - 16);
    ret(time + 3, 0x8010, OTHER - 16);
    ret(time + 4, 0x7010, OTHER);
    call(time + 5, 0x7020, body, OTHER);
  }

  @Test
  void putsAnInterruptOnTheStackThatItStruck() {
    call(10, 0x1010, 0x2000, STACK - 8);
    tell(FlowLog.INTERRUPT, 20, BASE + 0x6000, STACK - 64, 0x30);
    tell(FlowLog.INTERRUPT_RETURN, 25, BASE + 0x2010, STACK - 64, 0);
    ret(30, 0x1010, STACK - 8);
    tracker.end(30);
    assertThat(recorded.lines)
        .containsExactly(
            "boot 0 enter main",
            "boot 10 enter probe",
            "boot 20 INTERRUPT interrupt 48",
            "boot 20 enter handler",
            "boot 25 exit ?",
            "boot 30 exit ?",
            "end 30");
  }

  @Test
  void showsUserModeAndItsFirstInstruction() {
    call(10, 0x1010, 0x2000, STACK - 8);
    tell(FlowLog.INTERRUPT_RETURN, 20, 0x40_0000, STACK - 48, 1);
    tell(FlowLog.SYSTEM_CALL, 30, BASE + 0x6000, 0x7fff_0000, 0);
    call(35, 0x6010, 0x2000, STACK - 16);
    ret(36, 0x6010, STACK - 16);
    tell(FlowLog.SYSTEM_RETURN, 40, 0x40_0002, 0x7fff_0000, 0);
    tracker.end(50);
    assertThat(recorded.lines)
        .contains(
            "boot 20 enter (user)",
            "boot 20 MILESTONE first user instruction",
            "boot 30 exit ?",
            "boot 30 enter handler")
        .endsWith("boot 36 exit ?", "boot 40 exit ?", "boot 40 enter (user)", "end 50");
  }

  @Test
  void findsAKernelThatStillRunsAtItsPhysicalAddresses() {
    tell(FlowLog.CALL, 10, 0x2000, 0x9000, 0x1010);
    tracker.end(20);
    assertThat(recorded.lines).containsExactly("boot 0 enter main", "boot 10 enter probe", "end 20");
  }

  @Test
  void showsAddressesWhereThereAreNoSymbols() {
    Recorded shown = new Recorded();
    FlowTracker blind = new FlowTracker(shown, Symbols.NONE);
    blind.take(10L << 16 | FlowLog.CALL, 0x2000, 0x9000, 0x1010);
    blind.end(20);
    assertThat(shown.lines).contains("boot 10 enter 0x2000");
  }
}
