package org.demitasse.machine;

import java.util.ArrayDeque;
import java.util.List;
import org.demitasse.virtio.console.ConsolePort;

/** Typing on a port of a virtio console: what its buffer has no room for waits here. */
final class PortConsoleInput implements ConsoleInput {
  private final ConsolePort port;
  private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
  private int taken; // bytes of the first piece that the port has
  private int queued;
  private Runnable drained = () -> {};

  PortConsoleInput(ConsolePort port) {
    this.port = port;
    port.onRoom(this::pump);
  }

  @Override
  public void offer(byte[] bytes) {
    if (bytes.length > 0) {
      pieces.add(bytes);
      queued += bytes.length;
      pump();
    }
  }

  private void pump() {
    while (!pieces.isEmpty()) {
      byte[] piece = pieces.getFirst();
      int count = port.input(piece, taken, piece.length - taken);
      taken += count;
      queued -= count;
      if (taken < piece.length) {
        return;
      }
      pieces.removeFirst();
      taken = 0;
    }
    drained.run();
  }

  @Override
  public int queued() {
    return queued;
  }

  @Override
  public Runnable keep() {
    List<byte[]> waiting = List.copyOf(pieces);
    int takenThen = taken;
    int queuedThen = queued;
    return () -> {
      pieces.clear();
      pieces.addAll(waiting);
      taken = takenThen;
      queued = queuedThen;
    };
  }

  @Override
  public void onDrained(Runnable action) {
    drained = action;
  }
}
