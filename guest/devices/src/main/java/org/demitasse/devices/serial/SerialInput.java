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
  /** What a guest means to listen to it leaves on for so long, even on a slow host. */
  private static final long FIRST_PAUSE_NANOS = 5_000_000;

  /**
   * A guest that has just taken bytes listens: sixteen bytes each 100 us are still ten times as fast as 115200 baud.
   */
  private static final long NEXT_PAUSE_NANOS = 100_000;

  /** So long after the last byte the guest may have closed the port. */
  private static final long CLOSED_NANOS = 50_000_000;

  private final SerialPort port;
  private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
  private int taken; // bytes of the first piece that the port has
  private int queued;
  private Runnable onDrained = () -> {};
  private Runnable feed = this::pump;
  private long lastFed; // guest nanoseconds

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
    lastFed = -CLOSED_NANOS;
    TimerQueue.Timer pause =
        clock
            .timers()
            .newTimer(() -> {
              int before = queued;
              pump();
              lastFed = queued < before ? clock.nanos() : lastFed;
            });
    feed =
        () -> {
          if (queued > 0) {
            long now = clock.nanos();
            pause.arm(now + (now - lastFed < CLOSED_NANOS ? NEXT_PAUSE_NANOS : FIRST_PAUSE_NANOS));
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
