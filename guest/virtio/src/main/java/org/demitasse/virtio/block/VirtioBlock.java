package org.demitasse.virtio.block;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.demitasse.storage.Disk;
import org.demitasse.virtio.device.ConfigSpace;
import org.demitasse.virtio.device.DeviceSignals;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.queue.DescriptorChain;
import org.demitasse.virtio.queue.Misuse;
import org.demitasse.virtio.queue.Virtqueue;
import org.jspecify.annotations.Nullable;

/** The block device: a {@link Disk} as the guest sees it (VirtIO 1.2 5.2). */
public final class VirtioBlock implements VirtioDevice {
  static final long VIRTIO_BLK_F_SEG_MAX = 1L << 2;
  static final long VIRTIO_BLK_F_GEOMETRY = 1L << 4;
  static final long VIRTIO_BLK_F_RO = 1L << 5;
  static final long VIRTIO_BLK_F_BLK_SIZE = 1L << 6;
  static final long VIRTIO_BLK_F_FLUSH = 1L << 9;
  static final long VIRTIO_BLK_F_CONFIG_WCE = 1L << 11;
  static final long VIRTIO_BLK_F_DISCARD = 1L << 13;
  static final long VIRTIO_BLK_F_WRITE_ZEROES = 1L << 14;

  private static final int DEVICE_ID = 2;

  /** Drivers take memory for each entry, NetBSD's 4 KiB: more entries cost more than they bring. */
  private static final int QUEUE_SIZE = 128;

  // The configuration's fields: VirtIO 1.2 5.2.4.
  private static final int CAPACITY = 0;
  private static final int SEG_MAX = 12;
  private static final int CYLINDERS = 16;
  private static final int HEADS = 18;
  private static final int SECTORS = 19;
  private static final int BLK_SIZE = 20;
  private static final int WRITEBACK = 32;
  private static final int MAX_DISCARD_SECTORS = 36;
  private static final int MAX_DISCARD_SEG = 40;
  private static final int DISCARD_SECTOR_ALIGNMENT = 44;
  private static final int MAX_WRITE_ZEROES_SECTORS = 48;
  private static final int MAX_WRITE_ZEROES_SEG = 52;
  private static final int WRITE_ZEROES_MAY_UNMAP = 56;
  private static final int CONFIG_BYTES = 60;

  /** The geometry that disks over 500 MB claim: what firmware made of all of them. */
  private static final int CLAIMED_HEADS = 16;

  private static final int CLAIMED_SECTORS = 63;

  private final String name;
  private final Disk disk;
  private final byte[] id;
  private final BlockWorker worker;
  private final Consumer<String> warnings;
  private final ConfigSpace config = new ConfigSpace(CONFIG_BYTES);
  private @Nullable DeviceSignals signals;
  private @Nullable Virtqueue requests;
  private long features;
  private boolean writeBack = true; // under the machine's lock, like all below
  private long hostFailures;

  /**
   * Makes a block device that does its work in the guest's turn.
   *
   * @param name for messages
   * @param disk what it shows; stays the caller's to close
   * @param serial what GET_ID gives: at most 20 bytes of ASCII count
   * @param warnings takes a sentence when the host fails the disk
   */
  public VirtioBlock(String name, Disk disk, String serial, Consumer<String> warnings) {
    this(name, disk, serial, warnings, BlockWorker.INLINE);
  }

  /** As the other constructor, with the choice of who does the disk work. */
  public VirtioBlock(String name, Disk disk, String serial, Consumer<String> warnings, BlockWorker worker) {
    this.name = name;
    this.disk = disk;
    this.worker = worker;
    this.warnings = warnings;
    id = Arrays.copyOf(serial.getBytes(StandardCharsets.US_ASCII), BlockRequest.ID_BYTES);
    describeDisk();
  }

  private void describeDisk() {
    config.set(CAPACITY, 8, disk.sectors());
    config.set(SEG_MAX, 4, QUEUE_SIZE - 2); // beside the header and the status byte
    config.set(CYLINDERS, 2, Math.min(0xffff, disk.sectors() / (CLAIMED_HEADS * CLAIMED_SECTORS)));
    config.set(HEADS, 1, CLAIMED_HEADS);
    config.set(SECTORS, 1, CLAIMED_SECTORS);
    config.set(BLK_SIZE, 4, Disk.SECTOR_BYTES);
    config.set(WRITEBACK, 1, 1);
    config.set(MAX_DISCARD_SECTORS, 4, BlockRequest.MAX_RANGE_SECTORS);
    config.set(MAX_DISCARD_SEG, 4, BlockRequest.MAX_RANGES);
    config.set(DISCARD_SECTOR_ALIGNMENT, 4, 8);
    config.set(MAX_WRITE_ZEROES_SECTORS, 4, BlockRequest.MAX_RANGE_SECTORS);
    config.set(MAX_WRITE_ZEROES_SEG, 4, BlockRequest.MAX_RANGES);
    config.set(WRITE_ZEROES_MAY_UNMAP, 1, 1);
  }

  /**
   * What the driver has set beside the queue.
   *
   * @param writeBack whether writes may wait for a flush
   */
  public record State(boolean writeBack) {}

  /** The device's own state; the queue's is its transport's. */
  public State save() {
    return new State(writeBack);
  }

  /** Puts a saved state back, after the transport's. */
  public void restore(State state) {
    setWriteBack(state.writeBack);
  }

  /** How often the host has failed a request. */
  public long hostFailures() {
    return hostFailures;
  }

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
    long always = VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_GEOMETRY | VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH;
    return disk.readOnly()
        ? always | VIRTIO_BLK_F_RO
        : always | VIRTIO_BLK_F_CONFIG_WCE | VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES;
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
  public boolean configWritten(int offset, int size, long value) {
    if (offset != WRITEBACK || size != 1 || value > 1 || disk.readOnly()) {
      return false;
    }
    setWriteBack(value == 1);
    return true;
  }

  private void setWriteBack(boolean writeBack) {
    this.writeBack = writeBack;
    config.set(WRITEBACK, 1, writeBack ? 1 : 0);
  }

  @Override
  public void attach(DeviceSignals signals) {
    this.signals = signals;
  }

  @Override
  public void start(long features, List<Virtqueue> queues) {
    this.features = features;
    requests = queues.getFirst();
  }

  @Override
  public void notified(int queue) {
    if (requests != null) {
      requests.drain(this::serve);
    }
  }

  @Override
  public void reset() {
    worker.finish();
    requests = null;
    features = 0;
    setWriteBack(true);
  }

  /**
   * A driver that cannot flush, or has switched the cache off, relies on every write being safe (VirtIO 1.2 5.2.5.2).
   */
  private boolean writesThrough() {
    return !writeBack || (features & VIRTIO_BLK_F_FLUSH) == 0;
  }

  private void serve(DescriptorChain chain) {
    if (chain.writableBytes() == 0) { // no room for the status byte
      misused(Misuse.MALFORMED_REQUEST, 0);
      chain.complete(0);
      return;
    }
    BlockRequest request = BlockRequest.parse(chain, disk, id);
    if (request instanceof BlockRequest.Refused refused) {
      misused(refused.misuse(), refused.value());
      finish(chain, refused.status());
      return;
    }
    Work work = new Work(request, writesThrough() && !(request instanceof BlockRequest.Read));
    worker.run(work, () -> finish(chain, work));
  }

  private void misused(Misuse misuse, long value) {
    if (signals != null) {
      signals.misuse().count(misuse, value);
    }
  }

  private void finish(DescriptorChain chain, Work work) {
    if (work.failure != null) {
      hostFailures++;
      if (Long.bitCount(hostFailures) == 1) { // the first, second, fourth, ...: a dead disk does not flood the log
        warnings.accept("%s: %s (failure %d)".formatted(name, work.failure.getMessage(), hostFailures));
      }
    }
    finish(chain, work.failure == null ? BlockRequest.VIRTIO_BLK_S_OK : BlockRequest.VIRTIO_BLK_S_IOERR);
  }

  private void finish(DescriptorChain chain, int status) {
    chain.writeByte(chain.writableBytes() - 1, status);
    chain.complete(chain.writableBytes());
  }

  /** The part of a request that the worker does. Its outcome is handed over by the worker's own synchronisation. */
  private final class Work implements Runnable {
    private final BlockRequest request;
    private final boolean thenFlush;
    private @Nullable IOException failure;

    Work(BlockRequest request, boolean thenFlush) {
      this.request = request;
      this.thenFlush = thenFlush;
    }

    @Override
    public void run() {
      try {
        request.perform(disk);
        if (thenFlush) {
          disk.flush();
        }
      } catch (IOException e) {
        failure = e;
      }
    }
  }
}
