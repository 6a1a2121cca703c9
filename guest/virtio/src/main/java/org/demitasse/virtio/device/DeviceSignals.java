package org.demitasse.virtio.device;

import org.demitasse.virtio.queue.MisuseLog;

/** What a transport does for its device. Under the machine's lock. */
public interface DeviceSignals {
  /** The configuration space has changed: the driver is told, if it is running (VirtIO 1.2 2.5). */
  void configChanged();

  /** Where misuse by the guest is counted. */
  MisuseLog misuse();
}
