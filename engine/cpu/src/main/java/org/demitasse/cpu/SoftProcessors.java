package org.demitasse.cpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.core.vcpu.VcpuSignals;
import org.demitasse.cpu.interpret.BlockTranslator;
import org.demitasse.cpu.interpret.CodeCache;
import org.demitasse.cpu.interpret.CodeStore;
import org.demitasse.cpu.interpret.TwinMismatch;
import org.demitasse.cpu.translate.Translator;
import org.jspecify.annotations.Nullable;

/**
 * The soft vCPUs of one machine, run in turns on the thread that calls {@link #run()}: that thread is the machine's
 * lock.
 *
 * <p>A turn lasts until the next timer is due, or {@link #TURN} instructions. On a virtual clock turns end at the exact
 * instruction where a timer is due, so that two runs of one input are the same.
 */
public final class SoftProcessors implements Engine.Running {
  /**
   * System property: true makes {@link #tallies} tell of each kind of op, and of pairs, how often it was interpreted.
   */
  private static final String OP_COUNTS = "demitasse.tally.ops";

  /** Longest turn of a vCPU, in instructions: how long another thread's wish may wait. */
  static final long TURN = 50_000;

  /** Longest turn when there are several vCPUs. */
  static final long SHARED_TURN = 5_000;

  /** A guess at the slowest sensible speed, to turn host nanoseconds into instructions. */
  private static final long NANOS_PER_INSTRUCTION = 4;

  private final Engine.Wiring wiring;
  private final List<SoftVcpu> vcpus = new ArrayList<>();

  private final CodeCache code;
  private final Translator translator;
  private final @Nullable VirtualClock virtualClock;
  private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable ExitReason> stop = new AtomicReference<>();
  private volatile @Nullable Thread thread;
  private SoftVcpu stopped;
  private @Nullable SoftVcpu running;
  private String explanation = "";
  private @Nullable FlowLog flow;
  private final Idleness idleness = new Idleness();
  private long idleNanos;
  private int lastTurn;
  private long limitInstructions = Long.MAX_VALUE;
  private long limitNanos;

  SoftProcessors(Engine.Wiring wiring, Translation translation) {
    this.wiring = wiring;
    code = new CodeCache(wiring.memory());
    translator = translator(translation);
    BlockTranslator used = translation == Translation.NONE ? BlockTranslator.NONE : translator;
    for (int index = 0; index < wiring.vcpus(); index++) {
      vcpus.add(new SoftVcpu(index, wiring, code, used, this));
    }
    if (translation.isChecked()) {
      vcpus.forEach(SoftVcpu::checkTranslation);
    }
    stopped = vcpus.get(0);
    virtualClock = wiring.clock() instanceof VirtualClock virtual ? virtual : null;
    if (virtualClock != null) {
      virtualClock.countInstructions(this::instructionsRetired);
    }
    wiring.clock().timers().onSooner(this::endTurn);
  }

  private static Translator translator(Translation translation) {
    if (translation == Translation.EAGER_QUICK) {
      return Translator.immediateQuick(1);
    }
    return translation.isEager() ? Translator.immediate(1) : new Translator(CodeStore.ofJvm());
  }

  /** Instructions retired by all vCPUs since power-on. */
  public long instructionsRetired() {
    long sum = 0;
    for (SoftVcpu vcpu : vcpus) {
      sum += vcpu.instructionsRetired();
    }
    return sum;
  }

  /** Decoded code and its counts. */
  public CodeCache code() {
    return code;
  }

  /** The translator of hot code and its counts. */
  public Translator translator() {
    return translator;
  }

  /** How many runs of translated code were compared with the interpreter. */
  public long checkedRuns() {
    return vcpus.stream().mapToLong(SoftVcpu::checkedRuns).sum();
  }

  /** Instructions retired by translated code on all vCPUs. */
  public long translatedInstructions() {
    return vcpus.stream().mapToLong(SoftVcpu::translatedInstructions).sum();
  }

  /** What was done so far. To be asked on the machine's thread, or when it has ended. */
  public Counts counts() {
    return new Counts(
        instructionsRetired(),
        translatedInstructions(),
        vcpus.stream().mapToLong(SoftVcpu::regionEntries).sum(),
        translator.regions(),
        translator.improved(),
        translator.refused(),
        translator.bytecodeBytes(),
        translator.workNanos(),
        code.built(),
        code.invalidations(),
        vcpus.stream().mapToLong(vcpu -> vcpu.cpu().memory.walks).sum(),
        vcpus.stream().mapToLong(vcpu -> vcpu.cpu().memory.flushes).sum());
  }

  @Override
  public Map<String, Long> tallies() {
    Counts counts = counts();
    Map<String, Long> tallies = new LinkedHashMap<>();
    tallies.put("interpreted_instructions", counts.instructions() - counts.translatedInstructions());
    tallies.put("translated_instructions", counts.translatedInstructions());
    tallies.put("region_entries", counts.regionEntries());
    tallies.put("regions", counts.regions());
    tallies.put("improved_regions", counts.improvedRegions());
    tallies.put("refused_blocks", counts.refusedBlocks());
    tallies.put("bytecode_bytes", counts.bytecodeBytes());
    tallies.put("translator_nanos", counts.translatorNanos());
    tallies.put("decoded_blocks", counts.decodedBlocks());
    tallies.put("invalidations", counts.invalidations());
    tallies.put("tlb_misses", counts.tlbMisses());
    tallies.put("tlb_flushes", counts.tlbFlushes());
    if (Boolean.getBoolean(OP_COUNTS)) {
      code.executedOps().forEach((kinds, executions) -> tallies.put("op " + kinds, executions));
    }
    return tallies;
  }

  @Override
  public List<SoftVcpu> vcpus() {
    return List.copyOf(vcpus);
  }

  @Override
  public VcpuSignals signals(int vcpu) {
    return vcpus.get(vcpu);
  }

  /** Ends the turn of the running vCPU after its present block. */
  void endTurn() {
    SoftVcpu vcpu = running;
    if (vcpu != null) {
      vcpu.endTurn();
    }
  }

  @Override
  public ExitReason run() {
    thread = Thread.currentThread();
    vcpus.forEach(SoftVcpu::resume);
    try {
      while (true) {
        runPosted();
        ExitReason wanted = stop.getAndSet(null);
        if (wanted != null) {
          return wanted;
        }
        if (isAtLimit()) {
          return ExitReason.KICKED;
        }
        boolean ran = false;
        for (SoftVcpu vcpu : vcpus) {
          if (stop.get() != null) {
            ran = true;
            break;
          }
          wiring.clock().timers().runDue(wiring.clock().nanos());
          if (vcpu.isReady()) {
            ran = true;
            ExitReason reason = takeTurn(vcpu);
            if (reason != null) {
              return reason;
            }
          }
        }
        if (!ran && !idle()) {
          return ExitReason.HALTED;
        }
      }
    } finally {
      thread = null;
    }
  }

  @Override
  public int tscKhz() {
    return SoftEngine.TSC_KHZ;
  }

  @Override
  public boolean traceFlow(FlowLog log) {
    flow = log;
    log.clock(() -> instructionsRetired() + idleNanos);
    translator.tellFlow();
    vcpus.forEach(vcpu -> vcpu.traceFlow(log));
    return true;
  }

  private void tellTurn(FlowLog log, SoftVcpu vcpu) {
    long time = instructionsRetired() + idleNanos;
    vcpu.setFlowBase(time - vcpu.instructionsRetired());
    if (vcpu.index() != lastTurn) {
      lastTurn = vcpu.index();
      log.add(FlowLog.TURN, lastTurn, time, 0, 0, 0);
    }
  }

  private @Nullable ExitReason takeTurn(SoftVcpu vcpu) {
    running = vcpu;
    if (flow != null) {
      tellTurn(flow, vcpu);
    }
    try {
      ExitReason reason = vcpu.runTurn(turnLength());
      if (reason != null) {
        stopped = vcpu;
      }
      return reason;
    } catch (TwinMismatch mismatch) {
      stopped = vcpu;
      explain(String.valueOf(mismatch.getMessage()));
      return ExitReason.INTERNAL_ERROR;
    } finally {
      running = null;
    }
  }

  private long turnLength() {
    long left = limitInstructions - instructionsRetired();
    long longest = Math.min(vcpus.size() > 1 ? SHARED_TURN : TURN, left > 0 ? left : TURN);
    long deadline = wiring.clock().timers().nextDeadline();
    if (deadline == TimerQueue.NEVER) {
      return longest;
    }
    long nanos = Math.max(0, deadline - wiring.clock().nanos());
    long instructions = virtualClock != null ? nanos : nanos / NANOS_PER_INSTRUCTION + 100;
    return Math.max(1, Math.min(longest, instructions));
  }

  /**
   * Makes {@link #run()} return KICKED at the first moment, between two instructions, at which so many have been
   * retired and guest time has come so far. Meant for one vCPU on virtual time, where that moment is always the same.
   */
  public void setLimit(long instructions, long nanos) {
    limitInstructions = instructions;
    limitNanos = nanos;
  }

  /** Ends {@link #setLimit}. */
  public void clearLimit() {
    setLimit(Long.MAX_VALUE, 0);
  }

  /** Says whether the limit has been reached. */
  public boolean isAtLimit() {
    return limitInstructions != Long.MAX_VALUE
        && instructionsRetired() >= limitInstructions
        && wiring.clock().nanos() >= limitNanos;
  }

  /** The vCPUs of a machine that does not run: all that they need to go on exactly as they did. */
  public record State(List<SoftVcpu.State> vcpus) {}

  /** Takes a copy. */
  public State save() {
    return new State(vcpus.stream().map(SoftVcpu::saveAll).toList());
  }

  /** Puts a copy back. Memory, APICs and clock are their owners' affair; a pvclock page may be written. */
  public void restore(State state) {
    for (SoftVcpu vcpu : vcpus) {
      vcpu.restoreAll(state.vcpus.get(vcpu.index()));
    }
    stop.set(null);
  }

  /** The dirty bitmap was cleared: the next write to each page must mark it again. */
  public void forgetWrites() {
    vcpus.forEach(vcpu -> vcpu.cpu().memory.forgetWrites());
  }

  private void runPosted() {
    Runnable task = posted.poll();
    while (task != null) {
      task.run();
      task = posted.poll();
    }
  }

  /** Nothing can run: sleeps, or skips virtual time, until something may. False if nothing ever will. */
  private boolean idle() {
    long before = wiring.clock().nanos();
    boolean wakes = waitForSomething();
    if (flow != null) {
      long waited = Math.max(0, wiring.clock().nanos() - before);
      idleNanos += waited;
      flow.add(FlowLog.IDLE, lastTurn, instructionsRetired() + idleNanos, waited, 0, 0);
    }
    return wakes;
  }

  private boolean waitForSomething() {
    if (vcpus.stream().noneMatch(SoftVcpu::canBeWoken)) {
      return false; // timers may expire: nobody hears of it
    }
    long deadline = wiring.clock().timers().nextDeadline();
    if (deadline == TimerQueue.NEVER) {
      doze(Long.MAX_VALUE);
    } else if (virtualClock != null) {
      virtualClock.skipTo(deadline);
    } else {
      doze(deadline - wiring.clock().nanos());
    }
    return true;
  }

  /**
   * Sleeps for so long at most. A machine that has been idle for seconds forgets its decoded code; on virtual time
   * there is no such thing.
   */
  private void doze(long nanos) {
    if (virtualClock != null) {
      sleep(nanos);
      return;
    }
    if (idleness.isTimeToForget(wiring.clock().nanos(), instructionsRetired(), code.built())) {
      forgetCode();
    }
    sleep(Math.min(nanos, idleness.longestSleep(code.built())));
  }

  /**
   * Lets go of all decoded code, between two turns of the machine's thread. What was translated is found again in the
   * JVM's {@link CodeStore} when the guest comes back to it.
   */
  void forgetCode() {
    code.forgetAll();
    vcpus.forEach(SoftVcpu::forgetCode);
  }

  private void sleep(long nanos) {
    if (nanos > 0 && posted.isEmpty() && stop.get() == null) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, nanos);
      }
    }
  }

  @Override
  public void stop(ExitReason reason) {
    stop.updateAndGet(first -> first == null || first == ExitReason.KICKED ? reason : first);
    SoftVcpu vcpu = running;
    if (vcpu != null && thread == Thread.currentThread()) {
      stopped = vcpu;
    }
    wake();
  }

  @Override
  public void post(Runnable task) {
    posted.add(task);
    wake();
  }

  private void wake() {
    Thread machine = thread;
    if (machine == Thread.currentThread()) {
      endTurn();
    } else if (machine != null) {
      LockSupport.unpark(machine);
    }
  }

  @Override
  public SoftVcpu stopped() {
    return stopped;
  }

  @Override
  public String explanation() {
    return explanation;
  }

  /** Says why an INTERNAL_ERROR happened. */
  void explain(String sentence) {
    explanation = sentence;
  }

  @Override
  public void close() {
    translator.close();
    for (SoftVcpu vcpu : vcpus) {
      vcpu.close();
    }
  }
}
