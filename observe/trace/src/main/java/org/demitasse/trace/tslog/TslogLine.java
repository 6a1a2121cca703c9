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

  /** By hand, as there may be millions of them: patterns took four times as long. */
  private static @Nullable TslogLine kernel(String line) {
    int threadEnd = end(line, 0);
    int tsc = next(line, threadEnd);
    int tscEnd = end(line, tsc);
    int type = next(line, tscEnd);
    int typeEnd = end(line, type);
    int function = next(line, typeEnd);
    int functionEnd = end(line, function);
    boolean mayBeMixed = line.indexOf("0x", 2) >= 0;
    if (type == typeEnd || mayBeMixed && MIXED.matcher(line).results().count() > 1) {
      return null;
    }
    try {
      long _ = Long.parseUnsignedLong(line, 2, threadEnd, 16);
      long time = Long.parseLong(line, tsc, tscEnd, 10);
      boolean known =
          switch (line.substring(type, typeEnd)) {
            case "ENTER", "EXIT", "EVENT", "THREAD" -> true;
            default -> false;
          };
      return known && time >= 0
          ? new Kernel(
              line.substring(0, threadEnd),
              time,
              line.substring(type, typeEnd),
              line.substring(function, functionEnd),
              line.substring(next(line, functionEnd)))
          : null;
    } catch (NumberFormatException other) {
      return null;
    }
  }

  /** Where the word ends that begins there. */
  private static int end(String line, int start) {
    int space = line.indexOf(' ', start);
    return space < 0 ? line.length() : space;
  }

  /** Where the next word begins, or the line ends. */
  private static int next(String line, int end) {
    int at = end;
    while (at < line.length() && line.charAt(at) == ' ') {
      at++;
    }
    return at;
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
