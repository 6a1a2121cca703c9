package org.demitasse.virtio.rng;

import java.util.List;
import java.util.random.RandomGenerator;
import org.demitasse.virtio.device.ConfigSpace;
import org.demitasse.virtio.device.DeviceSignals;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.queue.DescriptorChain;
import org.demitasse.virtio.queue.Misuse;
import org.demitasse.virtio.queue.Virtqueue;
import org.jspecify.annotations.Nullable;

/** The entropy device: fills the driver's buffers with random bytes (VirtIO 1.2 5.4). */
public final class VirtioRng implements VirtioDevice {
  private static final int DEVICE_ID = 4;
  private static final int QUEUE_SIZE = 128;

  /** A device may fill less than a buffer; this bounds the time that one takes. */
  private static final int MAX_FILL_BYTES = 64 << 10;

  private final String name;
  private final RandomGenerator source;
  private final ConfigSpace config = new ConfigSpace(0);
  private @Nullable DeviceSignals signals;
  private @Nullable Virtqueue requests; // under the machine's lock

  /**
   * Makes an entropy device.
   *
   * @param name for messages
   * @param source where the bytes come from: a {@code SecureRandom}, or a seeded generator for runs that repeat
   */
  public VirtioRng(String name, RandomGenerator source) {
    this.name = name;
    this.source = source;
  }

  /** The device has no state of its own; the queue's is its transport's. */
  public record State() {}

  /** The device's own state. */
  public State save() {
    return new State();
  }

  /** Puts a saved state back, after the transport's. */
  public void restore(State state) {}

  @Override
  public int deviceId() {
    return DEVICE_ID;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long features() {
    return 0;
  }

  @Override
  public List<Integer> queueSizes() {
    return List.of(QUEUE_SIZE);
  }

  @Override
  public ConfigSpace config() {
    return config;
  }

  @Override
  public void attach(DeviceSignals signals) {
    this.signals = signals;
  }

  @Override
  public void start(long features, List<Virtqueue> queues) {
    requests = queues.getFirst();
  }

  @Override
  public void notified(int queue) {
    if (requests != null) {
      requests.drain(this::fill);
    }
  }

  @Override
  public void reset() {
    requests = null;
  }

  private void fill(DescriptorChain chain) {
    if (chain.writableBytes() == 0 && signals != null) {
      signals.misuse().count(Misuse.BAD_BUFFER_SIZE, 0);
    }
    byte[] random = new byte[(int) Math.min(chain.writableBytes(), MAX_FILL_BYTES)];
    source.nextBytes(random);
    chain.writeBytes(0, random);
    chain.complete(random.length);
  }
}
