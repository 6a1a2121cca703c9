package org.demitasse.virtio.queue;

/** What a virtqueue needs from the transport that it belongs to. */
public interface QueueOwner {
  /** The driver wants an interrupt for used buffers. */
  void usedBuffers();

  /** The queue cannot go on until the driver resets the device (VirtIO 1.2 2.1.2). */
  void needsReset();

  /** Runs a task under the machine's lock soon, after the guest has had a turn: for work beyond one turn's bound. */
  void later(Runnable task);

  /** Where the guest's misuse is counted. */
  MisuseLog misuse();
}
