package org.demitasse.virtio.queue;

/** The ways in which a guest breaks the rules of virtio. Each is counted, and warned about once per device. */
public enum Misuse {
  /** A chain with more descriptors than the queue or its indirect table has: a loop. */
  CHAIN_TOO_LONG("descriptor chain loops or is longer than its table"),
  /** A next field that is no index of the table. */
  NEXT_OUTSIDE_TABLE("descriptor names a next one outside the table"),
  /** A buffer that is not wholly RAM. */
  BUFFER_OUTSIDE_MEMORY("descriptor's buffer is not RAM"),
  /** More than 4 GiB in one chain (VirtIO 1.2 2.7.5). */
  CHAIN_TOO_LARGE("descriptor chain holds more than 4 GiB"),
  /** A device-readable buffer after a device-writable one (VirtIO 1.2 2.7.4.2). */
  READABLE_AFTER_WRITABLE("readable descriptor after a writable one"),
  /** An indirect table that is empty, no whole number of descriptors, nested, or was not negotiated. */
  BAD_INDIRECT_TABLE("indirect descriptor is empty, misshapen, nested, continued or not negotiated"),
  /** An available entry that is no index of the descriptor table. */
  HEAD_OUTSIDE_TABLE("available ring names a descriptor outside the table"),
  /** More new entries than the ring has. */
  AVAILABLE_INDEX_JUMPED("available index jumped by more than the ring's size"),
  /** A queue size of zero, above the maximum, or no power of two. */
  BAD_QUEUE_SIZE("queue size is zero, over the maximum or no power of two"),
  /** Rings that are misaligned or not RAM. */
  BAD_RING_ADDRESS("queue made ready with rings that are misaligned or not RAM"),
  /** A queue register used when that queue does not exist, is ready, or features are not settled. */
  QUEUE_REGISTER_OUT_OF_TURN("queue register used out of turn"),
  /** A notification of a queue that is not ready, or of a device that has failed. */
  NOTIFY_OUT_OF_TURN("notification of a queue that is not running"),
  /** A status write that skips or takes back a step (VirtIO 1.2 2.1.1). */
  STATUS_OUT_OF_TURN("device status skips or takes back a step"),
  /** Features written outside the DRIVER step, or not offered, or without VERSION_1. */
  FEATURES_REFUSED("features were not offered, lack VERSION_1, or came out of turn"),
  /** A register that does not exist, cannot be read or written so, or in another size than 4 bytes. */
  BAD_REGISTER_ACCESS("register does not exist or was accessed in a wrong way"),
  /** A configuration field that does not exist or is read-only. */
  BAD_CONFIG_WRITE("configuration field cannot be written"),
  /** A request whose header, data or status does not fit its kind. */
  MALFORMED_REQUEST("request is malformed"),
  /** A request of a kind that the device does not offer. */
  UNKNOWN_REQUEST("request is of an unknown kind"),
  /** A request for sectors that the disk has not. */
  REQUEST_OUTSIDE_DISK("request is outside the disk"),
  /** A change to a read-only disk. */
  WRITE_TO_READ_ONLY("request would change a read-only disk"),
  /** A buffer too small or too large for what belongs in it. */
  BAD_BUFFER_SIZE("buffer has a useless size"),
  /** More messages waiting than any well-behaved driver causes. */
  TOO_MANY_MESSAGES("driver causes messages and takes none");

  private final String sentence;

  Misuse(String sentence) {
    this.sentence = sentence;
  }

  /** What the guest did, in words. */
  public String sentence() {
    return sentence;
  }
}
