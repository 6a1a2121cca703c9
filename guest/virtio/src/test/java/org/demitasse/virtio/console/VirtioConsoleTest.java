package org.demitasse.virtio.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.virtio.MockDriver;
import org.demitasse.virtio.MockDriver.Buffer;
import org.demitasse.virtio.MockDriver.Used;
import org.demitasse.virtio.queue.Misuse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioConsoleTest {
  private final StringBuilder output = new StringBuilder();
  private final List<String> lines = new ArrayList<>();
  private final ConsolePort port0 = new ConsolePort("", bytes -> output.append(new String(bytes, UTF_8)));
  private final ConsolePort port1 = new ConsolePort("control", new LineOutput(lines::add));
  private final VirtioConsole console = new VirtioConsole("console", 132, 43, List.of(port0, port1));
  private final MockDriver driver = new MockDriver(console);

  @AfterEach
  void close() {
    driver.close();
  }

  private void write(int queue, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    driver.ring(queue).submit(Buffer.readable(driver.buffer(bytes), bytes.length));
    assertThat(driver.ring(queue).poll()).isNotNull();
  }

  private void sendControl(int port, int event, int value) {
    driver.ring(3).submit(Buffer.readable(driver.buffer(new ControlMessage(port, event, value).encode()), 8));
    assertThat(driver.ring(3).poll()).isNotNull();
  }

  private int offer(int queue, long gpa, int bytes) {
    int head = driver.ring(queue).chain(Buffer.writable(gpa, bytes));
    driver.ring(queue).offer(head);
    driver.ring(queue).kick();
    return head;
  }

  /** Gives the device a buffer for a control message, and reads what it put there. */
  private ControlMessage takeControl() {
    long gpa = driver.allocate(64);
    offer(2, gpa, 64);
    Used used = driver.ring(2).poll();
    return used == null ? null : ControlMessage.parse(driver.memory.readBytes(gpa, (int) used.written()));
  }

  private String readable(ControlMessage message) {
    return message == null ? "none" : "%d:%d=%d".formatted(message.port(), message.event(), message.value());
  }

  @Test
  void writesEmergencyCharactersBeforeAnySetUp() {
    driver.bus.write(MockDriver.BASE + 0x108, 4, 'p');
    driver.bus.write(MockDriver.BASE + 0x108, 1, 'q');
    assertThat(output).hasToString("pq");
    driver.bus.write(MockDriver.BASE + 0x100, 4, 'x');
    assertThat(driver.transport.misuse().count(Misuse.BAD_CONFIG_WRITE)).isEqualTo(1);
  }

  @Test
  void carriesOutputOfADriverWithoutMultiport() {
    driver.start(0);
    write(1, "hello\n");
    write(1, "world\n");
    assertThat(output).hasToString("hello\nworld\n");
  }

  @Test
  void givesInputToWaitingBuffersAndKeepsTheRest() {
    driver.start(0);
    long first = driver.allocate(4);
    int head = offer(0, first, 4);
    assertThat(port0.input("abcdef".getBytes(UTF_8), 0, 6)).isEqualTo(6);
    assertThat(driver.ring(0).poll()).isEqualTo(new Used(head, 4));
    assertThat(driver.memory.readBytes(first, 4)).asString().isEqualTo("abcd");
    assertThat(port0.inputWaiting()).isEqualTo(2);
    long second = driver.allocate(64);
    head = offer(0, second, 64);
    assertThat(driver.ring(0).poll()).isEqualTo(new Used(head, 2));
    assertThat(driver.memory.readBytes(second, 2)).asString().isEqualTo("ef");
  }

  @Test
  void pushesBackWhenTheGuestTakesNoInput() {
    driver.start(0);
    List<String> room = new ArrayList<>();
    port0.onRoom(() -> room.add("room"));
    byte[] much = new byte[100_000];
    assertThat(port0.input(much, 0, much.length)).isEqualTo(64 << 10);
    assertThat(port0.input(much, 0, much.length)).isZero();
    assertThat(room).isEmpty();
    offer(0, driver.allocate(4096), 4096);
    assertThat(room).hasSize(1);
    assertThat(port0.input(much, 0, much.length)).isEqualTo(4096);
  }

  @Test
  void introducesItsPortsToADriverWithMultiport() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT | VirtioConsole.VIRTIO_CONSOLE_F_SIZE);
    assertThat(driver.config(4, 4)).isEqualTo(2);
    sendControl(-1, ControlMessage.DEVICE_READY, 1);
    assertThat(readable(takeControl())).isEqualTo("0:1=0");
    assertThat(readable(takeControl())).isEqualTo("1:1=0");
    sendControl(0, ControlMessage.PORT_READY, 1);
    assertThat(readable(takeControl())).isEqualTo("0:4=1");
    ControlMessage size = takeControl();
    assertThat(readable(size)).isEqualTo("0:5=0");
    assertThat(size.more()).as("columns, rows").containsExactly(132, 0, 43, 0);
    assertThat(readable(takeControl())).isEqualTo("0:6=1");
    sendControl(1, ControlMessage.PORT_READY, 1);
    ControlMessage name = takeControl();
    assertThat(readable(name)).isEqualTo("1:7=1");
    assertThat(name.more()).asString(UTF_8).isEqualTo("control");
    assertThat(readable(takeControl())).isEqualTo("1:6=1");
    assertThat(takeControl()).isNull();
  }

  @Test
  void readsLinesFromTheControlPort() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT);
    write(5, "JEM");
    assertThat(lines).isEmpty();
    write(5, "ATA!\r\nmore\n");
    assertThat(lines).containsExactly("JEMATA!", "more");
  }

  @Test
  void holdsInputForAPortUntilAProgramOpensIt() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT);
    List<Boolean> opened = new ArrayList<>();
    port1.onGuestOpen(opened::add);
    offer(4, driver.allocate(16), 16);
    port1.input(new byte[] {1, 2}, 0, 2);
    assertThat(driver.ring(4).poll()).isNull();
    sendControl(1, ControlMessage.PORT_OPEN, 1);
    assertThat(driver.ring(4).poll()).extracting(Used::written).isEqualTo(2L);
    sendControl(1, ControlMessage.PORT_OPEN, 0);
    assertThat(opened).containsExactly(true, false);
  }

  /** What comes sooner is thrown away by Linux, which opens its console only when it has made a terminal of it. */
  @Test
  void holdsInputForTheConsoleUntilADriverWithMultiportOpensIt() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT);
    offer(0, driver.allocate(16), 16);
    port0.input(new byte[] {1, 2, 3}, 0, 3);
    assertThat(driver.ring(0).poll()).isNull();
    sendControl(0, ControlMessage.PORT_OPEN, 1);
    assertThat(driver.ring(0).poll()).extracting(Used::written).isEqualTo(3L);
  }

  @Test
  void tellsTheGuestOfANewSize() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT | VirtioConsole.VIRTIO_CONSOLE_F_SIZE);
    console.resize(90, 30);
    assertThat(takeControl().more()).containsExactly(90, 0, 30, 0);
    assertThat(driver.config(0, 2)).isEqualTo(90);
  }

  @Test
  void keepsABoundedNumberOfMessagesForADriverThatTakesNone() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT);
    for (int i = 0; i < 200; i++) {
      sendControl(0, ControlMessage.DEVICE_READY, 1);
    }
    assertThat(console.save().outbox()).hasSize(32);
    assertThat(driver.transport.misuse().count(Misuse.TOO_MANY_MESSAGES)).isPositive();
    assertThat(driver.warnings).hasSize(1);
  }

  @Test
  void survivesMessagesAboutPortsThatAreNotThereAndUnknownEvents() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT);
    sendControl(2, ControlMessage.PORT_READY, 1);
    sendControl(-5, ControlMessage.PORT_OPEN, 1);
    sendControl(0, 77, 1);
    driver.ring(3).submit(Buffer.readable(driver.allocate(7), 7));
    assertThat(driver.transport.misuse().total()).isEqualTo(4);
    assertThat(takeControl()).isNull();
  }

  @Test
  void goesOnFromASavedState() {
    driver.start(VirtioConsole.VIRTIO_CONSOLE_F_MULTIPORT);
    sendControl(1, ControlMessage.PORT_OPEN, 1);
    sendControl(1, ControlMessage.PORT_READY, 1);
    port1.input("later".getBytes(UTF_8), 0, 5);
    var transportState = driver.transport.save();
    VirtioConsole.State state = console.save();
    driver.transport.reset();
    assertThat(port1.guestOpen()).isFalse();
    driver.transport.restore(transportState);
    console.restore(state);
    assertThat(port1.guestOpen()).isTrue();
    long gpa = driver.allocate(16);
    offer(4, gpa, 16);
    assertThat(driver.memory.readBytes(gpa, 5)).asString().isEqualTo("later");
    assertThat(takeControl().more()).asString(UTF_8).isEqualTo("control");
  }
}
