package org.demitasse.machine;

/** Lets each byte of the console out once, however often the instructions that print it are executed again. */
final class ConsoleGate implements ConsoleOutput {
  private final ConsoleOutput next;
  private long printed;
  private long furthest;

  ConsoleGate(ConsoleOutput next) {
    this.next = next;
  }

  @Override
  public void put(int value) {
    if (printed++ >= furthest) {
      furthest = printed;
      next.put(value);
    }
  }

  /** Takes a copy of where it is, as a task that goes back there. */
  Runnable keep() {
    long then = printed;
    return () -> printed = then;
  }

  /** What comes now was never printed: the past was changed. */
  void forgetFuture() {
    furthest = printed;
  }
}
