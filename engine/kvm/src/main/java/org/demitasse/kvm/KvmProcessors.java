package org.demitasse.kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.InterruptChips;
import org.demitasse.core.vcpu.InterruptInputs;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuSignals;
import org.demitasse.kvm.abi.Capability;
import org.demitasse.kvm.abi.LibC;
import org.jspecify.annotations.Nullable;

/**
 * The vCPUs of one machine in the kernel. Each runs on its own thread; the thread that calls {@link #run()} expires
 * timers and runs posted tasks. Whoever touches a device holds the machine's lock.
 */
final class KvmProcessors implements Engine.Running {
  private static final long FIRST_HALT_CHECK_NANOS = 20_000_000;
  private static final long LAST_HALT_CHECK_NANOS = 640_000_000;

  private final Engine.Wiring wiring;
  private final LibC signals; // of the thread that calls run()
  private final KvmVm vm;
  private final List<KvmVcpu> vcpus = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable ExitReason> stop = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> mistake = new AtomicReference<>();
  private final long[] exits = new long[ExitCounts.REASONS]; // of threads that have ended
  private volatile List<VcpuThread> threads = List.of();
  private volatile @Nullable ExitListener exitListener;
  private volatile @Nullable Thread machineThread;
  private volatile Vcpu stopped;
  private volatile String explanation = "";

  /**
   * Makes the machine in the kernel.
   *
   * @throws KvmException if the host cannot run it
   */
  KvmProcessors(Kvm kvm, Engine.Wiring wiring) {
    this.wiring = wiring;
    int most = kvm.check(Capability.KVM_CAP_MAX_VCPUS);
    if (most > 0 && wiring.vcpus() > most) {
      throw new KvmException("this host's KVM runs at most %d vCPUs, not %d".formatted(most, wiring.vcpus()));
    }
    vm = new KvmVm(kvm, wiring.memory());
    signals = kvm.device().newCalls();
    try {
      for (int index = 0; index < wiring.vcpus(); index++) {
        vcpus.add(new KvmVcpu(index, kvm, vm));
      }
      if (wiring.tscKhz() != 0) {
        setTscKhz(wiring.tscKhz(), kvm.check(Capability.KVM_CAP_TSC_CONTROL) > 0);
      }
      offerCpuid(kvm);
    } catch (RuntimeException refused) {
      close();
      throw refused;
    }
    stopped = vcpus.getFirst();
    wiring.clock().timers().onSooner(this::wake);
  }

  /** A host whose own frequency is the wanted one needs no control of it. */
  private void setTscKhz(int wanted, boolean controlled) {
    int hosts = vcpus.getFirst().tscKhz();
    if (hosts == wanted) {
      return;
    }
    if (!controlled) {
      throw new KvmException(
          "this host's KVM cannot give a guest a TSC of %d kHz: the host's own has %s, and this CPU or kernel does not scale it (KVM_CAP_TSC_CONTROL)"
              .formatted(wanted, hosts == 0 ? "a frequency that KVM does not tell" : hosts + " kHz"));
    }
    for (KvmVcpu vcpu : vcpus) {
      vcpu.setTscKhz(wanted);
    }
  }

  private void offerCpuid(Kvm kvm) {
    boolean deadline = kvm.check(Capability.KVM_CAP_TSC_DEADLINE_TIMER) > 0;
    GuestCpuid cpuid = new GuestCpuid(kvm.supportedCpuid(), vcpus.size(), vcpus.getFirst().tscKhz(), deadline);
    for (KvmVcpu vcpu : vcpus) {
      vcpu.setCpuid(cpuid.leaves(vcpu.index()));
    }
  }

  @Override
  public List<? extends Vcpu> vcpus() {
    return List.copyOf(vcpus);
  }

  @Override
  public Optional<InterruptInputs> interruptInputs() {
    return Optional.of(vm::setIrqLine);
  }

  @Override
  public VcpuSignals signals(int vcpu) {
    return NoSignals.INSTANCE;
  }

  // --- running
  // -----------------------------------------------------------------------------------------------------------

  @Override
  public ExitReason run() {
    machineThread = Thread.currentThread();
    List<VcpuThread> started = new ArrayList<>();
    for (KvmVcpu vcpu : vcpus) {
      started.add(new VcpuThread(vcpu, this, wiring.ports(), wiring.mmio(), signals));
    }
    threads = List.copyOf(started);
    try {
      if (stop.get() == null) {
        threads.forEach(VcpuThread::start);
      }
      serve();
      threads.forEach(VcpuThread::leave);
      threads.forEach(VcpuThread::join);
      return Objects.requireNonNull(stop.get()); // a vCPU may have found a better one than a kick on its way out
    } finally {
      threads.forEach(VcpuThread::leave);
      threads.forEach(VcpuThread::join);
      threads.forEach(thread -> thread.addExits(exits));
      threads = List.of();
      machineThread = null;
      stop.set(null); // not before the last thread has left: until then it keeps them from going on
      throwMistake();
    }
  }

  private void throwMistake() {
    switch (mistake.getAndSet(null)) {
      case null -> {}
      case RuntimeException ours -> throw ours;
      case Error worse -> throw worse;
      case Throwable impossible -> throw new IllegalStateException(impossible);
    }
  }

  /** Timers, tasks and the watch for a machine that has halted for good, until something stops the machine. */
  private void serve() {
    HaltWatch halts = new HaltWatch(threads);
    while (true) {
      long deadline = runDue();
      ExitReason wanted = stop.get();
      if (wanted == null && halts.isOver(System.nanoTime())) {
        stop.compareAndSet(null, ExitReason.HALTED);
        wanted = stop.get();
      }
      if (wanted != null) {
        return;
      }
      long nanos = halts.nanosLeft(System.nanoTime());
      if (deadline != TimerQueue.NEVER) {
        nanos = Math.min(nanos, deadline - wiring.clock().nanos());
      }
      if (nanos > 0 && posted.isEmpty() && stop.get() == null) {
        LockSupport.parkNanos(this, nanos);
      }
    }
  }

  private long runDue() {
    lock.lock();
    try {
      runPosted();
      TimerQueue timers = wiring.clock().timers();
      timers.runDue(wiring.clock().nanos());
      runPosted();
      return timers.nextDeadline();
    } finally {
      lock.unlock();
    }
  }

  private void runPosted() {
    Runnable task = posted.poll();
    while (task != null) {
      task.run();
      task = posted.poll();
    }
  }

  /** Runs a vCPU's access to a device, and the tasks that it posted. */
  void underLock(Runnable access) {
    lock.lock();
    try {
      access.run();
      runPosted();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stop(ExitReason reason) {
    boolean _ = isFirst(reason);
    wake();
  }

  /** Makes it the reason to stop, if there is none but a kick, after which the guest would be run again. */
  private boolean isFirst(ExitReason reason) {
    return stop.compareAndSet(null, reason) || stop.compareAndSet(ExitReason.KICKED, reason);
  }

  /** Whether something wants the machine to stop. */
  boolean isStopping() {
    return stop.get() != null;
  }

  /** A vCPU's own reason to stop the machine. */
  void stoppedBy(KvmVcpu vcpu, ExitReason reason) {
    if (isFirst(reason)) {
      stopped = vcpu;
    }
    wake();
  }

  /** A vCPU cannot go on. */
  void failed(KvmVcpu vcpu, String sentence) {
    explanation = sentence;
    stoppedBy(vcpu, ExitReason.INTERNAL_ERROR);
  }

  /** A mistake of ours on a vCPU's thread: the machine's thread throws it. */
  void broken(KvmVcpu vcpu, Throwable thrown) {
    mistake.compareAndSet(null, thrown);
    stoppedBy(vcpu, ExitReason.INTERNAL_ERROR);
  }

  /** A vCPU has said whether it has halted for good. */
  void answered() {
    wake();
  }

  @Override
  public void post(Runnable task) {
    posted.add(task);
    if (!lock.isHeldByCurrentThread()) { // else it is run before the lock is given back
      wake();
    }
  }

  private void wake() {
    Thread thread = machineThread;
    if (thread != null && thread != Thread.currentThread()) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public Vcpu stopped() {
    return stopped;
  }

  @Override
  public String explanation() {
    return explanation;
  }

  @Override
  public Optional<byte[]> saveApic(int vcpu) {
    return Optional.of(vcpus.get(vcpu).saveApic());
  }

  @Override
  public void restoreApic(int vcpu, byte[] page) {
    vcpus.get(vcpu).restoreApic(page);
  }

  @Override
  public Optional<InterruptChips> saveInterruptChips() {
    return Optional.of(vm.saveChips());
  }

  @Override
  public void restoreInterruptChips(InterruptChips chips) {
    vm.restoreChips(chips);
  }

  @Override
  public int tscKhz() {
    return vcpus.getFirst().tscKhz();
  }

  @Override
  public void watchWrites(boolean on) {
    vm.logDirtyPages(wiring.memory(), on);
  }

  @Override
  public void collectWrites() {
    vm.collectDirtyPages(wiring.memory());
  }

  @Override
  public boolean onExits(ExitListener listener) {
    exitListener = listener;
    return true;
  }

  /** Who is told of every exit, if anybody. */
  @Nullable ExitListener exitListener() {
    return exitListener;
  }

  @Override
  public Map<String, Long> exits() {
    long[] sums = exits.clone();
    threads.forEach(thread -> thread.addExits(sums));
    return ExitCounts.byName(sums);
  }

  @Override
  public void close() {
    vcpus.forEach(KvmVcpu::close);
    signals.close();
    vm.close();
  }

  /**
   * Finds out that every vCPU has executed HLT with interrupts off: the kernel's own interrupt controllers tell nobody.
   * vCPUs that have not left the guest since the last look are asked, ever less often.
   */
  private static final class HaltWatch {
    private final List<VcpuThread> threads;
    private final long[] entries;
    private long interval = FIRST_HALT_CHECK_NANOS;
    private long next = System.nanoTime() + FIRST_HALT_CHECK_NANOS;

    HaltWatch(List<VcpuThread> threads) {
      this.threads = threads;
      entries = new long[threads.size()];
    }

    long nanosLeft(long now) {
      return next - now;
    }

    /** Looks, if it is time to. */
    boolean isOver(long now) {
      for (VcpuThread thread : threads) {
        if (!thread.hasHaltedForGood()) {
          askWhenDue(now);
          return false;
        }
      }
      return true;
    }

    private void askWhenDue(long now) {
      if (now - next < 0) {
        return;
      }
      interval = Math.min(interval * 2, LAST_HALT_CHECK_NANOS);
      next = now + interval;
      for (int i = 0; i < entries.length; i++) {
        long entered = threads.get(i).entries();
        if (entered - entries[i] <= 1) { // the last question was itself an exit
          threads.get(i).ask();
        } else {
          threads.get(i).forgetAnswer();
        }
        entries[i] = entered;
      }
    }
  }

  /** The kernel's local APICs signal their vCPUs themselves. */
  private enum NoSignals implements VcpuSignals {
    INSTANCE;

    @Override
    public void interruptRequested() {}

    @Override
    public void nmi() {}

    @Override
    public void init() {}

    @Override
    public void startup(int vector) {}
  }
}
