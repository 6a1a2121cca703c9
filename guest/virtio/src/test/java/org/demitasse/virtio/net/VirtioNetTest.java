package org.demitasse.virtio.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.demitasse.network.EthernetLink;
import org.demitasse.network.FrameSink;
import org.demitasse.virtio.MockDriver;
import org.demitasse.virtio.MockDriver.Buffer;
import org.demitasse.virtio.MockDriver.Used;
import org.demitasse.virtio.queue.Misuse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioNetTest {
  private static final byte[] ADDRESS = {0x52, 0x54, 0, 1, 2, 3};
  private static final long CTRL =
      VirtioNet.VIRTIO_NET_F_CTRL_VQ | VirtioNet.VIRTIO_NET_F_CTRL_RX | VirtioNet.VIRTIO_NET_F_CTRL_MAC_ADDR;

  private final PatchCable link = new PatchCable();
  private final VirtioNet net = new VirtioNet("net", ADDRESS, link);
  private final MockDriver driver = new MockDriver(net);

  @AfterEach
  void close() {
    driver.close();
  }

  private static byte[] frame(byte[] destination, int bytes) {
    byte[] frame = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      frame[i] = (byte) i;
    }
    System.arraycopy(destination, 0, frame, 0, 6);
    return frame;
  }

  private void offer(long gpa, int bytes) {
    driver.ring(0).offer(driver.ring(0).chain(Buffer.writable(gpa, bytes)));
    driver.ring(0).kick();
  }

  private int command(int... bytes) {
    byte[] command = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      command[i] = (byte) bytes[i];
    }
    long ack = driver.allocate(1);
    driver.memory.writeByte(ack, 0xee);
    driver.ring(2).submit(Buffer.readable(driver.buffer(command), command.length), Buffer.writable(ack, 1));
    assertThat(driver.ring(2).poll()).extracting(Used::written).isEqualTo(1L);
    return driver.memory.readByte(ack);
  }

  @Test
  void showsItsAddressByteForByteAndTheLinkUp() {
    for (int i = 0; i < 6; i++) {
      assertThat(driver.config(i, 1)).isEqualTo(ADDRESS[i]);
    }
    assertThat(driver.config(6, 2)).isEqualTo(1);
  }

  @Test
  void sendsFramesWithoutTheirVirtioHeader() {
    driver.start(0);
    byte[] sent = frame(ADDRESS, 60);
    driver.ring(1).submit(Buffer.readable(driver.allocate(12), 12), Buffer.readable(driver.buffer(sent), 60));
    assertThat(driver.ring(1).poll()).isEqualTo(new Used(0, 0));
    assertThat(link.sent).hasSize(1).first().isEqualTo(sent);
  }

  @Test
  void dropsFramesThatAreTooShortOrTooLong() {
    driver.start(0);
    driver.ring(1).submit(Buffer.readable(driver.allocate(25), 25));
    driver.ring(1).submit(Buffer.readable(0x30_0000, 70_000));
    assertThat(driver.ring(1).poll()).isNotNull();
    assertThat(driver.ring(1).poll()).isNotNull();
    assertThat(link.sent).isEmpty();
    assertThat(driver.transport.misuse().count(Misuse.BAD_BUFFER_SIZE)).isEqualTo(2);
  }

  @Test
  void receivesAFrameBehindAHeaderThatCountsItsBuffers() {
    driver.start(0);
    long gpa = driver.allocate(1600);
    offer(gpa, 1600);
    assertThat(link.arrive(frame(ADDRESS, 100))).isTrue();
    assertThat(driver.ring(0).poll()).isEqualTo(new Used(0, 112));
    assertThat(driver.memory.readBytes(gpa, 12)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    assertThat(driver.memory.readBytes(gpa + 12, 100)).isEqualTo(frame(ADDRESS, 100));
  }

  @Test
  void mergesBuffersWhenThatWasNegotiatedAndWaitsForEnoughOfThem() {
    driver.start(VirtioNet.VIRTIO_NET_F_MRG_RXBUF);
    long first = driver.allocate(64);
    offer(first, 64);
    assertThat(link.arrive(frame(ADDRESS, 100))).isTrue();
    assertThat(driver.ring(0).poll()).as("too little room yet").isNull();
    long second = driver.allocate(64);
    offer(second, 64);
    assertThat(driver.ring(0).poll()).isEqualTo(new Used(0, 64));
    assertThat(driver.ring(0).poll()).isEqualTo(new Used(1, 48));
    assertThat(driver.memory.readShort(first + 10)).isEqualTo(2);
    assertThat(driver.memory.readBytes(second, 48)).isEqualTo(Arrays.copyOfRange(frame(ADDRESS, 100), 52, 100));
  }

  @Test
  void refusesFramesWhileTheGuestHasNoBuffersAndSaysWhenItHas() {
    driver.start(0);
    for (int i = 0; i < 64; i++) {
      assertThat(link.arrive(frame(ADDRESS, 60))).isTrue();
    }
    assertThat(link.arrive(frame(ADDRESS, 60))).isFalse();
    offer(driver.allocate(1600), 1600);
    assertThat(link.ready).isEqualTo(1);
    assertThat(link.arrive(frame(ADDRESS, 60))).isTrue();
  }

  @Test
  void dropsAFrameThatItsBufferCannotHold() {
    driver.start(0);
    offer(driver.allocate(64), 64);
    assertThat(link.arrive(frame(ADDRESS, 100))).isTrue();
    assertThat(driver.ring(0).poll()).isEqualTo(new Used(0, 0));
    assertThat(net.framesDropped()).isEqualTo(1);
  }

  @Test
  void dropsEverythingBeforeADriverIsThere() {
    assertThat(link.arrive(frame(ADDRESS, 100))).isTrue();
    assertThat(net.framesDropped()).isEqualTo(1);
  }

  @Test
  void filtersAsTheDriverSays() {
    driver.start(CTRL);
    byte[] other = {0x52, 0x54, 0, 9, 9, 9};
    byte[] group = {1, 0, 0x5e, 0, 0, 1};
    byte[] broadcast = {-1, -1, -1, -1, -1, -1};
    assertThat(wanted(ADDRESS, broadcast, other, group)).isEqualTo("yynn");
    assertThat(command(0, 1, 1)).isZero();
    assertThat(wanted(ADDRESS, broadcast, other, group)).as("all multicast").isEqualTo("yyny");
    assertThat(command(0, 1, 0)).isZero();
    assertThat(command(1, 0, 1, 0, 0, 0, 0x52, 0x54, 0, 9, 9, 9, 1, 0, 0, 0, 1, 0, 0x5e, 0, 0, 1)).isZero();
    assertThat(wanted(ADDRESS, broadcast, other, group)).as("by table").isEqualTo("yyyy");
    assertThat(command(1, 0, 0, 0, 0, 0, 0, 0, 0, 0)).isZero();
    assertThat(wanted(ADDRESS, broadcast, other, group)).isEqualTo("yynn");
    assertThat(command(0, 0, 1)).isZero();
    assertThat(wanted(ADDRESS, broadcast, other, group)).as("promiscuous").isEqualTo("yyyy");
  }

  private String wanted(byte[]... destinations) {
    StringBuilder wanted = new StringBuilder();
    for (byte[] destination : destinations) {
      long dropped = net.framesDropped();
      link.arrive(frame(destination, 60));
      wanted.append(net.framesDropped() == dropped ? 'y' : 'n');
    }
    return wanted.toString();
  }

  @Test
  void takesANewAddress() {
    driver.start(CTRL);
    assertThat(command(1, 1, 2, 0, 0, 0, 0, 5)).isZero();
    assertThat(driver.config(0, 1)).isEqualTo(2);
    assertThat(driver.config(5, 1)).isEqualTo(5);
    assertThat(wanted(ADDRESS, new byte[] {2, 0, 0, 0, 0, 5})).isEqualTo("ny");
    driver.transport.reset();
    assertThat(driver.config(0, 1)).isEqualTo(0x52);
  }

  @Test
  void refusesMalformedCommands() {
    driver.start(CTRL);
    assertThat(command(9, 9)).isEqualTo(1);
    assertThat(command(0, 0)).isEqualTo(1);
    assertThat(command(0, 9, 1)).isEqualTo(1);
    assertThat(command(1, 1, 2)).isEqualTo(1);
    assertThat(command(1, 0, 255, 255, 255, 255)).isEqualTo(1);
    assertThat(command(1, 0, 1, 0, 0, 0, 1, 2, 3)).isEqualTo(1);
    assertThat(command(7)).isEqualTo(1);
  }

  @Test
  void tellsTheGuestThatTheCableIsOut() {
    driver.start(VirtioNet.VIRTIO_NET_F_STATUS);
    net.setLinkUp(false);
    assertThat(driver.get(0x060)).isEqualTo(2);
    assertThat(driver.config(6, 2)).isZero();
    driver.ring(1).submit(Buffer.readable(driver.allocate(72), 72));
    assertThat(link.sent).isEmpty();
  }

  @Test
  void goesOnFromASavedState() {
    driver.start(CTRL);
    command(0, 1, 1);
    link.arrive(frame(ADDRESS, 60));
    var transportState = driver.transport.save();
    VirtioNet.State state = net.save();
    driver.transport.reset();
    driver.transport.restore(transportState);
    net.restore(state);
    assertThat(wanted(new byte[] {1, 0, 0x5e, 0, 0, 1})).isEqualTo("y");
    offer(driver.allocate(1600), 1600);
    assertThat(driver.ring(0).poll()).isEqualTo(new Used(0, 72));
  }

  @Test
  void worksOnALinkThatGoesNowhere() {
    try (MockDriver lonely = new MockDriver(new VirtioNet("lonely", ADDRESS, EthernetLink.nowhere()))) {
      lonely.start(0);
      ByteBuffer packet = ByteBuffer.allocate(72).order(ByteOrder.LITTLE_ENDIAN);
      lonely.ring(1).submit(Buffer.readable(lonely.buffer(packet.array()), 72));
      assertThat(lonely.ring(1).poll()).isNotNull();
    }
  }

  /** A link whose far end is the test. */
  private static final class PatchCable implements EthernetLink {
    private final List<byte[]> sent = new ArrayList<>();
    private FrameSink sink = frame -> false;
    private int ready;

    boolean arrive(byte[] frame) {
      return sink.deliver(frame);
    }

    @Override
    public void send(byte[] frame) {
      sent.add(frame);
    }

    @Override
    public void onReceive(FrameSink sink) {
      this.sink = sink;
    }

    @Override
    public void receiverReady() {
      ready++;
    }
  }
}
