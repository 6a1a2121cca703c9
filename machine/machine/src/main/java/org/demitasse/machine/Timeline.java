package org.demitasse.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.cpu.SoftProcessors;
import org.demitasse.gdb.History;

/**
 * The past of a machine with one vCPU on virtual time: checkpoints of all its state now and then, and everything that
 * came from outside, with the moment when it came. From a checkpoint on, the machine executes exactly what it did
 * before.
 *
 * <p>A moment is a number of retired instructions; used by the machine's thread only.
 */
final class Timeline implements History {
  /** Instructions between checkpoints at first; doubled whenever checkpoints become too many or too large. */
  private static final long FIRST_INTERVAL = 5_000_000;

  private static final int MAX_CHECKPOINTS = 64;
  private static final long MAX_PAGES = 100_000;

  /**
   * All state at one moment.
   *
   * @param writes what each disk's moment was
   */
  private record Checkpoint(
      long instructions, SoftProcessors.State vcpus, long skippedNanos, List<Runnable> devices, List<Long> writes) {}

  private record Arrival(long instructions, long nanos, byte[] typed) {}

  private final SoftProcessors engine;
  private final VirtualClock clock;
  private final ConsoleInput input;
  private final ConsoleGate gate;
  private final List<Supplier<Runnable>> devices;
  private final PageHistory memory;
  private final List<Checkpoint> checkpoints = new ArrayList<>();
  private final List<Arrival> arrivals = new ArrayList<>();
  private final List<byte[]> waiting = new ArrayList<>();
  private long interval = FIRST_INTERVAL;
  private long furthest;
  private int nextArrival;
  private boolean changed = true;
  private final Recorder recorder;
  private final boolean keepsPast;
  private final List<JournaledDisk> disks;
  private final Consumer<String> warnings;
  private boolean toldOfLoss;

  /**
   * Starts with a machine that has not run.
   *
   * @param recorder writes a recording, or brings one
   * @param keepsPast whether there are checkpoints to go back to
   * @param disks those among the devices that are written to, and can be undone only so far
   * @param devices each takes a copy of a device's state, as a task that puts it back; in the order to do that
   */
  Timeline(
      SoftProcessors engine,
      VirtualClock clock,
      GuestMemory ram,
      ConsoleInput input,
      ConsoleGate gate,
      List<Supplier<Runnable>> devices,
      Recorder recorder,
      boolean keepsPast,
      List<JournaledDisk> disks,
      Consumer<String> warnings) {
    this.engine = engine;
    this.clock = clock;
    this.input = input;
    this.gate = gate;
    this.devices = devices;
    this.recorder = recorder;
    this.keepsPast = keepsPast;
    this.disks = disks;
    this.warnings = warnings;
    disks.forEach(disk -> disk.onGrowth(() -> engine.stop(ExitReason.KICKED)));
    recorder.typed().forEach(typed -> arrivals.add(new Arrival(typed.instructions(), typed.nanos(), typed.bytes())));
    memory = new PageHistory(ram, engine::forgetWrites);
  }

  /** Something is typed, now if this is the present, else as soon as that is reached again. */
  void type(byte[] bytes) {
    if (recorder.isReplay() || bytes.length == 0) {
      return;
    }
    if (now() < furthest || nextArrival < arrivals.size()) {
      waiting.add(bytes);
    } else {
      arrivals.add(new Arrival(now(), clock.nanos(), bytes));
      nextArrival = arrivals.size();
      recorder.typed(new Recording.Typed(now(), clock.nanos(), bytes));
      input.offer(bytes);
    }
  }

  /**
   * The machine has ended.
   *
   * @param guests whether the guest has ended it itself
   * @param why what happened
   */
  void end(boolean guests, String why) {
    recorder.end(engine.vcpus().getFirst(), new Recording.End(now(), clock.nanos(), guests, why));
  }

  /** Why a replay that has come to the end of its recording goes no further; nothing before that, or without one. */
  Optional<String> recordingsEnd() {
    Recording.End limit = recorder.limit();
    return limit == null || !isReached(limit) ? Optional.empty() : Optional.of(limit.why());
  }

  private boolean isReached(Recording.End limit) {
    return now() >= limit.instructions() && clock.nanos() >= limit.nanos();
  }

  /** Says whether there is a way back. */
  boolean keepsPast() {
    return keepsPast;
  }

  private long now() {
    return engine.instructionsRetired();
  }

  // --- forwards
  // ----------------------------------------------------------------------------------------------------------

  /** Runs on, as {@link SoftProcessors#run()} does. */
  ExitReason run() {
    keepChange();
    while (true) {
      Recording.End limit = recorder.limit();
      if (limit != null && isReached(limit)) {
        return ExitReason.SHUTDOWN;
      }
      giveUpLost();
      long checkpointDue = keepsPast ? nextCheckpoint() : Long.MAX_VALUE;
      long due = Math.min(checkpointDue, recorder.nextMark());
      if (now() >= due) {
        if (now() >= recorder.nextMark()) {
          recorder.mark(engine.vcpus().getFirst(), now());
        }
        if (now() >= checkpointDue) {
          keep();
        }
        continue;
      }
      if (now() >= furthest && nextArrival == arrivals.size() && !waiting.isEmpty()) {
        List<byte[]> typed = List.copyOf(waiting);
        waiting.clear();
        typed.forEach(this::type);
      }
      ExitReason reason = limit != null && due >= limit.instructions() ? runTo(limit) : runTo(due, 0);
      furthest = Math.max(furthest, now());
      return reason; // KICKED also when something is due: a kick from outside may be among it
    }
  }

  /** Runs to a moment, or a stop before it, with everything from outside at its own moment. */
  private ExitReason runTo(long instructions) {
    return runTo(instructions, 0);
  }

  private ExitReason runTo(Recording.End limit) {
    ExitReason reason = runTo(limit.instructions(), limit.nanos());
    return reason == ExitReason.KICKED && isReached(limit) ? ExitReason.SHUTDOWN : reason;
  }

  private ExitReason runTo(long instructions, long nanos) {
    while (true) {
      Arrival next = nextArrival < arrivals.size() ? arrivals.get(nextArrival) : null;
      if (next == null || next.instructions > instructions) {
        engine.setLimit(instructions, nanos);
        ExitReason reason = engine.run();
        engine.clearLimit();
        return reason;
      }
      engine.setLimit(next.instructions, next.nanos);
      ExitReason reason = engine.run();
      boolean arrived = engine.isAtLimit();
      engine.clearLimit();
      if (!arrived || reason != ExitReason.KICKED) {
        return reason;
      }
      nextArrival++;
      input.offer(next.typed);
    }
  }

  private void keep() {
    List<Runnable> copies = new ArrayList<>();
    devices.forEach(device -> copies.add(device.get()));
    copies.add(input.keep());
    copies.add(gate.keep());
    int arrival = nextArrival;
    copies.add(() -> nextArrival = arrival);
    memory.keep();
    List<Long> writes = disks.stream().map(JournaledDisk::moment).toList();
    checkpoints.add(new Checkpoint(now(), engine.save(), clock.skippedNanos(), copies, writes));
    if (checkpoints.size() > MAX_CHECKPOINTS || memory.pages() > MAX_PAGES) {
      thin();
    }
  }

  /** Sooner than usual when much is written, or there would be none at all that the disks can go back to. */
  private long nextCheckpoint() {
    boolean isWanted = now() >= furthest && disks.stream().anyMatch(JournaledDisk::wantsKeeping);
    return isWanted ? now() : checkpoints.getLast().instructions + interval;
  }

  /**
   * Gives up the checkpoints that the disks cannot go back to any more. Only what is new can have cost them that, so
   * this is the present if none is left.
   */
  private void giveUpLost() {
    if (checkpoints.isEmpty() || !isLost(checkpoints.getFirst())) {
      return;
    }
    if (isLost(checkpoints.getLast())) {
      keep();
    }
    while (isLost(checkpoints.getFirst())) {
      checkpoints.removeFirst();
      memory.merge(0);
    }
    if (!toldOfLoss) {
      toldOfLoss = true;
      warnings.accept(
          "the guest has written more to its disks than can be undone: from now on a debugger can go back only as far"
              + " as the last writes, and not to the start");
    }
  }

  private boolean isLost(Checkpoint checkpoint) {
    for (int n = 0; n < disks.size(); n++) {
      if (checkpoint.writes.get(n) < disks.get(n).earliest()) {
        return true;
      }
    }
    return false;
  }

  private void thin() {
    interval *= 2;
    for (int n = checkpoints.size() - 2; n > 0; n -= 2) {
      checkpoints.remove(n);
      memory.merge(n);
    }
  }

  // --- backwards
  // ---------------------------------------------------------------------------------------------------------

  /** Registers or memory are about to be changed by hand: what was known of the future is no longer true. */
  void change() {
    changed = true;
    if (recorder.isReplay()) {
      arrivals.subList(nextArrival, arrivals.size()).clear();
    }
    recorder.change(now());
  }

  /** What was changed by hand cannot be repeated: it becomes a checkpoint, and the future is open. */
  private void keepChange() {
    if (!changed || !keepsPast) {
      return;
    }
    changed = false;
    int last = checkpoints.size() - 1;
    while (last >= 0 && checkpoints.get(last).instructions > now()) {
      last--;
    }
    memory.forgetAfter(last);
    checkpoints.subList(last + 1, checkpoints.size()).clear();
    if (last >= 0) { // not what a recording brought along
      arrivals.subList(nextArrival, arrivals.size()).clear();
    }
    furthest = now();
    gate.forgetFuture();
    keep();
  }

  private void restore(int number) {
    Checkpoint checkpoint = checkpoints.get(number);
    memory.restore(number);
    clock.restore(checkpoint.skippedNanos);
    engine.restore(checkpoint.vcpus);
    checkpoint.devices.forEach(Runnable::run);
    memory.restore(number); // entering a state may write to RAM: a pvclock page, a ring's flags
    engine.stop(ExitReason.KICKED); // and a device may have asked for a stop
    ExitReason _ = engine.run();
  }

  /** The last checkpoint at or before a moment, or -1. */
  private int before(long instructions) {
    int number = checkpoints.size() - 1;
    while (number >= 0 && checkpoints.get(number).instructions > instructions) {
      number--;
    }
    return number;
  }

  /** Executes up to a moment, whatever breakpoints there are. */
  private void goTo(long instructions) {
    while (now() < instructions) {
      ExitReason reason = runTo(instructions);
      if (reason != ExitReason.BREAKPOINT && reason != ExitReason.KICKED) {
        return;
      }
    }
  }

  @Override
  public boolean stepBack() {
    keepChange();
    giveUpLost();
    long wanted = now() - 1;
    int number = before(wanted);
    if (number < 0) {
      return false;
    }
    restore(number);
    goTo(wanted);
    return true;
  }

  /** A stop to go back to: the stops after the checkpoint up to it, or the moment before a watched access. */
  private record Target(int stops, long moment, long watched) {}

  @Override
  public Stop continueBack() {
    keepChange();
    giveUpLost();
    long here = now();
    long end = here;
    for (int number = before(here - 1); number >= 0; number--) {
      restore(number);
      Target target = lastStop(end, here);
      if (target != null) {
        restore(number);
        if (target.watched != DebugTarget.NO_HIT) {
          goTo(target.moment);
        } else {
          goToStop(target.stops);
        }
        return new Stop(true, target.watched);
      }
      end = checkpoints.get(number).instructions;
    }
    restore(0);
    return new Stop(false, DebugTarget.NO_HIT);
  }

  private @org.jspecify.annotations.Nullable Target lastStop(long end, long here) {
    Target last = null;
    int stops = 0;
    while (now() <= end) {
      ExitReason reason = runTo(end);
      if (reason != ExitReason.BREAKPOINT) {
        if (reason != ExitReason.KICKED || now() >= end) {
          break;
        }
        continue;
      }
      stops++;
      DebugTarget target = engine.stopped().debug();
      boolean data = target.watchHit() != DebugTarget.NO_HIT;
      long moment = data ? now() - 1 : now();
      if (moment < here && now() <= end) {
        last = new Target(stops, moment, target.watchHit());
      }
    }
    return last;
  }

  private void goToStop(int stops) {
    int seen = 0;
    while (seen < stops) {
      ExitReason reason = runTo(Long.MAX_VALUE);
      if (reason == ExitReason.BREAKPOINT) {
        seen++;
      } else if (reason != ExitReason.KICKED) {
        return;
      }
    }
  }
}
