package org.demitasse.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.demitasse.machine.ConsoleOutput;

/**
 * Takes the console's bytes from the machine's thread and writes them from a thread of its own, so that a slow terminal
 * does not stop the guest until 64 KiB are waiting.
 */
final class ConsoleWriter implements ConsoleOutput, AutoCloseable {
  private static final int CAPACITY = 1 << 16;
  private static final long LINGER_NANOS = 1_000_000;

  private final OutputStream out;
  private final Runnable onBroken;
  private final Thread thread;
  private final byte[] waiting = new byte[CAPACITY]; // this and what follows under "this"
  private int count;
  private boolean writing;
  private boolean lingers;
  private boolean closed;
  private boolean broken;

  /**
   * Starts writing.
   *
   * @param out not closed by this class
   * @param onBroken runs once if nobody reads {@code out} any more; what is put later is dropped
   */
  ConsoleWriter(OutputStream out, Runnable onBroken) {
    this.out = out;
    this.onBroken = onBroken;
    thread = Thread.ofPlatform().daemon().name("console").start(this::writeAll);
  }

  @Override
  public synchronized void put(int value) {
    while (count == CAPACITY && !broken) {
      waitQuietly();
    }
    if (!broken) {
      waiting[count++] = (byte) value;
      if (count == 1 && !lingers || count == CAPACITY / 2) {
        notifyAll();
      }
    }
  }

  private void writeAll() {
    byte[] chunk = new byte[CAPACITY];
    for (int length = take(chunk); length > 0; length = take(chunk)) {
      try {
        out.write(chunk, 0, length);
        out.flush();
        linger();
      } catch (IOException nobodyReads) {
        giveUp();
        return;
      }
    }
  }

  /**
   * After bytes come more, one by one while a kernel boots: for a moment they are let come together, as waking up and
   * writing for each costs the machine's thread and this one more than the byte's way here.
   */
  private synchronized void linger() {
    writing = false;
    notifyAll();
    lingers = true;
    long end = System.nanoTime() + LINGER_NANOS;
    long left = LINGER_NANOS;
    while (left > 0 && lingers && !closed && !broken && count < CAPACITY / 2) {
      waitQuietly(left);
      left = end - System.nanoTime();
    }
    lingers = false;
  }

  private synchronized int take(byte[] chunk) {
    writing = false;
    notifyAll();
    while (count == 0 && !closed) {
      waitQuietly();
    }
    writing = true;
    int length = count;
    System.arraycopy(waiting, 0, chunk, 0, length);
    count = 0;
    notifyAll();
    return length;
  }

  private void giveUp() {
    synchronized (this) {
      broken = true;
      notifyAll();
    }
    onBroken.run();
  }

  private void waitQuietly() {
    waitQuietly(0);
  }

  /** Waits so long, or for ever if that is 0. */
  @SuppressWarnings("WaitNotInLoop") // its callers loop
  private synchronized void waitQuietly(long nanos) {
    try {
      wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
    } catch (InterruptedException hurry) {
      broken = true; // whoever interrupts wants the process to end, not to wait for a terminal
      closed = true;
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until all that was put is written, or nobody reads it any more. */
  synchronized void drain() {
    lingers = false;
    notifyAll();
    while ((count > 0 || writing) && !broken && !closed) {
      waitQuietly();
    }
  }

  /** Writes what is waiting and stops. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
