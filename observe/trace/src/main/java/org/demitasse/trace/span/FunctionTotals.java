package org.demitasse.trace.span;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Adds up what each function cost, in all tracks. */
public final class FunctionTotals implements SpanSink {
  private static final int FIELDS = 4;

  private final List<String> names = new ArrayList<>();
  private long[] sums = new long[FIELDS * 256];
  private long work;
  private long waited;
  private long length;

  /** Makes empty sums. */
  public FunctionTotals() {}

  @Override
  public void string(int number, String text) {
    names.add(text);
    if (names.size() * FIELDS > sums.length) {
      sums = Arrays.copyOf(sums, sums.length * 2);
    }
  }

  @Override
  public void close(Span span) {
    int at = span.function * FIELDS;
    sums[at]++;
    if (span.outermost) {
      sums[at + 1] += span.busy;
      sums[at + 3] += span.length() - span.busy;
    }
    sums[at + 2] += span.self;
    work += span.self;
    waited += span.waiting ? span.length() : 0;
  }

  @Override
  public void end(long time) {
    length = time;
  }

  /** Ticks of work in all tracks together. */
  public long work() {
    return work;
  }

  /** Ticks of waiting in all tracks together. */
  public long waited() {
    return waited;
  }

  /** Ticks from the start of the trace to its end. */
  public long length() {
    return length;
  }

  /** All functions that ran, in the order in which the trace introduced them. */
  public List<FunctionTotal> all() {
    List<FunctionTotal> all = new ArrayList<>();
    for (int n = 0; n < names.size(); n++) {
      int at = n * FIELDS;
      if (sums[at] != 0) {
        all.add(new FunctionTotal(names.get(n), sums[at], sums[at + 1], sums[at + 2], sums[at + 3]));
      }
    }
    return all;
  }
}
