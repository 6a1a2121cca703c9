package org.demitasse.cli;

import java.io.ByteArrayOutputStream;

/**
 * Takes the keys that are ours out of what is typed: Ctrl-A, then x to leave, h for help, or Ctrl-A for the guest's
 * own.
 */
final class EscapeKeys {
  /** What Ctrl-A h shows. */
  static final String HELP =
      """

      Ctrl-A x       leave: ends the guest at once
      Ctrl-A h       this help
      Ctrl-A Ctrl-A  send Ctrl-A to the guest
      """;

  private static final int CTRL_A = 1;

  private final Runnable onLeave;
  private final Runnable onHelp;
  private boolean escaped;

  EscapeKeys(Runnable onLeave, Runnable onHelp) {
    this.onLeave = onLeave;
    this.onHelp = onHelp;
  }

  /** Gives back those of the first {@code length} bytes that are for the guest. */
  byte[] filter(byte[] typed, int length) {
    ByteArrayOutputStream forGuest = new ByteArrayOutputStream(length);
    for (int i = 0; i < length; i++) {
      byte key = typed[i];
      if (escaped) {
        escaped = false;
        switch (key) {
          case 'x', 'X' -> onLeave.run();
          case 'h', 'H', '?' -> onHelp.run();
          case CTRL_A, 'a' -> forGuest.write(CTRL_A);
          default -> {} // not one of ours: dropped, so that a slip of the finger does nothing
        }
      } else if (key == CTRL_A) {
        escaped = true;
      } else {
        forGuest.write(key);
      }
    }
    return forGuest.toByteArray();
  }
}
