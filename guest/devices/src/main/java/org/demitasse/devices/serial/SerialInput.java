package org.demitasse.devices.serial;

import java.util.ArrayDeque;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;

/**
 * The queue of bytes on their way into a serial port: nothing is lost, however long the guest takes to listen.
 *
 * <p>Under the machine's lock. A reader of a long input offers a piece, waits for {@link #onDrained}, and offers the
 * next.
 */
public final class SerialInput {
  /** Sixteen bytes in each 100 us are still ten times as fast as 115200 baud. */
  private static final long PAUSE_NANOS = 100_000;

  private final SerialPort port;
  private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
  private int taken; // bytes of the first piece that the port has
  private int queued;
  private Runnable onDrained = () -> {};
  private Runnable feed = this::pump;

  /** Feeds a port at once; a port has one input at most. */
  public SerialInput(SerialPort port) {
    this.port = port;
    port.onRoom(this::pump);
  }

  /**
   * Feeds a port with a pause before each FIFO of bytes. A driver that probes the port enables receive interrupts for a
   * few instructions and then empties the FIFO; what it enables for longer than the pause, it means.
   *
   * @param clock guest time
   */
  public SerialInput(SerialPort port, GuestClock clock) {
    this.port = port;
    TimerQueue.Timer pause = clock.timers().newTimer(this::pump);
    feed =
        () -> {
          if (queued > 0) {
            pause.arm(clock.nanos() + PAUSE_NANOS);
          }
        };
    port.onRoom(feed);
  }

  /** Queues bytes; the port gets them as fast as the guest reads. */
  public void offer(byte[] bytes) {
    if (bytes.length > 0) {
      pieces.add(bytes.clone());
      queued += bytes.length;
      feed.run();
    }
  }

  /** How many bytes the port has not taken yet. */
  public int queued() {
    return queued;
  }

  /** Sets what runs, under the machine's lock, whenever the last queued byte has gone into the port. */
  public void onDrained(Runnable action) {
    onDrained = action;
  }

  private void pump() {
    if (queued == 0) {
      return;
    }
    while (!pieces.isEmpty()) {
      byte[] piece = pieces.getFirst();
      int count = port.receive(piece, taken, piece.length - taken);
      taken += count;
      queued -= count;
      if (taken < piece.length) {
        return;
      }
      pieces.removeFirst();
      taken = 0;
    }
    onDrained.run();
  }
}
