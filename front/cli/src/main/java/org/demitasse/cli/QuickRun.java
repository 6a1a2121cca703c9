package org.demitasse.cli;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the words of {@code demi run} without picocli, which takes longer to start than a small guest to run. Knows
 * only what is right: whatever is doubtful is left to picocli, which reads it again and explains it.
 */
final class QuickRun {
  private final RunCommand run = new RunCommand();
  private final Set<String> seen = new HashSet<>();

  private QuickRun() {}

  /** The command that {@code words} ask for, or null if picocli must read them. */
  static @Nullable RunCommand read(String... words) {
    if (words.length == 0 || !words[0].equals("run")) {
      return null;
    }
    try {
      QuickRun quick = new QuickRun();
      return quick.takeAll(words) ? quick.run : null;
    } catch (IllegalArgumentException notRight) { // a number, a file name, a constant
      return null;
    }
  }

  private boolean takeAll(String[] words) {
    for (int n = 1; n < words.length; n++) {
      String word = words[n];
      int sign = word.startsWith("--") ? word.indexOf('=') : -1;
      boolean taken;
      if (!word.startsWith("-")) {
        taken = isPlain(word) && seen.add("") && run.takeGuest(word);
      } else if (sign > 0) {
        taken = takeOption(word.substring(0, sign), word.substring(sign + 1));
      } else if (run.takeFlag(word)) {
        taken = seen.add(word);
      } else {
        n++;
        taken = n < words.length && takeOption(word, words[n]);
      }
      if (!taken) {
        return false;
      }
    }
    return true;
  }

  private boolean takeOption(String name, String value) {
    return isPlain(value) && (seen.add(RunCommand.longName(name)) || name.equals("--disk")) && run.take(name, value);
  }

  /** Nothing that picocli could see more in: an option, a file of arguments. */
  private static boolean isPlain(String value) {
    return !value.isEmpty() && !value.startsWith("-") && !value.startsWith("@");
  }
}
