package org.demitasse.virtio.mmio;

import org.demitasse.core.bus.BusDevice;

/** A place for a transport with no device in it: device ID 0, which drivers pass over (VirtIO 1.2 4.2.2.2). */
public final class EmptySlot implements BusDevice {
  @Override
  public long read(long offset, int size) {
    return switch ((int) offset) {
      case MmioRegister.MAGIC_VALUE -> MmioRegister.MAGIC;
      case MmioRegister.VERSION -> MmioRegister.VERSION_2;
      case MmioRegister.VENDOR_ID -> MmioRegister.VENDOR;
      default -> 0;
    };
  }

  @Override
  public void write(long offset, int size, long value) {}
}
