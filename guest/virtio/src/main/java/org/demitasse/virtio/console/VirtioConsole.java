package org.demitasse.virtio.console;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.demitasse.virtio.device.ConfigSpace;
import org.demitasse.virtio.device.DeviceSignals;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.queue.DescriptorChain;
import org.demitasse.virtio.queue.Misuse;
import org.demitasse.virtio.queue.Virtqueue;
import org.jspecify.annotations.Nullable;

/**
 * The console device (VirtIO 1.2 5.3): port 0 is the console, the others are byte channels that only drivers with
 * MULTIPORT see.
 */
public final class VirtioConsole implements VirtioDevice {
  static final long VIRTIO_CONSOLE_F_SIZE = 1L << 0;
  static final long VIRTIO_CONSOLE_F_MULTIPORT = 1L << 1;
  static final long VIRTIO_CONSOLE_F_EMERG_WRITE = 1L << 2;

  private static final int DEVICE_ID = 3;
  private static final int QUEUE_SIZE = 128;
  private static final int CONTROL_RECEIVE = 2;
  private static final int CONTROL_TRANSMIT = 3;

  // The configuration's fields: VirtIO 1.2 5.3.4.
  private static final int COLUMNS = 0;
  private static final int ROWS = 2;
  private static final int MAX_NR_PORTS = 4;
  private static final int EMERG_WRITE = 8;
  private static final int CONFIG_BYTES = 12;

  /** More than any driver writes at once; what is larger is dropped. */
  private static final int MAX_OUTPUT_BYTES = 1 << 20;

  /** How many control messages may wait: set-up takes five for a port, and a window is not resized that often. */
  private static final int MAX_MESSAGES_PER_PORT = 16;

  private final String name;
  private final List<ConsolePort> ports;
  private final ConfigSpace config = new ConfigSpace(CONFIG_BYTES);
  private final Deque<ControlMessage> outbox = new ArrayDeque<>(); // under the machine's lock, like all below
  private @Nullable DeviceSignals signals;
  private List<Virtqueue> queues = List.of();
  private long features;

  /**
   * Makes a console device.
   *
   * @param name for messages
   * @param columns width of the terminal
   * @param rows height of the terminal
   * @param ports the console first, then the others; 1 to 16 of them
   */
  public VirtioConsole(String name, int columns, int rows, List<ConsolePort> ports) {
    if (ports.isEmpty() || ports.size() > 16) {
      throw new IllegalArgumentException("%s cannot have %d ports, but 1 to 16".formatted(name, ports.size()));
    }
    this.name = name;
    this.ports = List.copyOf(ports);
    config.set(COLUMNS, 2, columns);
    config.set(ROWS, 2, rows);
    config.set(MAX_NR_PORTS, 4, ports.size());
    for (int port = 0; port < ports.size(); port++) {
      int number = port;
      ports.get(port).onInput(() -> deliverInput(number));
    }
  }

  /**
   * What the device keeps beside its queues.
   *
   * @param outbox control messages, encoded, that the driver has not taken yet
   * @param ports the ports by number
   */
  public record State(List<byte[]> outbox, List<ConsolePort.State> ports) {}

  /** The device's own state; the queues' is its transport's. */
  public State save() {
    return new State(
        outbox.stream().map(ControlMessage::encode).toList(), ports.stream().map(ConsolePort::save).toList());
  }

  /** Puts a saved state back, after the transport's. */
  public void restore(State state) {
    if (state.ports.size() != ports.size()) {
      throw new IllegalArgumentException(
          "%s has %d ports, the saved state %d".formatted(name, ports.size(), state.ports.size()));
    }
    outbox.clear();
    state.outbox.forEach(message -> outbox.add(ControlMessage.parse(message)));
    for (int port = 0; port < ports.size(); port++) {
      ports.get(port).restore(state.ports.get(port));
    }
  }

  /** The terminal has a new size: tells the guest. */
  public void resize(int columns, int rows) {
    config.set(COLUMNS, 2, columns);
    config.set(ROWS, 2, rows);
    if (signals != null) {
      signals.configChanged();
    }
    if (negotiated(VIRTIO_CONSOLE_F_MULTIPORT)) {
      sendSize();
    }
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
    return VIRTIO_CONSOLE_F_SIZE | VIRTIO_CONSOLE_F_MULTIPORT | VIRTIO_CONSOLE_F_EMERG_WRITE;
  }

  @Override
  public List<Integer> queueSizes() {
    return Collections.nCopies(2 + 2 * ports.size(), QUEUE_SIZE);
  }

  @Override
  public ConfigSpace config() {
    return config;
  }

  /** The emergency write works without any set-up: one character, in a field of any size (VirtIO 1.2 5.3.4). */
  @Override
  public boolean configWritten(int offset, int size, long value) {
    if (offset != EMERG_WRITE) {
      return false;
    }
    ports.getFirst().write(new byte[] {(byte) value});
    return true;
  }

  @Override
  public void attach(DeviceSignals signals) {
    this.signals = signals;
  }

  @Override
  public void start(long features, List<Virtqueue> queues) {
    this.features = features;
    this.queues = queues;
  }

  @Override
  public void notified(int queue) {
    if (queue == CONTROL_RECEIVE) {
      deliverMessages();
    } else if (queue == CONTROL_TRANSMIT) {
      queues.get(queue).drain(this::takeMessage);
    } else if ((queue & 1) == 0) {
      deliverInput(portOf(queue));
    } else {
      queues.get(queue).drain(chain -> takeOutput(ports.get(portOf(queue)), chain));
    }
  }

  @Override
  public void reset() {
    features = 0;
    queues = List.of();
    outbox.clear();
    ports.forEach(port -> port.setGuestOpen(false));
  }

  private static int receiveQueue(int port) {
    return port == 0 ? 0 : 2 + 2 * port;
  }

  private static int portOf(int queue) {
    return queue < CONTROL_RECEIVE ? 0 : (queue - 2) / 2;
  }

  private boolean negotiated(long feature) {
    return (features & feature) != 0;
  }

  private void misused(Misuse misuse, long value) {
    if (signals != null) {
      signals.misuse().count(misuse, value);
    }
  }

  private void takeOutput(ConsolePort port, DescriptorChain chain) {
    if (chain.readableBytes() > MAX_OUTPUT_BYTES) {
      misused(Misuse.BAD_BUFFER_SIZE, chain.readableBytes());
    } else if (chain.readableBytes() > 0) {
      port.write(chain.readBytes(0, (int) chain.readableBytes()));
    }
    chain.complete(0);
  }

  private void deliverInput(int number) {
    ConsolePort port = ports.get(number);
    boolean open = port.guestOpen() || !negotiated(VIRTIO_CONSOLE_F_MULTIPORT); // without it nobody can say so
    if (queues.isEmpty() || !open) {
      return; // Linux throws away what comes to a port, the console too, before it has said that it is open
    }
    ByteFifo input = port.inputFifo();
    queues.get(receiveQueue(number)).drainWhile(() -> input.size() > 0, chain -> fill(chain, input));
    port.tellRoom();
  }

  private void fill(DescriptorChain chain, ByteFifo input) {
    if (chain.writableBytes() == 0) {
      misused(Misuse.BAD_BUFFER_SIZE, 0);
    }
    byte[] bytes = input.take((int) Math.min(input.size(), chain.writableBytes()));
    chain.writeBytes(0, bytes);
    chain.complete(bytes.length);
  }

  private void takeMessage(DescriptorChain chain) {
    if (chain.readableBytes() < ControlMessage.FIXED_BYTES) {
      misused(Misuse.MALFORMED_REQUEST, chain.readableBytes());
      chain.complete(0);
      return;
    }
    ControlMessage message = ControlMessage.parse(chain.readBytes(0, ControlMessage.FIXED_BYTES));
    chain.complete(0);
    if (negotiated(VIRTIO_CONSOLE_F_MULTIPORT)) {
      act(message);
    }
  }

  private void act(ControlMessage message) {
    if (message.event() == ControlMessage.DEVICE_READY) {
      for (int port = 0; port < ports.size() && message.value() == 1; port++) {
        send(new ControlMessage(port, ControlMessage.DEVICE_ADD, 0));
      }
      return;
    }
    if (message.port() < 0 || message.port() >= ports.size()) {
      misused(Misuse.MALFORMED_REQUEST, message.port());
      return;
    }
    switch (message.event()) {
      case ControlMessage.PORT_READY -> {
        if (message.value() == 1) {
          describe(message.port());
        }
      }
      case ControlMessage.PORT_OPEN -> {
        ports.get(message.port()).setGuestOpen(message.value() != 0);
        deliverInput(message.port());
      }
      default -> misused(Misuse.UNKNOWN_REQUEST, message.event());
    }
  }

  private void describe(int port) {
    if (port == 0) {
      send(new ControlMessage(port, ControlMessage.CONSOLE_PORT, 1));
      sendSize();
    }
    byte[] portName = ports.get(port).name().getBytes(StandardCharsets.UTF_8);
    if (portName.length > 0) {
      send(new ControlMessage(port, ControlMessage.PORT_NAME, 1, portName));
    }
    send(new ControlMessage(port, ControlMessage.PORT_OPEN, 1));
  }

  private void sendSize() {
    if (negotiated(VIRTIO_CONSOLE_F_SIZE)) {
      send(ControlMessage.resize(0, (int) config.read(COLUMNS, 2), (int) config.read(ROWS, 2)));
    }
  }

  private void send(ControlMessage message) {
    if (outbox.size() >= MAX_MESSAGES_PER_PORT * ports.size()) {
      misused(Misuse.TOO_MANY_MESSAGES, message.event());
      return;
    }
    outbox.add(message);
    deliverMessages();
  }

  private void deliverMessages() {
    if (!queues.isEmpty()) {
      queues.get(CONTROL_RECEIVE).drainWhile(() -> !outbox.isEmpty(), this::putMessage);
    }
  }

  private void putMessage(DescriptorChain chain) {
    if (chain.writableBytes() < ControlMessage.FIXED_BYTES) {
      misused(Misuse.BAD_BUFFER_SIZE, chain.writableBytes());
      chain.complete(0);
      return;
    }
    byte[] message = outbox.remove().encode();
    int fitting = (int) Math.min(message.length, chain.writableBytes()); // a driver may have no room for names
    chain.writeBytes(0, Arrays.copyOf(message, fitting));
    chain.complete(fitting);
  }
}
