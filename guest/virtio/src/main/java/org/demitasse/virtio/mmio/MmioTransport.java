package org.demitasse.virtio.mmio;

import static org.demitasse.virtio.device.Feature.VIRTIO_F_EVENT_IDX;
import static org.demitasse.virtio.device.Feature.VIRTIO_F_INDIRECT_DESC;
import static org.demitasse.virtio.device.Feature.VIRTIO_F_RING_RESET;
import static org.demitasse.virtio.device.Feature.VIRTIO_F_VERSION_1;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.virtio.device.DeviceSignals;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.queue.Misuse;
import org.demitasse.virtio.queue.MisuseLog;
import org.demitasse.virtio.queue.QueueOwner;
import org.demitasse.virtio.queue.Virtqueue;

/**
 * The registers through which a driver finds, sets up and notifies one virtio device: the memory-mapped transport,
 * version 2 (VirtIO 1.2 4.2). Takes {@link #BYTES} of the memory bus and one level-triggered interrupt line.
 *
 * <p>What the guest does out of turn is counted, changes nothing, and reads as zero.
 */
public final class MmioTransport implements BusDevice {
  /** Length of the register range: 0x100 of transport and 0x100 of device configuration. */
  public static final int BYTES = 0x200;

  private static final long TRANSPORT_FEATURES =
      VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_RING_RESET;
  private static final int INTERRUPT_USED_BUFFER = 1;
  private static final int INTERRUPT_CONFIG_CHANGE = 2;
  private static final long ALL_ONES = 0xffff_ffffL;

  private final VirtioDevice device;
  private final IrqLine irq;
  private final MisuseLog misuse;
  private final List<Virtqueue> queues;
  private final long offered;
  private int status;
  private int interruptStatus;
  private int generation;
  private int deviceFeaturesSelector;
  private int driverFeaturesSelector;
  private int queueSelector;
  private long accepted;

  /**
   * Makes the transport of a device, in its reset state.
   *
   * @param memory where the driver's rings and buffers are
   * @param irq asserted while an interrupt is not acknowledged
   * @param later runs a task under the machine's lock soon: {@code Engine.Running::post}
   * @param warnings takes one sentence for each kind of guest misuse
   */
  public MmioTransport(
      GuestMemory memory, VirtioDevice device, IrqLine irq, Executor later, Consumer<String> warnings) {
    this.device = device;
    this.irq = irq;
    misuse = new MisuseLog(device.name(), warnings);
    QueueOwner owner = new Owner(later);
    queues = device.queueSizes().stream().map(size -> new Virtqueue(memory, size, owner)).toList();
    offered = device.features() | TRANSPORT_FEATURES;
    device.attach(new Signals());
  }

  /**
   * Everything that the driver has set up. The device's own state is saved beside it.
   *
   * @param status the device status field
   * @param interruptStatus interrupts that are not acknowledged
   * @param generation the configuration's generation
   * @param deviceFeaturesSelector which half of the offered features is seen
   * @param driverFeaturesSelector which half of the accepted features is written
   * @param queueSelector the queue that the queue registers are about
   * @param accepted the features that the driver has written
   * @param queues the queues by number
   */
  public record State(
      int status,
      int interruptStatus,
      int generation,
      int deviceFeaturesSelector,
      int driverFeaturesSelector,
      int queueSelector,
      long accepted,
      List<Virtqueue.State> queues) {}

  /** The transport's state; no chain may be out. */
  public State save() {
    return new State(
        status,
        interruptStatus,
        generation,
        deviceFeaturesSelector,
        driverFeaturesSelector,
        queueSelector,
        accepted,
        queues.stream().map(Virtqueue::save).toList());
  }

  /** Puts a saved state back and starts the device if it ran; restore the device's own state after that. */
  public void restore(State state) {
    if (state.queues.size() != queues.size()) {
      throw new IllegalArgumentException(
          "%s has %d queues, the saved state %d".formatted(device.name(), queues.size(), state.queues.size()));
    }
    reset();
    status = state.status;
    interruptStatus = state.interruptStatus;
    generation = state.generation;
    deviceFeaturesSelector = state.deviceFeaturesSelector;
    driverFeaturesSelector = state.driverFeaturesSelector;
    queueSelector = state.queueSelector;
    accepted = state.accepted;
    for (int i = 0; i < queues.size(); i++) {
      queues.get(i).restore(state.queues.get(i));
    }
    if (has(DeviceStatus.DRIVER_OK)) {
      startDevice();
    }
    irq.set(interruptStatus != 0);
  }

  /** The device behind these registers. */
  public VirtioDevice device() {
    return device;
  }

  /** What the guest did wrong so far. */
  public MisuseLog misuse() {
    return misuse;
  }

  /** Puts the transport and its device in their power-on state: the driver's reset, and the machine's. */
  public void reset() {
    status = 0;
    interruptStatus = 0;
    deviceFeaturesSelector = 0;
    driverFeaturesSelector = 0;
    queueSelector = 0;
    accepted = 0;
    queues.forEach(Virtqueue::reset);
    irq.lower();
    device.reset();
  }

  @Override
  public long read(long offset, int size) {
    int at = (int) offset;
    if (at >= MmioRegister.CONFIG) {
      return device.config().read(at - MmioRegister.CONFIG, size);
    }
    if (size != 4 || (at & 3) != 0) {
      misuse.count(Misuse.BAD_REGISTER_ACCESS, offset);
      return 0;
    }
    return readRegister(at) & ALL_ONES;
  }

  private long readRegister(int at) {
    return switch (at) {
      case MmioRegister.MAGIC_VALUE -> MmioRegister.MAGIC;
      case MmioRegister.VERSION -> MmioRegister.VERSION_2;
      case MmioRegister.DEVICE_ID -> device.deviceId();
      case MmioRegister.VENDOR_ID -> MmioRegister.VENDOR;
      case MmioRegister.DEVICE_FEATURES -> half(offered, deviceFeaturesSelector);
      case MmioRegister.QUEUE_NUM_MAX -> queueSelector < queues.size() ? queues.get(queueSelector).maxSize() : 0;
      case MmioRegister.QUEUE_READY -> queueSelector < queues.size() && queues.get(queueSelector).ready() ? 1 : 0;
      case MmioRegister.INTERRUPT_STATUS -> interruptStatus;
      case MmioRegister.STATUS -> status;
      case MmioRegister.QUEUE_RESET -> 0; // a reset is over before the write returns
      case MmioRegister.SHM_LEN_LOW, MmioRegister.SHM_LEN_HIGH -> ALL_ONES; // no shared memory: VirtIO 1.2 4.2.2
      case MmioRegister.SHM_BASE_LOW, MmioRegister.SHM_BASE_HIGH -> ALL_ONES;
      case MmioRegister.CONFIG_GENERATION -> generation;
      default -> {
        misuse.count(Misuse.BAD_REGISTER_ACCESS, at);
        yield 0;
      }
    };
  }

  private static long half(long features, int selector) {
    return selector == 0 ? features : selector == 1 ? features >>> 32 : 0;
  }

  @Override
  public void write(long offset, int size, long value) {
    int at = (int) offset;
    if (at >= MmioRegister.CONFIG) {
      if (!device.configWritten(at - MmioRegister.CONFIG, size, value)) {
        misuse.count(Misuse.BAD_CONFIG_WRITE, at - MmioRegister.CONFIG);
      }
    } else if (size != 4 || (at & 3) != 0) {
      misuse.count(Misuse.BAD_REGISTER_ACCESS, offset);
    } else {
      writeRegister(at, value & ALL_ONES);
    }
  }

  private void writeRegister(int at, long value) {
    switch (at) {
      case MmioRegister.DEVICE_FEATURES_SEL -> deviceFeaturesSelector = (int) value;
      case MmioRegister.DRIVER_FEATURES -> acceptFeatures(value);
      case MmioRegister.DRIVER_FEATURES_SEL -> driverFeaturesSelector = (int) value;
      case MmioRegister.QUEUE_SEL -> queueSelector = (int) Math.min(value, Integer.MAX_VALUE);
      case MmioRegister.QUEUE_NUM -> setUpQueue(at, value, Virtqueue::setSize);
      case MmioRegister.QUEUE_READY -> makeReady(value);
      case MmioRegister.QUEUE_NOTIFY -> notifyDevice(value);
      case MmioRegister.INTERRUPT_ACK -> acknowledge(value);
      case MmioRegister.STATUS -> setStatus(value);
      case MmioRegister.QUEUE_DESC_LOW -> setUpQueue(at, value, MmioTransport::descriptorTableLow);
      case MmioRegister.QUEUE_DESC_HIGH -> setUpQueue(at, value, MmioTransport::descriptorTableHigh);
      case MmioRegister.QUEUE_DRIVER_LOW -> setUpQueue(at, value, MmioTransport::availableRingLow);
      case MmioRegister.QUEUE_DRIVER_HIGH -> setUpQueue(at, value, MmioTransport::availableRingHigh);
      case MmioRegister.QUEUE_DEVICE_LOW -> setUpQueue(at, value, MmioTransport::usedRingLow);
      case MmioRegister.QUEUE_DEVICE_HIGH -> setUpQueue(at, value, MmioTransport::usedRingHigh);
      case MmioRegister.SHM_SEL -> {} // there is no shared memory to select
      case MmioRegister.QUEUE_RESET -> resetQueue(value);
      default -> misuse.count(Misuse.BAD_REGISTER_ACCESS, at);
    }
  }

  private boolean has(int bit) {
    return (status & bit) != 0;
  }

  private void acceptFeatures(long value) {
    boolean inTurn = has(DeviceStatus.DRIVER) && !has(DeviceStatus.FEATURES_OK) && !has(DeviceStatus.FAILED);
    if (!inTurn || driverFeaturesSelector < 0 || driverFeaturesSelector > 1) {
      if (!inTurn || value != 0) { // a driver may say that it wants none of the features beyond 63
        misuse.count(Misuse.FEATURES_REFUSED, value);
      }
      return;
    }
    int shift = 32 * driverFeaturesSelector;
    accepted = (accepted & ~(ALL_ONES << shift)) | (value << shift);
  }

  private void setStatus(long value) {
    if (value == 0) {
      reset();
      return;
    }
    int before = status & ~DeviceStatus.DEVICE_NEEDS_RESET;
    int after = (int) value & ~DeviceStatus.DEVICE_NEEDS_RESET;
    if (value > 0xff || !DeviceStatus.allows(before, after)) {
      misuse.count(Misuse.STATUS_OUT_OF_TURN, value);
      return;
    }
    int added = after & ~before;
    if ((added & DeviceStatus.FEATURES_OK) != 0 && !featuresAcceptable()) {
      misuse.count(Misuse.FEATURES_REFUSED, accepted);
      after &= ~(DeviceStatus.FEATURES_OK | DeviceStatus.DRIVER_OK);
    }
    status = after | (status & DeviceStatus.DEVICE_NEEDS_RESET);
    if ((after & ~before & DeviceStatus.DRIVER_OK) != 0) {
      startDevice();
      notifyAll(queues.size());
    }
  }

  private boolean featuresAcceptable() {
    return (accepted & ~offered) == 0 && (accepted & VIRTIO_F_VERSION_1) != 0;
  }

  private void startDevice() {
    for (Virtqueue queue : queues) {
      queue.start((accepted & VIRTIO_F_EVENT_IDX) != 0, (accepted & VIRTIO_F_INDIRECT_DESC) != 0);
    }
    device.start(accepted, queues);
  }

  /** Some drivers notify before DRIVER_OK; what they made available by then is not forgotten. */
  private void notifyAll(int count) {
    for (int queue = 0; queue < count; queue++) {
      if (queues.get(queue).hasAvailable()) {
        device.notified(queue);
      }
    }
  }

  private void setUpQueue(int register, long value, ObjLongConsumer<Virtqueue> setter) {
    if (!has(DeviceStatus.FEATURES_OK) || queueSelector >= queues.size() || queues.get(queueSelector).ready()) {
      misuse.count(Misuse.QUEUE_REGISTER_OUT_OF_TURN, register);
    } else {
      setter.accept(queues.get(queueSelector), value);
    }
  }

  private static long withLow(long address, long value) {
    return (address & ~ALL_ONES) | value;
  }

  private static long withHigh(long address, long value) {
    return (address & ALL_ONES) | value << 32;
  }

  private static void descriptorTableLow(Virtqueue queue, long value) {
    queue.setDescriptorTable(withLow(queue.descriptorTable(), value));
  }

  private static void descriptorTableHigh(Virtqueue queue, long value) {
    queue.setDescriptorTable(withHigh(queue.descriptorTable(), value));
  }

  private static void availableRingLow(Virtqueue queue, long value) {
    queue.setAvailableRing(withLow(queue.availableRing(), value));
  }

  private static void availableRingHigh(Virtqueue queue, long value) {
    queue.setAvailableRing(withHigh(queue.availableRing(), value));
  }

  private static void usedRingLow(Virtqueue queue, long value) {
    queue.setUsedRing(withLow(queue.usedRing(), value));
  }

  private static void usedRingHigh(Virtqueue queue, long value) {
    queue.setUsedRing(withHigh(queue.usedRing(), value));
  }

  private void makeReady(long value) {
    if (!has(DeviceStatus.FEATURES_OK) || queueSelector >= queues.size() || value > 1) {
      misuse.count(Misuse.QUEUE_REGISTER_OUT_OF_TURN, MmioRegister.QUEUE_READY);
      return;
    }
    Virtqueue queue = queues.get(queueSelector);
    if (value == 0) {
      queue.makeUnready();
    } else if (!queue.ready()) {
      queue.makeReady();
    }
  }

  private void resetQueue(long value) {
    boolean negotiated = has(DeviceStatus.FEATURES_OK) && (accepted & VIRTIO_F_RING_RESET) != 0;
    if (value != 1 || !negotiated || queueSelector >= queues.size()) {
      misuse.count(Misuse.QUEUE_REGISTER_OUT_OF_TURN, MmioRegister.QUEUE_RESET);
      return;
    }
    Virtqueue queue = queues.get(queueSelector);
    queue.reset();
    queue.start((accepted & VIRTIO_F_EVENT_IDX) != 0, (accepted & VIRTIO_F_INDIRECT_DESC) != 0);
  }

  private void notifyDevice(long value) {
    boolean stopped = has(DeviceStatus.DEVICE_NEEDS_RESET) || has(DeviceStatus.FAILED);
    if (stopped || value >= queues.size() || !queues.get((int) value).ready()) {
      misuse.count(Misuse.NOTIFY_OUT_OF_TURN, value);
    } else if (has(DeviceStatus.DRIVER_OK)) { // else it is served when the driver is ready
      device.notified((int) value);
    }
  }

  private void acknowledge(long value) {
    interruptStatus &= ~(int) value;
    irq.set(interruptStatus != 0);
  }

  private void interrupt(int cause) {
    interruptStatus |= cause;
    irq.raise();
  }

  private final class Signals implements DeviceSignals {
    @Override
    public void configChanged() {
      generation++;
      if (has(DeviceStatus.DRIVER_OK)) {
        interrupt(INTERRUPT_CONFIG_CHANGE);
      }
    }

    @Override
    public MisuseLog misuse() {
      return misuse;
    }
  }

  private final class Owner implements QueueOwner {
    private final Executor later;

    Owner(Executor later) {
      this.later = later;
    }

    @Override
    public void usedBuffers() {
      interrupt(INTERRUPT_USED_BUFFER);
    }

    @Override
    public void needsReset() {
      status |= DeviceStatus.DEVICE_NEEDS_RESET;
      if (has(DeviceStatus.DRIVER_OK)) {
        interrupt(INTERRUPT_CONFIG_CHANGE);
      }
    }

    @Override
    public void later(Runnable task) {
      later.execute(task);
    }

    @Override
    public MisuseLog misuse() {
      return misuse;
    }
  }
}
