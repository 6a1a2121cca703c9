package org.demitasse.virtio.device;

import java.util.List;
import org.demitasse.virtio.queue.Virtqueue;

/**
 * What every virtio device is to its transport. The transport keeps the driver to the rules of set-up; a device sees
 * only negotiated features and queues that are there. All calls under the machine's lock; none may block or throw.
 */
public interface VirtioDevice {
  /** The device ID (VirtIO 1.2 5). */
  int deviceId();

  /** A name for messages, like "virtio-block 0". */
  String name();

  /** The device's own feature bits; the transport adds its own and the rings' (VirtIO 1.2 6). */
  long features();

  /** The largest size of each queue, powers of two, in the order of the device's queue numbers. */
  List<Integer> queueSizes();

  /** The configuration space, as the driver reads it now. */
  ConfigSpace config();

  /**
   * The driver wrote to the configuration space, at any time, also before any set-up.
   *
   * @param offset from the start of the configuration space
   * @param size 1, 2, 4 or 8 bytes
   * @return false if no field can be written there so
   */
  default boolean configWritten(int offset, int size, long value) {
    return false;
  }

  /** Connects the device with its transport, once, before anything else. */
  void attach(DeviceSignals signals);

  /**
   * The driver is ready (DRIVER_OK), or a snapshot of that is being restored.
   *
   * @param features what was negotiated
   * @param queues all queues; those that the driver does not use are not ready and hold nothing
   */
  void start(long features, List<Virtqueue> queues);

  /** The driver made buffers available in a queue; also called for every queue in use after {@link #start}. */
  void notified(int queue);

  /** The driver reset the device, or the machine was reset: forget the driver, keep what the host has set. */
  void reset();
}
