package org.demitasse.virtio.console;

import java.util.function.Consumer;

/**
 * One port of a console device, the host's end of it: bytes in both directions. Under the machine's lock; input from
 * another thread is posted to the machine.
 */
public final class ConsolePort {
  private static final int INPUT_BYTES = 64 << 10;

  private final String name;
  private final Consumer<byte[]> output;
  private final ByteFifo input = new ByteFifo(INPUT_BYTES);
  private Runnable inputArrived = () -> {};
  private Runnable room = () -> {};
  private Consumer<Boolean> guestOpenChanged = open -> {};
  private boolean full;
  private boolean guestOpen;

  /**
   * Makes a port.
   *
   * @param name how Linux guests name it under /dev/virtio-ports; empty for none
   * @param output takes what the guest writes; the array is its own to keep
   */
  public ConsolePort(String name, Consumer<byte[]> output) {
    this.name = name;
    this.output = output;
  }

  /** The port's name, or an empty string. */
  public String name() {
    return name;
  }

  /**
   * Sends bytes [from, from + count) of an array to the guest.
   *
   * @return how many were taken; offer the rest again when {@link #onRoom} says so
   */
  public int input(byte[] bytes, int from, int count) {
    int taken = input.put(bytes, from, count);
    inputArrived.run();
    int more = input.put(bytes, from + taken, count - taken); // what the guest took at once made room
    full = taken + more < count;
    if (more > 0) {
      inputArrived.run();
    }
    return taken + more;
  }

  /** How many bytes the guest has not taken yet. */
  public int inputWaiting() {
    return input.size();
  }

  /** Sets what runs when there is room again after {@link #input} took less than all. */
  public void onRoom(Runnable action) {
    room = action;
  }

  /** Whether the guest has said that it has the port open: a program, or for the console its driver. */
  public boolean guestOpen() {
    return guestOpen;
  }

  /** Sets who is told when a program in the guest opens or closes the port. */
  public void onGuestOpen(Consumer<Boolean> action) {
    guestOpenChanged = action;
  }

  void onInput(Runnable action) {
    inputArrived = action;
  }

  ByteFifo inputFifo() {
    return input;
  }

  void write(byte[] bytes) {
    output.accept(bytes);
  }

  void tellRoom() {
    if (full && input.room() > 0) {
      full = false;
      room.run();
    }
  }

  void setGuestOpen(boolean open) {
    if (open != guestOpen) {
      guestOpen = open;
      guestOpenChanged.accept(open);
    }
  }

  /**
   * A port's state.
   *
   * @param guestOpen whether a program in the guest has it open
   * @param input what the guest has not taken yet
   */
  public record State(boolean guestOpen, byte[] input) {}

  State save() {
    return new State(guestOpen, input.peek(input.size()));
  }

  void restore(State state) {
    guestOpen = state.guestOpen;
    input.clear();
    input.put(state.input, 0, state.input.length);
  }
}
