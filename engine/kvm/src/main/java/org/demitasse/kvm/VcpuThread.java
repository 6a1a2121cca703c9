package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Structures.*;

import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.kvm.abi.Errno;
import org.demitasse.kvm.abi.LibC;

/**
 * Runs one vCPU on a thread of its own, from the machine's start to its stop. Exits are served under the machine's
 * lock.
 *
 * <p>To take the thread out of KVM_RUN, {@code leaving} (or {@code asked}) is set first, then immediate_exit, then the
 * signal is sent: whichever of them the thread misses, the next one gets it.
 */
final class VcpuThread {
  private final KvmVcpu vcpu;
  private final KvmProcessors machine;
  private final Bus ports;
  private final Bus mmio;
  private final LibC signals; // of the machine's thread, which alone calls leave and ask
  private final long[] exits = new long[ExitCounts.REASONS]; // written by the vCPU's thread
  private final Runnable portExit = this::portAccess; // made once: an exit allocates nothing
  private final Runnable memoryExit = this::memoryAccess;
  private final Thread thread;
  private volatile long nativeThread; // 0 before the thread runs and after it has left
  private volatile boolean leaving;
  private volatile boolean asked;
  private volatile boolean haltedForGood;
  private volatile long entries; // what other threads may know of the next
  private long entered; // by this thread only
  private int lastExit; // where the last exit was counted

  VcpuThread(KvmVcpu vcpu, KvmProcessors machine, Bus ports, Bus mmio, LibC signals) {
    this.vcpu = vcpu;
    this.machine = machine;
    this.ports = ports;
    this.mmio = mmio;
    this.signals = signals;
    thread = Thread.ofPlatform().daemon().name("vcpu " + vcpu.index()).unstarted(this::run);
  }

  /** Lets the vCPU run, unless a debugger holds it. */
  void start() {
    if (vcpu.debug().isHeld()) {
      return;
    }
    vcpu.allowEntry();
    vcpu.debug().resume();
    thread.start();
  }

  /** Makes the thread end, soon; the guest instruction that it is in will have been completed. */
  void leave() {
    leaving = true;
    interrupt();
  }

  /** Asks whether the vCPU is in a halt that nothing can end; {@link #hasHaltedForGood} tells. */
  void ask() {
    haltedForGood = false;
    asked = true;
    interrupt();
  }

  /** Whether the vCPU was, when last asked, in a halt that nothing can end. */
  boolean hasHaltedForGood() {
    return haltedForGood;
  }

  /** The vCPU has been busy: what it last answered is no longer true. */
  void forgetAnswer() {
    haltedForGood = false;
  }

  /** How often the guest was entered. */
  long entries() {
    return entries;
  }

  private synchronized void interrupt() {
    if (nativeThread != 0) {
      vcpu.forbidEntry();
      KickSignal.send(signals, nativeThread);
    }
  }

  /** The thread's first and last deed: from here on, or no more, it may be sent signals. */
  private synchronized void setNativeThread(long self) {
    nativeThread = self;
    if (leaving || asked) {
      vcpu.forbidEntry();
    }
  }

  void join() {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void addExits(long[] sums) {
    for (int i = 0; i < ExitCounts.REASONS; i++) {
      sums[i] += exits[i];
    }
  }

  private void run() {
    setNativeThread(vcpu.libc().pthreadSelf());
    try {
      KickSignal.unblock(vcpu.libc());
      while (step()) {}
    } catch (RuntimeException | Error mistake) { // not lost with the thread: the machine's own throws it
      machine.broken(vcpu, mistake);
    } finally {
      setNativeThread(0);
    }
  }

  /** Enters the guest once; false if the thread is to end. */
  private boolean step() {
    entries = ++entered;
    int result = vcpu.enter();
    Engine.Running.ExitListener listener = machine.exitListener();
    if (listener == null) {
      return left(result);
    }
    long start = System.nanoTime();
    boolean goesOn = left(result);
    long end = System.nanoTime();
    listener.exited(vcpu.index(), ExitCounts.name(lastExit), end, end - start);
    return goesOn;
  }

  /** Serves what the guest was left for; false if the thread is to end. */
  private boolean left(int result) {
    lastExit = 0;
    if (result == -Errno.EINTR || result == -Errno.EAGAIN) {
      lastExit = ExitCounts.INTERRUPTED;
      exits[lastExit]++;
      return interrupted();
    }
    if (result < 0) {
      machine.failed(vcpu, ExitExplanation.ofError(-result));
      return false;
    }
    int reason = vcpu.runInt(KVM_RUN__EXIT_REASON);
    lastExit = ExitCounts.index(reason);
    exits[lastExit]++;
    return serve(reason);
  }

  private boolean interrupted() {
    vcpu.allowEntry();
    if (leaving) {
      return false;
    }
    if (asked) {
      int state = vcpu.multiprocessingState();
      boolean waiting = state == KVM_MP_STATE_UNINITIALIZED || state == KVM_MP_STATE_INIT_RECEIVED;
      haltedForGood = waiting || state == KVM_MP_STATE_HALTED && vcpu.runByte(KVM_RUN__IF_FLAG) == 0;
      asked = false;
      machine.answered();
    }
    return !machine.isStopping();
  }

  private boolean serve(int reason) {
    switch (reason) {
      case KVM_EXIT_IO -> served(portExit);
      case KVM_EXIT_MMIO -> served(memoryExit);
      case KVM_EXIT_INTR -> {}
      case KVM_EXIT_SHUTDOWN -> {
        return stop(ExitReason.TRIPLE_FAULT);
      }
      case KVM_EXIT_HLT -> {
        return stop(ExitReason.HALTED);
      }
      case KVM_EXIT_DEBUG -> {
        vcpu.debug().stopped();
        return stop(ExitReason.BREAKPOINT);
      }
      default -> {
        machine.failed(vcpu, ExitExplanation.of(reason, vcpu));
        return false;
      }
    }
    return true;
  }

  private boolean stop(ExitReason reason) {
    machine.stoppedBy(vcpu, reason);
    return false;
  }

  /** A machine that is being stopped goes no further: the access is completed and the next entry forbidden. */
  private void served(Runnable access) {
    machine.underLock(access);
    if (machine.isStopping()) {
      vcpu.forbidEntry();
    }
  }

  private void portAccess() {
    boolean out = vcpu.runByte(KVM_RUN__IO__DIRECTION) == KVM_EXIT_IO_OUT;
    int size = vcpu.runByte(KVM_RUN__IO__SIZE);
    int port = vcpu.runInt(KVM_RUN__IO__PORT) & 0xffff;
    int count = vcpu.runInt(KVM_RUN__IO__COUNT);
    long at = vcpu.runAddress(vcpu.runLong(KVM_RUN__IO__DATA_OFFSET));
    for (int i = 0; i < count; i++, at += size) {
      if (out) {
        ports.write(port, size, get(at, size));
      } else {
        put(at, size, ports.read(port, size));
      }
    }
  }

  private void memoryAccess() {
    long address = vcpu.runLong(KVM_RUN__MMIO__PHYS_ADDR);
    int length = Math.min(8, vcpu.runInt(KVM_RUN__MMIO__LEN));
    boolean write = vcpu.runByte(KVM_RUN__MMIO__IS_WRITE) != 0;
    long at = vcpu.runAddress(KVM_RUN__MMIO__DATA);
    int piece = Integer.bitCount(length) == 1 ? length : 1; // an access that crosses a page comes in odd pieces
    for (int done = 0; done < length; done += piece) {
      if (write) {
        mmio.write(address + done, piece, get(at + done, piece));
      } else {
        put(at + done, piece, mmio.read(address + done, piece));
      }
    }
  }

  private static long get(long at, int size) {
    return switch (size) {
      case 1 -> HostMemory.getByte(at) & 0xffL;
      case 2 -> HostMemory.getShort(at) & 0xffffL;
      case 4 -> HostMemory.getInt(at) & 0xffff_ffffL;
      default -> HostMemory.getLong(at);
    };
  }

  private static void put(long at, int size, long value) {
    switch (size) {
      case 1 -> HostMemory.putByte(at, (byte) value);
      case 2 -> HostMemory.putShort(at, (short) value);
      case 4 -> HostMemory.putInt(at, (int) value);
      default -> HostMemory.putLong(at, value);
    }
  }
}
