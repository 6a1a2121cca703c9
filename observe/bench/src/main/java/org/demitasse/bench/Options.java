package org.demitasse.bench;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to measure.
 *
 * @param runs counted runs of each contestant
 * @param timeoutSeconds longest run
 * @param json where the figures go as JSON, or null
 */
record Options(int runs, int timeoutSeconds, @Nullable Path json) {
  static final int RUNS = 5;
  static final int TIMEOUT_SECONDS = 300;

  /**
   * Reads the words behind the benchmark's name.
   *
   * @throws IllegalArgumentException with a sentence for the user
   */
  static Options parse(List<String> words) {
    int runs = RUNS;
    int timeout = TIMEOUT_SECONDS;
    Path json = null;
    for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
      String word = rest.next();
      switch (word) {
        case "--runs" -> runs = number(word, rest);
        case "--timeout" -> timeout = number(word, rest);
        case "--json" -> json = Path.of(value(word, rest));
        default -> throw new IllegalArgumentException("bench: unknown word " + word);
      }
    }
    return new Options(runs, timeout, json);
  }

  private static String value(String word, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new IllegalArgumentException("bench: " + word + " needs a value");
    }
    return rest.next();
  }

  private static int number(String word, Iterator<String> rest) {
    String value = value(word, rest);
    try {
      int number = Integer.parseInt(value);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // the sentence below tells
    }
    throw new IllegalArgumentException("bench: " + word + " needs a positive number, not " + value);
  }
}
