package org.demitasse.devices.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.devices.RecordedLine;
import org.junit.jupiter.api.Test;

/** Drives the port as the drivers of Linux, NetBSD and FreeBSD do. */
class SerialPortTest {
  private final RecordedLine irq = new RecordedLine();
  private final StringBuilder printed = new StringBuilder();
  private final SerialPort port = new SerialPort(irq, value -> printed.append((char) value));
  private final SerialInput input = new SerialInput(port);

  private int in(int register) {
    return (int) port.read(register, 1);
  }

  private void out(int register, int value) {
    port.write(register, 1, value);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void linuxAutoconfigFindsA16550a() {
    out(1, 0);
    assertThat(in(1)).isZero();
    out(1, 0x0f);
    assertThat(in(1) & 0x0f).isEqualTo(0x0f);
    out(1, 0);
    out(4, 0x10 | 0x0a); // loopback with RTS and OUT2
    assertThat(in(6) & 0xf0).isEqualTo(0x90);
    out(4, 0);
    out(3, 0xbf); // a 16850 would show its enhanced feature register here
    out(2, 0);
    out(3, 0);
    out(2, 0x01);
    assertThat(in(2) >> 6).isEqualTo(3);
    out(3, 0x80);
    assertThat(in(2)).isNotZero();
    out(2, 0x21); // a 16750 would show 64-byte FIFOs in bit 5
    assertThat(in(2) >> 5).isEqualTo(6);
    out(2, 0x01);
    out(3, 0);
    out(1, 0x40); // an XScale port would keep its unit enable bit
    assertThat(in(1)).isZero();
    out(2, 0x07);
    out(2, 0);
    assertThat(in(2)).isEqualTo(0x01);
  }

  @Test
  void linuxTransmitterTestSeesAnInterruptEachTimeItIsEnabled() {
    out(1, 0x02);
    assertThat(in(2)).isEqualTo(0x02);
    assertThat(in(2)).as("reading the reason takes it away").isEqualTo(0x01);
    out(1, 0);
    out(1, 0x02);
    assertThat(in(2)).isEqualTo(0x02);
    assertThat(in(5)).isEqualTo(0x60);
  }

  @Test
  void netbsdProbeReadsBackLineControlAndAnIdleInterruptRegister() {
    out(3, 0x03);
    out(2, 0);
    assertThat(in(3)).isEqualTo(0x03);
    assertThat(in(2) & 0x38).isZero();
    out(2, 0x01 | 0x02 | 0x04);
    out(2, 0xc1);
    assertThat(in(2) & 0xc0).isEqualTo(0xc0);
    assertThat(in(5) & 0x60).isEqualTo(0x60);
  }

  @Test
  void freebsdCountsSixteenLoopedBytesBeforeTheOverrun() {
    out(2, 0x07);
    out(4, 0x10);
    int sent = 0;
    while ((in(5) & 0x02) == 0) {
      out(0, 0x5a);
      sent++;
    }
    assertThat(sent).isEqualTo(17);
    int received = 0;
    while ((in(5) & 0x01) != 0) {
      assertThat(in(0)).isEqualTo(0x5a);
      received++;
    }
    assertThat(received).isEqualTo(16);
    assertThat(printed).isEmpty();
  }

  @Test
  void divisorLatchIsBehindItsAccessBit() {
    out(1, 0x05);
    out(3, 0x83);
    out(0, 0x0c);
    out(1, 0x01);
    assertThat(in(0) | in(1) << 8).isEqualTo(0x010c);
    out(3, 0x03);
    assertThat(in(1)).isEqualTo(0x05);
    assertThat(printed).isEmpty();
  }

  @Test
  void everyByteSentMakesANewEdgeForAnEdgeTriggeredDriver() {
    out(1, 0x02);
    assertThat(irq.takeEdges()).isEqualTo(1);
    assertThat(in(2)).isEqualTo(0x02);
    assertThat(irq.level()).isFalse();
    out(0, 'h');
    out(0, 'i');
    assertThat(irq.takeEdges()).isEqualTo(1);
    assertThat(in(2)).isEqualTo(0x02);
    out(1, 0);
    assertThat(irq.level()).isFalse();
    assertThat(printed).hasToString("hi");
  }

  @Test
  void receivedBytesInterruptByTriggerAndByTimeout() {
    out(2, 0x81); // trigger at 8
    out(1, 0x01);
    input.offer(bytes("abc"));
    assertThat(irq.level()).isTrue();
    assertThat(in(2)).isEqualTo(0xcc);
    input.offer(bytes("defgh"));
    assertThat(in(2)).isEqualTo(0xc4);
    StringBuilder got = new StringBuilder();
    while ((in(5) & 0x01) != 0) {
      got.append((char) in(0));
    }
    assertThat(got).hasToString("abcdefgh");
    assertThat(irq.level()).isFalse();
    assertThat(in(2)).isEqualTo(0xc1);
  }

  @Test
  void inputLargerThanTheFifoArrivesWholeAndInOrder() {
    StringBuilder sent = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      sent.append((char) ('0' + i % 64));
    }
    int[] drained = {0};
    input.onDrained(() -> drained[0]++);
    input.offer(bytes(sent.toString()));
    assertThat(input.queued()).as("nobody listens yet").isEqualTo(1000);
    out(2, 0x07);
    in(0); // Linux empties the data register as it starts
    out(1, 0x05);
    StringBuilder got = new StringBuilder();
    while (irq.level()) {
      assertThat(in(2) & 0x0f).isIn(0x04, 0x0c);
      got.append((char) in(0));
    }
    assertThat(got.toString()).isEqualTo(sent.toString());
    assertThat(drained[0]).isEqualTo(1);
    assertThat(input.queued()).isZero();
  }

  @Test
  void aGuestThatPollsGetsItsInputWithoutInterrupts() {
    input.offer(bytes("x"));
    assertThat(in(5) & 0x01).isZero();
    int polls = 0;
    while ((in(5) & 0x01) == 0 && polls < 1000) {
      polls++;
    }
    assertThat(in(0)).isEqualTo('x');
  }

  @Test
  void aGuestThatOnlyPrintsIsNoListener() {
    input.offer(bytes("x"));
    for (int i = 0; i < 200; i++) {
      in(5);
      out(0, '.');
    }
    assertThat(port.canReceive()).isZero();
    assertThat(input.queued()).isEqualTo(1);
  }

  @Test
  void breakIsALineStatusInterrupt() {
    out(1, 0x04);
    port.receiveBreak();
    assertThat(in(2)).isEqualTo(0x06);
    assertThat(in(5)).isEqualTo(0x71);
    assertThat(irq.level()).isFalse();
    assertThat(in(0)).isZero();
  }

  @Test
  void modemLinesChangeIntoTheirDeltaBits() {
    assertThat(in(6)).isEqualTo(0xb0);
    out(1, 0x08);
    out(4, 0x10); // in loopback with every output off: all lines drop
    assertThat(irq.level()).isTrue();
    assertThat(in(2)).isEqualTo(0x00);
    assertThat(in(6)).isEqualTo(0x0b);
    assertThat(in(6)).isZero();
    assertThat(irq.level()).isFalse();
  }

  @Test
  void scratchKeepsWhatItIsGiven() {
    out(7, 0xa5);
    assertThat(in(7)).isEqualTo(0xa5);
  }

  @Test
  void wideAccessIsSingleBytes() {
    port.write(0, 4, 'A'); // THR, IER, FCR, LCR
    assertThat(printed).hasToString("A");
    assertThat(port.read(4, 2) >> 8).isEqualTo(0x60);
  }

  @Test
  void restoredPortGoesOnWhereItWas() {
    out(2, 0x01);
    out(1, 0x03);
    input.offer(bytes("abc"));
    in(0);
    RecordedLine otherIrq = new RecordedLine();
    SerialPort other = new SerialPort(otherIrq, SerialOutput.NONE);
    other.restore(port.save());
    assertThat(otherIrq.level()).isTrue();
    assertThat(other.save()).usingRecursiveComparison().isEqualTo(port.save());
    assertThat(other.read(0, 1)).isEqualTo('b');
  }

  @Test
  void aPausingInputLosesNothingToADriverThatOnlyProbes() {
    VirtualClock clock = new VirtualClock(0);
    SerialInput pausing = new SerialInput(port, clock);
    pausing.offer("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    port.writeByte(1, 0x0f); // what Linux's autoconfig does
    port.writeByte(1, 0);
    clock.skipTo(10_000_000);
    clock.timers().runDue(clock.nanos());
    assertThat(pausing.queued()).isEqualTo(5);

    port.writeByte(2, 0x01); // FIFO on
    port.writeByte(1, 0x01);
    assertThat(pausing.queued()).isEqualTo(5);
    clock.skipTo(20_000_000);
    clock.timers().runDue(clock.nanos());
    assertThat(pausing.queued()).isZero();
    assertThat(port.readByte(0)).isEqualTo('h');
  }

  @Test
  void aDriverThatEnablesItsFifoAfterItsInterruptsLosesNothing() {
    input.offer(bytes("ab"));
    input.offer(bytes("cdefghijklmnopqrstuvwxyz"));
    out(1, 0x05); // Linux's set_termios, a slow host: interrupts, the divisor, and only then the FIFO
    assertThat(input.queued()).as("a byte is in").isEqualTo(25);
    out(3, 0x83);
    out(2, 0x01);
    out(3, 0x03);
    assertThat(read(26)).isEqualTo("abcdefghijklmnopqrstuvwxyz");
    assertThat(input.queued()).isZero();
  }

  @Test
  void aResetInTheMiddleOfAPieceTakesBackWhatWasUnread() {
    out(2, 0x01);
    out(1, 0x01);
    input.offer(bytes("0123456789abcdefghij"));
    assertThat(read(3)).isEqualTo("012");
    out(2, 0x03);
    assertThat(input.queued()).isEqualTo(1);
    assertThat(read(17)).isEqualTo("3456789abcdefghij");
  }

  @Test
  void whatTheGuestHasSentToItselfIsGoneWithAReset() {
    out(2, 0x01);
    out(4, 0x10);
    out(0, 'x');
    out(2, 0x03);
    out(4, 0);
    out(1, 0x01);
    assertThat(in(5) & 1).isZero();
    assertThat(input.queued()).isZero();
  }

  private String read(int length) {
    StringBuilder got = new StringBuilder();
    for (int i = 0; i < length && (in(5) & 1) != 0; i++) {
      got.append((char) in(0));
    }
    return got.toString();
  }
}
