package org.demitasse.virtio.device;

/** Feature bits that belong to no device type (VirtIO 1.2 6), as masks. */
public final class Feature {
  /** Chains may be in indirect tables. */
  public static final long VIRTIO_F_INDIRECT_DESC = 1L << 28;

  /** Interrupts and notifications are suppressed by index. */
  public static final long VIRTIO_F_EVENT_IDX = 1L << 29;

  /** The device is no legacy one; the driver has to accept it. */
  public static final long VIRTIO_F_VERSION_1 = 1L << 32;

  /** One queue can be reset alone. */
  public static final long VIRTIO_F_RING_RESET = 1L << 40;

  private Feature() {}
}
