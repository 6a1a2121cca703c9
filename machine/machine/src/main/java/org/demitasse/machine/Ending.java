package org.demitasse.machine;

import java.util.concurrent.atomic.AtomicReference;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.devices.power.PowerControl;
import org.demitasse.machine.Milestones.Milestone;
import org.demitasse.machine.Outcome.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Decides when and how a machine ends: what the guest does, what its console tells and what the host wants come
 * together.
 */
final class Ending implements PowerControl, ConsoleWatch.Listener {
  /**
   * So long after its last word a panicked kernel is taken to have said all. Those that reboot by themselves wait
   * longer.
   */
  private static final long PANIC_SILENCE_NANOS = 500_000_000;

  private final Engine.Running running;
  private final GuestClock clock;
  private final Milestones milestones;
  private final TimerQueue.Timer panicIsOver;
  private final AtomicReference<@Nullable Outcome> wanted = new AtomicReference<>();
  private @Nullable String panic; // this and what follows under the machine's lock
  private boolean justPanicked;
  private boolean panicToldAll;

  Ending(Engine.Running running, GuestClock clock, Milestones milestones) {
    this.running = running;
    this.clock = clock;
    this.milestones = milestones;
    this.panicIsOver = clock.timers().newTimer(this::endOfPanic);
  }

  /** Ends the machine soon; the first wish wins. Any thread. */
  void end(Outcome outcome) {
    wanted.compareAndSet(null, outcome);
    running.kick();
  }

  /** Says whether somebody has ended the machine. */
  boolean isWanted() {
    return wanted.get() != null;
  }

  @Override
  public void powerOff() {
    running.stop(ExitReason.SHUTDOWN);
  }

  @Override
  public void reset() {
    running.stop(ExitReason.RESET);
  }

  @Override
  public void debugExit(int status) {
    end(new Outcome(Kind.DEBUG_EXIT, "", status, null));
  }

  @Override
  public void firstByte() {
    milestones.reach(Milestone.FIRST_CONSOLE_BYTE, instructions());
  }

  @Override
  public void textSeen() {
    milestones.reach(Milestone.UNTIL_TEXT, instructions());
    end(Outcome.of(Kind.TEXT_SEEN));
  }

  @Override
  public void haltedForKey() {
    end(Outcome.of(Kind.HALTED));
  }

  @Override
  public void panicked(String line) {
    panic = line;
    justPanicked = true;
    running.stop(ExitReason.KICKED); // so that somebody looks at the vCPU before the kernel goes on to reset it
    stillTalking();
  }

  private void endOfPanic() {
    panicToldAll = true;
    running.stop(ExitReason.KICKED);
  }

  /** True once after the guest's kernel has panicked; the vCPU that stopped is then still about to print. */
  boolean takeJustPanicked() {
    boolean taken = justPanicked;
    justPanicked = false;
    return taken;
  }

  @Override
  public void stillTalking() {
    panicIsOver.arm(clock.nanos() + PANIC_SILENCE_NANOS);
  }

  /** Instructions retired by all vCPUs; 0 where the engine cannot know. */
  long instructions() {
    long sum = 0;
    for (Vcpu vcpu : running.vcpus()) {
      sum += Math.max(0, vcpu.instructionsRetired());
    }
    return sum;
  }

  /** What an exit of the engine means; null if the machine should go on. The engine must not be running. */
  @Nullable Outcome outcomeOf(ExitReason reason) {
    Outcome outcome = wanted.get();
    if (outcome != null) {
      return outcome;
    }
    boolean goesOn = reason == ExitReason.SHUTDOWN || (reason == ExitReason.KICKED && !panicToldAll);
    if (panic != null && !goesOn) { // no kernel powers off after a panic: then it was only a text
      return new Outcome(Kind.CRASHED, "the guest's kernel crashed: " + panic, 0, null);
    }
    return switch (reason) {
      case SHUTDOWN -> Outcome.of(Kind.POWERED_OFF);
      case HALTED -> Outcome.of(Kind.HALTED);
      case RESET -> Outcome.of(Kind.REBOOTED);
      case TRIPLE_FAULT -> new Outcome(Kind.CRASHED, "the guest crashed with a triple fault", 0, null);
      case BREAKPOINT -> new Outcome(Kind.ENGINE_FAILED, "the guest stopped at a breakpoint that nobody set", 0, null);
      case INTERNAL_ERROR -> new Outcome(Kind.ENGINE_FAILED, running.explanation(), 0, null);
      case KICKED -> null;
    };
  }
}
