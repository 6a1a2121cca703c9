package org.demitasse.virtio.net;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.demitasse.network.EthernetLink;
import org.demitasse.virtio.device.ConfigSpace;
import org.demitasse.virtio.device.DeviceSignals;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.queue.DescriptorChain;
import org.demitasse.virtio.queue.Misuse;
import org.demitasse.virtio.queue.Virtqueue;
import org.jspecify.annotations.Nullable;

/**
 * The network device: a card on an {@link EthernetLink} as the guest sees it, with one pair of queues (VirtIO 1.2 5.1).
 */
public final class VirtioNet implements VirtioDevice {
  static final long VIRTIO_NET_F_MAC = 1L << 5;
  static final long VIRTIO_NET_F_MRG_RXBUF = 1L << 15;
  static final long VIRTIO_NET_F_STATUS = 1L << 16;
  static final long VIRTIO_NET_F_CTRL_VQ = 1L << 17;
  static final long VIRTIO_NET_F_CTRL_RX = 1L << 18;
  static final long VIRTIO_NET_F_CTRL_RX_EXTRA = 1L << 20;
  static final long VIRTIO_NET_F_CTRL_MAC_ADDR = 1L << 23;

  private static final int DEVICE_ID = 1;
  private static final int QUEUE_SIZE = 256;
  private static final int CONTROL_QUEUE_SIZE = 64;
  private static final int RECEIVE = 0;
  private static final int TRANSMIT = 1;
  private static final int CONTROL = 2;

  // The configuration's fields: VirtIO 1.2 5.1.4.
  private static final int MAC = 0;
  private static final int STATUS = 6;
  private static final int CONFIG_BYTES = 8;
  private static final int VIRTIO_NET_S_LINK_UP = 1;

  /**
   * struct virtio_net_hdr with num_buffers, which VERSION_1 always has; its flags stay 0, as no offloads are offered.
   */
  private static final int HEADER_BYTES = 12;

  private static final int NUM_BUFFERS = 10;

  /** The longest frame that is carried: what segmentation offload would need at most. */
  private static final int MAX_FRAME_BYTES = 65550;

  /** Frames that wait for buffers of the driver; beyond that the link has to keep or drop them. */
  private static final int MAX_WAITING_FRAMES = 64;

  private static final int VIRTIO_NET_OK = 0;
  private static final int VIRTIO_NET_ERR = 1;

  private final String name;
  private final byte[] address;
  private final EthernetLink link;
  private final ConfigSpace config = new ConfigSpace(CONFIG_BYTES);
  private final ReceiveFilter filter = new ReceiveFilter();
  private final NetControl control = new NetControl(filter, this::showAddress);
  private final Deque<byte[]> waiting = new ArrayDeque<>(); // under the machine's lock, like all below
  private @Nullable DeviceSignals signals;
  private List<Virtqueue> queues = List.of();
  private boolean mergeBuffers;
  private boolean refused;
  private long framesSent;
  private long framesReceived;
  private long framesDropped;

  /**
   * Makes a network card.
   *
   * @param name for messages
   * @param address its 6-byte Ethernet address
   * @param link what it is plugged into; stays the caller's to close
   */
  public VirtioNet(String name, byte[] address, EthernetLink link) {
    if (address.length != ReceiveFilter.ADDRESS_BYTES || (address[0] & 1) != 0) {
      throw new IllegalArgumentException("%s: not the Ethernet address of one card".formatted(name));
    }
    this.name = name;
    this.address = address.clone();
    this.link = link;
    showAddress(address);
    config.set(STATUS, 2, VIRTIO_NET_S_LINK_UP);
    link.onReceive(this::receive);
  }

  /**
   * What the device keeps beside its queues.
   *
   * @param linkUp whether the cable is plugged in
   * @param active whether the driver filters frames
   * @param modes the filter's modes, a bit for each VIRTIO_NET_CTRL_RX command
   * @param address the card's address
   * @param addresses further addresses that the driver wants
   * @param waiting frames that the driver has not taken yet
   */
  public record State(
      boolean linkUp, boolean active, int modes, byte[] address, List<byte[]> addresses, List<byte[]> waiting) {}

  /** The device's own state; the queues' is its transport's. */
  public State save() {
    ReceiveFilter.State filtered = filter.save();
    return new State(
        linkUp(),
        filtered.active(),
        filtered.modes(),
        filtered.ownAddress(),
        filtered.addresses(),
        List.copyOf(waiting));
  }

  /** Puts a saved state back, after the transport's. */
  public void restore(State state) {
    config.set(STATUS, 2, state.linkUp ? VIRTIO_NET_S_LINK_UP : 0);
    showAddress(state.address);
    filter.restore(new ReceiveFilter.State(state.active, state.modes, state.address, state.addresses));
    waiting.clear();
    waiting.addAll(state.waiting);
  }

  /** Plugs the cable in or out, as the guest sees it. Frames are dropped while it is out. */
  public void setLinkUp(boolean up) {
    if (up != linkUp()) {
      config.set(STATUS, 2, up ? VIRTIO_NET_S_LINK_UP : 0);
      if (signals != null) {
        signals.configChanged();
      }
    }
  }

  /** Whether the cable is plugged in. */
  public boolean linkUp() {
    return config.read(STATUS, 2) != 0;
  }

  /** Frames that the guest has sent. */
  public long framesSent() {
    return framesSent;
  }

  /** Frames that the guest has been given. */
  public long framesReceived() {
    return framesReceived;
  }

  /** Frames that were lost: malformed ones, and those for which the guest had no use or no buffer. */
  public long framesDropped() {
    return framesDropped;
  }

  private void showAddress(byte[] shown) {
    for (int i = 0; i < shown.length; i++) {
      config.set(MAC + i, 1, shown[i]);
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
    return VIRTIO_NET_F_MAC
        | VIRTIO_NET_F_STATUS
        | VIRTIO_NET_F_MRG_RXBUF
        | VIRTIO_NET_F_CTRL_VQ
        | VIRTIO_NET_F_CTRL_RX
        | VIRTIO_NET_F_CTRL_RX_EXTRA
        | VIRTIO_NET_F_CTRL_MAC_ADDR;
  }

  @Override
  public List<Integer> queueSizes() {
    return List.of(QUEUE_SIZE, QUEUE_SIZE, CONTROL_QUEUE_SIZE);
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
    this.queues = queues;
    mergeBuffers = (features & VIRTIO_NET_F_MRG_RXBUF) != 0;
    filter.start((features & VIRTIO_NET_F_CTRL_RX) != 0, address);
  }

  @Override
  public void notified(int queue) {
    switch (queue) {
      case RECEIVE -> {
        deliver();
        if (refused && waiting.size() < MAX_WAITING_FRAMES) {
          refused = false;
          link.receiverReady();
        }
      }
      case TRANSMIT -> queues.get(TRANSMIT).drain(this::transmit);
      default -> queues.get(CONTROL).drain(this::control);
    }
  }

  @Override
  public void reset() {
    queues = List.of();
    waiting.clear();
    refused = false;
    filter.start(false, address);
    showAddress(address);
  }

  private void misused(Misuse misuse, long value) {
    if (signals != null) {
      signals.misuse().count(misuse, value);
    }
  }

  private void transmit(DescriptorChain chain) {
    long frameBytes = chain.readableBytes() - HEADER_BYTES;
    if (frameBytes < EthernetLink.HEADER_BYTES || frameBytes > MAX_FRAME_BYTES) {
      misused(Misuse.BAD_BUFFER_SIZE, chain.readableBytes());
      framesDropped++;
      chain.complete(0);
      return;
    }
    byte[] frame = chain.readBytes(HEADER_BYTES, (int) frameBytes);
    chain.complete(0);
    if (linkUp()) {
      framesSent++;
      link.send(frame);
    } else {
      framesDropped++;
    }
  }

  private void control(DescriptorChain chain) {
    if (chain.writableBytes() == 0
        || chain.readableBytes() < NetControl.HEADER_BYTES
        || chain.readableBytes() > NetControl.MAX_COMMAND_BYTES) {
      misused(Misuse.MALFORMED_REQUEST, chain.readableBytes());
      acknowledge(chain, VIRTIO_NET_ERR);
      return;
    }
    byte[] command = chain.readBytes(0, (int) chain.readableBytes());
    boolean done = control.carryOut(command);
    if (!done) {
      misused(Misuse.UNKNOWN_REQUEST, (command[0] & 0xff) << 8 | command[1] & 0xff);
    }
    acknowledge(chain, done ? VIRTIO_NET_OK : VIRTIO_NET_ERR);
  }

  private static void acknowledge(DescriptorChain chain, int status) {
    if (chain.writableBytes() > 0) {
      chain.writeByte(0, status);
    }
    chain.complete(Math.min(1, chain.writableBytes()));
  }

  private boolean receive(byte[] frame) {
    boolean useless = queues.isEmpty() || !linkUp() || frame.length < EthernetLink.HEADER_BYTES;
    if (useless || frame.length > MAX_FRAME_BYTES || !filter.wants(frame)) {
      framesDropped++;
      return true; // to offer it again would not help
    }
    if (waiting.size() >= MAX_WAITING_FRAMES) {
      refused = true;
      return false;
    }
    waiting.add(frame);
    deliver();
    return true;
  }

  private void deliver() {
    while (!queues.isEmpty() && !waiting.isEmpty()) {
      if (!deliver(queues.get(RECEIVE), waiting.peek())) {
        return;
      }
      waiting.remove();
    }
  }

  /** Puts a frame into the driver's buffers, or drops it if it cannot fit; false if buffers are lacking. */
  private boolean deliver(Virtqueue queue, byte[] frame) {
    List<DescriptorChain> chains = new ArrayList<>();
    long needed = (long) HEADER_BYTES + frame.length;
    long room = 0;
    while (room < needed && (chains.isEmpty() || mergeBuffers)) {
      DescriptorChain chain = queue.pop();
      if (chain == null) {
        if (!chains.isEmpty()) {
          queue.unpop(chains.getFirst());
        }
        return false;
      }
      chains.add(chain);
      room += chain.writableBytes();
    }
    if (room < needed || chains.getFirst().writableBytes() < HEADER_BYTES) {
      misused(Misuse.BAD_BUFFER_SIZE, room);
      framesDropped++;
      chains.forEach(chain -> chain.complete(0));
      return true;
    }
    scatter(frame, chains);
    framesReceived++;
    return true;
  }

  private static void scatter(byte[] frame, List<DescriptorChain> chains) {
    byte[] packet = new byte[HEADER_BYTES + frame.length];
    packet[NUM_BUFFERS] = (byte) chains.size();
    packet[NUM_BUFFERS + 1] = (byte) (chains.size() >>> 8);
    System.arraycopy(frame, 0, packet, HEADER_BYTES, frame.length);
    int done = 0;
    for (DescriptorChain chain : chains) {
      int piece = (int) Math.min(chain.writableBytes(), packet.length - done);
      chain.writeBytes(0, Arrays.copyOfRange(packet, done, done + piece));
      chain.complete(piece);
      done += piece;
    }
  }
}
