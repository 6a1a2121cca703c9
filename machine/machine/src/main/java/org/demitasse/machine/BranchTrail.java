package org.demitasse.machine;

import java.util.ArrayList;
import java.util.List;

/** The last branches of a vCPU as a few lines of text: what was repeated is told once, with its number. */
final class BranchTrail {
  private static final int MOST = 100;
  private static final int LONGEST_LOOP = 12;
  private static final int WIDTH = 110;

  private BranchTrail() {}

  /** Writes them, the last one last; nothing if there are none. */
  static List<String> lines(List<String> targets) {
    List<String> words = new ArrayList<>();
    List<String> last = targets.subList(Math.max(0, targets.size() - MOST), targets.size());
    for (int at = 0; at < last.size(); ) {
      int length = loop(last, at);
      int times = times(last, at, length);
      if (times > 1) {
        List<String> body = last.subList(at, at + length);
        words.add(
            length == 1
                ? "%s x%d".formatted(body.getFirst(), times)
                : "(%s) x%d".formatted(String.join(" ", body), times));
      } else {
        words.add(last.get(at));
        length = 1;
      }
      at += length * times;
    }
    return wrapped(words);
  }

  /** The length of the loop that covers most from here on; 1 if there is none. */
  private static int loop(List<String> targets, int at) {
    int best = 1;
    int covered = times(targets, at, 1);
    for (int length = 2; length <= LONGEST_LOOP; length++) {
      int times = times(targets, at, length);
      if (times > 1 && times * length > covered) {
        best = length;
        covered = times * length;
      }
    }
    return best;
  }

  private static int times(List<String> targets, int at, int length) {
    int times = 1;
    while (at + (times + 1) * length <= targets.size()
        && targets.subList(at, at + length).equals(targets.subList(at + times * length, at + (times + 1) * length))) {
      times++;
    }
    return times;
  }

  private static List<String> wrapped(List<String> words) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder("branches");
    for (String word : words) {
      if (line.length() + word.length() >= WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
        line.append("        ");
      }
      line.append(' ').append(word);
    }
    if (!words.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }
}
