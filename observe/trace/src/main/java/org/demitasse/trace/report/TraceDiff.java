package org.demitasse.trace.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.demitasse.trace.span.FunctionTotal;

/**
 * What changed from one boot to another, function by function.
 *
 * @param functions those whose cost or calls changed, the greatest change of self first
 * @param milestones time of each in both; -1 where it was not reached
 */
public record TraceDiff(List<Change> functions, Map<String, long[]> milestones) {
  private static final FunctionTotal NONE = new FunctionTotal("", 0, 0, 0, 0);

  /** One function in both boots; zeros where it did not run. */
  public record Change(String name, FunctionTotal before, FunctionTotal after) {
    /** Ticks more than before in the function itself. */
    public long self() {
      return after.self() - before.self();
    }

    /** Ticks more than before in the function and what it calls. */
    public long total() {
      return after.total() - before.total();
    }
  }

  /** Compares two boots by the names of their functions. */
  public static TraceDiff of(TraceSummary before, TraceSummary after) {
    Map<String, FunctionTotal[]> both = new LinkedHashMap<>();
    before.functions().forEach(f -> both.computeIfAbsent(f.name(), unseen -> new FunctionTotal[] {NONE, NONE})[0] = f);
    after.functions().forEach(f -> both.computeIfAbsent(f.name(), unseen -> new FunctionTotal[] {NONE, NONE})[1] = f);
    List<Change> changes = new ArrayList<>();
    both.forEach((name, pair) -> {
      Change change = new Change(name, pair[0], pair[1]);
      if (change.self() != 0 || change.total() != 0 || pair[0].calls() != pair[1].calls()) {
        changes.add(change);
      }
    });
    changes.sort(Comparator.comparingLong((Change c) -> Math.abs(c.self())).reversed().thenComparing(Change::name));
    Map<String, long[]> milestones = new LinkedHashMap<>();
    before.milestones().forEach((name, time) -> milestones.put(name, new long[] {time, -1}));
    after
        .milestones()
        .forEach((name, time) -> milestones.computeIfAbsent(name, unseen -> new long[] {-1, -1})[1] = time);
    return new TraceDiff(changes, milestones);
  }

  /** Share of change of each function for a chart: -1 (gone) to 1 (new or many times as much). */
  public Map<String, Double> shares() {
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Change change : functions) {
      double more = Math.max(change.before.total(), change.after.total());
      shares.put(change.name, more == 0 ? 0 : change.total() / more);
    }
    return shares;
  }
}
