package org.demitasse.machine;

/** Where the bytes of the guest's console go. Called on the machine's thread; should not block for long. */
@FunctionalInterface
public interface ConsoleOutput {
  /** Takes one byte, 0-255. */
  void put(int value);
}
