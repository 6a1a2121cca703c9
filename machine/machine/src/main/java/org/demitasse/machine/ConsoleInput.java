package org.demitasse.machine;

/** The way into the guest's console. Under the machine's lock. */
interface ConsoleInput {
  /** Queues bytes; the guest gets them as fast as it reads. */
  void offer(byte[] bytes);

  /** How many bytes the guest has not taken yet. */
  int queued();

  /** Takes a copy of what waits, as a task that puts it back. */
  Runnable keep();

  /** Sets what runs whenever the last queued byte has been taken. */
  void onDrained(Runnable action);
}
