package org.demitasse.virtio.block;

/** Where a block device's disk work runs: in the guest's turn, or on threads of its own while the guest goes on. */
@FunctionalInterface
public interface BlockWorker {
  /** Does the work at once, on the machine's thread. */
  BlockWorker INLINE =
      (work, completion) -> {
        work.run();
        completion.run();
      };

  /**
   * Takes one request.
   *
   * @param work the transfer; touches only the disk and the request's own buffers, on any thread, one at a time for a
   *     disk
   * @param completion what follows it; runs under the machine's lock
   */
  void run(Runnable work, Runnable completion);

  /**
   * Returns when no work is running or waiting: a device that was reset no longer touches guest memory (VirtIO 1.2
   * 2.4.1). Completions may still follow; they find nothing to complete.
   */
  default void finish() {}
}
