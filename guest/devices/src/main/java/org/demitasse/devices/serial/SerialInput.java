package org.demitasse.devices.serial;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;
import org.jspecify.annotations.Nullable;

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
  private TimerQueue.@Nullable Timer pause;
  private long lastFed; // guest nanoseconds

  /** Feeds a port at once; a port has one input at most. */
  public SerialInput(SerialPort port) {
    this.port = port;
    port.onRoom(this::pump);
    port.onReset(this::takeBack);
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
    pause =
        clock
            .timers()
            .newTimer(() -> {
              int before = queued;
              pump();
              lastFed = queued < before ? clock.nanos() : lastFed;
            });
    TimerQueue.Timer timer = pause;
    feed =
        () -> {
          if (queued > 0) {
            long now = clock.nanos();
            timer.arm(now + (now - lastFed < CLOSED_NANOS ? NEXT_PAUSE_NANOS : FIRST_PAUSE_NANOS));
          }
        };
    port.onRoom(feed);
    port.onReset(this::takeBack);
  }

  /** What the guest's driver has thrown away while it set the port up is the next to go in. */
  private void takeBack(byte[] bytes) {
    if (taken > 0) {
      byte[] begun = pieces.removeFirst();
      pieces.addFirst(Arrays.copyOfRange(begun, taken, begun.length));
      taken = 0;
    }
    pieces.addFirst(bytes);
    queued += bytes.length;
  }

  /**
   * What waits, and for how long.
   *
   * @param pieces oldest first, the first one without what the port has
   * @param lastFed guest nanoseconds when the port last took bytes
   * @param deadline guest nanoseconds of the end of the pause, or {@link TimerQueue#NEVER}
   */
  public record State(List<byte[]> pieces, long lastFed, long deadline) {}

  /** Takes a copy. */
  public State save() {
    List<byte[]> waiting = new ArrayList<>(pieces);
    if (taken > 0) {
      waiting.set(0, Arrays.copyOfRange(waiting.getFirst(), taken, waiting.getFirst().length));
    }
    return new State(waiting, lastFed, pause == null ? TimerQueue.NEVER : pause.deadline());
  }

  /** Puts a copy back. */
  public void restore(State state) {
    pieces.clear();
    pieces.addAll(state.pieces);
    taken = 0;
    queued = state.pieces.stream().mapToInt(piece -> piece.length).sum();
    lastFed = state.lastFed;
    TimerQueue.Timer timer = pause;
    if (timer != null) {
      timer.cancel();
      if (state.deadline != TimerQueue.NEVER) {
        timer.arm(state.deadline);
      }
    }
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
