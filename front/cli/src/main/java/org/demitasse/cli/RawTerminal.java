package org.demitasse.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.EnumSet;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The terminal in raw mode: every key goes to the guest, Ctrl-C too. Put back as it was when closed or at exit. */
final class RawTerminal implements AutoCloseable {
  private final Terminal terminal;
  private final Attributes before;

  private RawTerminal(Terminal terminal) {
    this.terminal = terminal;
    this.before = terminal.getAttributes();
  }

  static RawTerminal open() throws IOException {
    // Without grapheme clusters JLine asks the terminal nothing: its questions would show up in the console.
    Terminal terminal =
        TerminalBuilder.builder().system(true).dumb(false).nativeSignals(false).graphemeCluster(false).build();
    RawTerminal raw = new RawTerminal(terminal);
    Attributes attributes = new Attributes(raw.before);
    attributes.setLocalFlags(EnumSet.of(LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.ISIG, LocalFlag.IEXTEN), false);
    attributes.setInputFlags(
        EnumSet.of(
            InputFlag.IXON, InputFlag.ICRNL, InputFlag.INLCR, InputFlag.IGNCR, InputFlag.BRKINT, InputFlag.ISTRIP),
        false);
    attributes.setOutputFlag(OutputFlag.OPOST, false); // the guest sends its own carriage returns
    attributes.setControlChar(ControlChar.VMIN, 1);
    attributes.setControlChar(ControlChar.VTIME, 0);
    terminal.setAttributes(attributes);
    return raw;
  }

  /**
   * What is typed. Not JLine's own stream: its shutdown hook would wait for the lock of a reader that waits for a key.
   */
  InputStream input() {
    return System.in;
  }

  /** Puts the terminal back. If a signal ends the process first, JLine's own shutdown hook does that. */
  @Override
  public void close() {
    terminal.setAttributes(before);
  }
}
