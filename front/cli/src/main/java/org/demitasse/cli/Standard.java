package org.demitasse.cli;

import java.io.Console;

/** What the process was started with. */
final class Standard {
  /** Set by the launcher, as a shell knows it for nothing: true or false. */
  private static final String TERMINAL = "demi.terminal";

  private Standard() {}

  /** Says whether standard input is a terminal. */
  static boolean inputIsTerminal() {
    String told = System.getProperty(TERMINAL);
    if (told != null) {
      return told.equals("true");
    }
    @SuppressWarnings("SystemConsoleNull") // null where there is no console at all
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
