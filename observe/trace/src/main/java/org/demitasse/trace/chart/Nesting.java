package org.demitasse.trace.chart;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.trace.chart.Chart.Box;
import org.jspecify.annotations.Nullable;

/**
 * Makes boxes of one track nest, row by row. A span lies in the one around it, but a run of short ones may have begun
 * before the box above it did, or end after it: it is cut to the one that it is in for the longest time. What viewers
 * of other formats need, who know of no rows.
 */
final class Nesting {
  private final List<Box> nested = new ArrayList<>();
  private List<Box> above = List.of();
  private List<Box> row = new ArrayList<>();
  private int track = -1;
  private int depth;
  private int next; // the first box above that may still be over something

  private Nesting() {}

  /** Those of these boxes that are something, cut; in the same order. */
  static List<Box> of(List<Box> byTrackDepthAndStart) {
    Nesting nesting = new Nesting();
    byTrackDepthAndStart.forEach(nesting::add);
    return nesting.nested;
  }

  private void add(Box box) {
    if (box.track() != track || box.depth() != depth) {
      above = box.track() == track && box.depth() == depth + 1 ? row : List.of();
      row = new ArrayList<>();
      track = box.track();
      depth = box.depth();
      next = 0;
    }
    Box cut = depth == 0 || box.merged() == 1 ? box : cut(box);
    if (cut != null && cut.end() > cut.start()) {
      row.add(cut);
      nested.add(cut);
    }
  }

  private @Nullable Box cut(Box box) {
    while (next < above.size() && above.get(next).end() <= box.start()) {
      next++;
    }
    @Nullable Box best = null;
    for (int n = next; n < above.size() && above.get(n).start() < box.end(); n++) {
      Box over = inside(box, above.get(n));
      best = best == null || over.end() - over.start() > best.end() - best.start() ? over : best;
    }
    return best;
  }

  private static Box inside(Box box, Box outer) {
    long start = Math.max(box.start(), outer.start());
    long end = Math.min(box.end(), outer.end());
    return new Box(box.track(), box.depth(), box.name(), start, end, box.busy(), box.self(), box.merged());
  }
}
