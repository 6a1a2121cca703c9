package org.demitasse.kvm;

import org.demitasse.core.memory.HostMemory;
import org.demitasse.kvm.abi.LibC;

/**
 * The signal that takes a thread out of KVM_RUN. Its handler must be native code that is safe at any moment, which no
 * Java method is: it is the C library's {@code abs}, called with the signal's number and without effect.
 */
final class KickSignal {
  /** Bytes of struct sigaction: handler, 1024 bits of mask, flags, restorer (glibc and musl on x86-64). */
  private static final int SIGACTION_BYTES = 8 + 128 + 8 + 8;

  private static final int SIGACTION_FLAGS = 8 + 128;
  private static final int SA_RESTART = 0x1000_0000;
  private static final int SIG_UNBLOCK = 1;
  private static final int SIGSET_BYTES = 128;

  /** The middle of the real-time signals: the C library has the first ones, the JVM the last. */
  private static final int FIRST = 42;

  private static final int LAST = 58;

  /** Installed once in a process, on first use. */
  private static final int NUMBER = install();

  private KickSignal() {}

  private static int install() {
    try (LibC libc = new LibC()) {
      for (int signal = FIRST; signal <= LAST; signal++) {
        long old = libc.cleared(2 * SIGACTION_BYTES);
        long action = old + SIGACTION_BYTES;
        if (libc.sigaction(signal, 0, old) == 0 && HostMemory.getLong(old) == 0) { // SIG_DFL: nobody uses it
          HostMemory.putLong(action, LibC.addressOf("abs"));
          HostMemory.putInt(action + SIGACTION_FLAGS, SA_RESTART);
          KvmException.require(libc.sigaction(signal, action, 0), "a handler for signal " + signal);
          return signal;
        }
      }
    }
    throw new KvmException("every real-time signal from %d to %d is in use".formatted(FIRST, LAST));
  }

  /** Lets the signal through to the calling thread, whatever the process inherited. */
  static void unblock(LibC libc) {
    long set = libc.cleared(SIGSET_BYTES);
    HostMemory.putLong(set, 1L << (NUMBER - 1));
    libc.pthreadSigmask(SIG_UNBLOCK, set, 0);
  }

  /** Sends it to a thread that has not ended. */
  static void send(LibC libc, long thread) {
    libc.pthreadKill(thread, NUMBER);
  }
}
