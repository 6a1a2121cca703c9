package org.demitasse.trace.tslog;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One line of a tslog, understood. */
sealed interface TslogLine {
  /** {@code 0xTHREAD TSC ENTER|EXIT|THREAD|EVENT FUNCTION [STRING]}, of the sysctl debug.tslog. */
  record Kernel(String thread, long tsc, String type, String function, String string) implements TslogLine {
    /** Both texts: a thread's name, which may have blanks in it, or what an event tells. */
    String text() {
      return (function + " " + string).strip();
    }

    /**
     * Whether it is an event of this kind, whose topic follows: kernels write the kind where functions have their name
     * (FreeBSD: sys/sys/tslog.h); one behind a function's name is taken, too.
     */
    boolean isEvent(String kind) {
      return function.equals(kind) || string.equals(kind) || string.startsWith(kind + " ");
    }
  }

  /**
   * {@code PID PPID TSC_FORK TSC_EXIT "EXECNAME" "NAMEI"}, of the sysctl debug.tslog_user; a time of 0 is none.
   *
   * @param path the first path that the process looked up, or empty
   */
  record User(int pid, int parent, long forked, long exited, String program, String path) implements TslogLine {}

  /** Two records in one line, as when two writers share a console. */
  Pattern MIXED = Pattern.compile("0x[0-9a-f]+ +\\d+ +(ENTER|EXIT|THREAD|EVENT)\\b");

  Pattern USER = Pattern.compile("(\\d{1,9}) +(\\d{1,9}) +(\\d{1,19}) +(\\d{1,19}) +\"([^\"]*)\" +\"([^\"]*)\"");

  /** The NUL that {@code sysctl -b} puts behind its text, which comes before the next one's first line. */
  String NUL = "\0";

  /** Reads a line; null if it is none of a tslog, or a damaged one. */
  static @Nullable TslogLine parse(String text) {
    String line = text.replace(NUL, "").strip();
    return line.startsWith("0x") ? kernel(line) : user(line);
  }

  private static @Nullable TslogLine kernel(String line) {
    String[] words = line.split(" +", 5);
    if (words.length < 3 || MIXED.matcher(line).results().count() > 1) {
      return null;
    }
    try {
      long _ = Long.parseUnsignedLong(words[0], 2, words[0].length(), 16);
      long tsc = Long.parseLong(words[1]);
      boolean known =
          switch (words[2]) {
            case "ENTER", "EXIT", "EVENT", "THREAD" -> true;
            default -> false;
          };
      return known && tsc >= 0
          ? new Kernel(words[0], tsc, words[2], words.length > 3 ? words[3] : "", words.length > 4 ? words[4] : "")
          : null;
    } catch (NumberFormatException other) {
      return null;
    }
  }

  private static @Nullable TslogLine user(String line) {
    Matcher words = USER.matcher(line);
    if (!words.matches()) {
      return null;
    }
    try {
      return new User(
          Integer.parseInt(words.group(1)),
          Integer.parseInt(words.group(2)),
          Long.parseLong(words.group(3)),
          Long.parseLong(words.group(4)),
          words.group(5),
          words.group(6));
    } catch (NumberFormatException tooLarge) {
      return null;
    }
  }
}
