package org.demitasse.devices.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.demitasse.devices.Board;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole interrupt-driven drivers, from the port through an interrupt controller and back: nothing may get stuck or
 * lost.
 */
class InterruptDrivenOutputTest {
  private static final int PORT = 0x3f8;
  private static final int VECTOR = 0x34;

  private final Board board = new Board(1);
  private final String text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
  private final StringBuilder received = new StringBuilder();
  private int sent;

  @BeforeEach
  void open() {
    board.out(PORT + 2, 0xc7);
    board.in(PORT);
    board.out(PORT + 4, 0x0b);
  }

  private void routeThroughIoApic(int trigger) {
    board.enableApic(0);
    board.apic().write(0x350, 0x1_0000);
    board.route(4, trigger | VECTOR, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0000, 0xa000}) // edge, and level active-low
  void transmitterInterruptsDriveTheWholeTextThroughTheIoApic(int trigger) {
    routeThroughIoApic(trigger);
    board.out(PORT + 1, 0x03);
    int interrupts = 0;
    while (board.apic().interruptPending() && interrupts < 10_000) {
      assertThat(board.apic().acknowledge()).isEqualTo(VECTOR);
      serveOnce();
      board.apic().write(0xb0, 0);
      interrupts++;
    }
    assertThat(board.printed).hasToString(text);
  }

  @Test
  void transmitterInterruptsDriveTheWholeTextThroughThePic() {
    board.initializePics(0x30, 0xef, 0xff);
    board.out(PORT + 1, 0x03);
    int interrupts = 0;
    while (board.apic().interruptPending() && interrupts < 10_000) {
      assertThat(board.apic().acknowledge()).isEqualTo(VECTOR);
      serveOnce();
      board.out(0x20, 0x64);
      interrupts++;
    }
    assertThat(board.printed).hasToString(text);
  }

  @Test
  void pastedInputArrivesWholeWhileTheGuestPrints() {
    routeThroughIoApic(0);
    board.input.offer(text.getBytes(StandardCharsets.US_ASCII));
    board.out(PORT + 1, 0x03);
    int interrupts = 0;
    while (board.apic().interruptPending() && interrupts < 10_000) {
      board.apic().acknowledge();
      serveOnce();
      board.apic().write(0xb0, 0);
      interrupts++;
    }
    assertThat(received).hasToString(text);
    assertThat(board.printed).hasToString(text);
  }

  /** One interrupt of a driver that asks for reasons until there are none, sending a FIFO's worth each time. */
  private void serveOnce() {
    for (int reason = board.in(PORT + 2); (reason & 0x01) == 0; reason = board.in(PORT + 2)) {
      while ((board.in(PORT + 5) & 0x01) != 0) {
        received.append((char) board.in(PORT));
      }
      if ((board.in(PORT + 5) & 0x20) != 0) {
        sendSome();
      }
    }
  }

  private void sendSome() {
    int end = Math.min(sent + 16, text.length());
    while (sent < end) {
      board.out(PORT, text.charAt(sent++));
    }
    if (sent == text.length()) {
      board.out(PORT + 1, 0x01);
    }
  }
}
