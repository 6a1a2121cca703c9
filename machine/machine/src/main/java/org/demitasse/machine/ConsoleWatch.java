package org.demitasse.machine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads along with the console for what only its text tells: the text that the user waits for, a kernel's panic, and
 * NetBSD's halt, which polls for a key and so looks busy.
 */
final class ConsoleWatch implements ConsoleOutput {
  /** What the console told. Called on the machine's thread. */
  interface Listener {
    /** The guest has printed its first byte. */
    void firstByte();

    /** The guest has printed the text that the user waits for; told once. */
    void textSeen();

    /** The guest has halted and waits for a key. */
    void haltedForKey();

    /** The guest's kernel has panicked, for the reason in this line. */
    void panicked(String line);

    /** Some other byte after a panic: the kernel is still telling about it. */
    void stillTalking();
  }

  /** What Linux and NetBSD put before the lines of their kernels. */
  private static final String TIME_STAMP = "^(?:\\[[ 0-9.]+\\](?:\\[[ TC0-9]+\\])? ?)?";

  /** The same behind a line that the kernel did not end, as Linux's early complaints. */
  private static final String LATE_TIME_STAMP = "\\[ *[0-9]+\\.[0-9]{6}\\](?:\\[[ TC0-9]+\\])? ";

  /** What Xen puts before its lines. */
  private static final String XEN = "^\\(XEN\\) (?:\\[[^]]*\\] )?";

  /** Linux and FreeBSD, NetBSD, OpenBSD, Mach with a place in its source; Xen, the reason on the line after. */
  private static final Pattern PANIC =
      Pattern.compile(
          ("(?:" + TIME_STAMP + "|" + LATE_TIME_STAMP + "|" + XEN + ")")
              + "((?:Kernel panic - not syncing|panic)(?:\\[[^]]*\\]| [^ ]+\\.c:[0-9]+)?: .*|Panic on CPU [0-9]+:)$");

  /** NetBSD's last two lines, the second right after the first: one alone may come from a program. */
  private static final Pattern HALTED = Pattern.compile(TIME_STAMP + "The operating system has halted\\.$");

  private static final Pattern PRESS_ANY_KEY = Pattern.compile(TIME_STAMP + "Please press any key to reboot\\.$");
  private static final int MAX_LINE = 500;
  private static final int LINES = 10;

  private final ConsoleOutput next;
  private final Listener listener;
  private final @Nullable TextMatcher until;
  private final byte[] line = new byte[MAX_LINE];
  private int length;
  private boolean printed;
  private boolean found;
  private boolean panicked;
  private boolean saidHalted;
  private final ArrayDeque<String> lastLines = new ArrayDeque<>();

  /**
   * Watches what goes to another output.
   *
   * @param until the text that the user waits for, or null
   */
  ConsoleWatch(ConsoleOutput next, Listener listener, @Nullable String until) {
    this.next = next;
    this.listener = listener;
    this.until = until == null ? null : new TextMatcher(until);
  }

  @Override
  public void put(int value) {
    if (!printed) {
      printed = true;
      listener.firstByte();
    }
    next.put(value);
    if (until != null && until.feed(value) && !found) {
      found = true;
      listener.textSeen();
    }
    if (panicked) {
      listener.stillTalking();
    }
    if (value == '\n') {
      endOfLine();
    } else if (length < MAX_LINE && value != '\r') {
      line[length++] = (byte) value;
    }
  }

  /** The last lines, with what stands on the one that is not ended. */
  List<String> lastLines() {
    List<String> lines = new ArrayList<>(lastLines);
    if (length > 0) {
      lines.add(text());
    }
    return lines;
  }

  private String text() {
    return new String(line, 0, length, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "");
  }

  private void endOfLine() {
    String text = new String(line, 0, length, StandardCharsets.UTF_8);
    if (!text.isBlank()) {
      lastLines.add(text());
      if (lastLines.size() > LINES) {
        lastLines.remove();
      }
    }
    length = 0;
    Matcher panic = PANIC.matcher(text);
    if (!panicked && panic.find()) {
      panicked = true;
      listener.panicked(panic.group(1));
    } else if (saidHalted && PRESS_ANY_KEY.matcher(text).find()) {
      listener.haltedForKey();
    }
    saidHalted = HALTED.matcher(text).find();
  }
}
