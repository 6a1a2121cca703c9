package org.demitasse.trace.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSource;
import org.demitasse.trace.span.FunctionTotal;
import org.demitasse.trace.span.FunctionTotals;
import org.demitasse.trace.span.SpanBuilder;
import org.demitasse.trace.span.SpanSink;

/**
 * What a trace says in numbers: one reading of it.
 *
 * @param info what it is of
 * @param length ticks from start to end
 * @param work ticks of work in all threads
 * @param waited ticks in which the vCPUs were idle
 * @param milestones name and time, first ones only, in order
 * @param functions every function that ran
 * @param events how often what happened, by kind and text
 * @param costs ticks of work of each kind
 * @param exits what leaving the guest cost, by reason, the most expensive first
 * @param delayLoops functions that read a clock over and over, the most expensive first
 * @param troubles what was wrong with the trace, in words; empty if nothing
 * @param breakOff where its end is missing, as {@link TraceSource#breakOff} says it; nothing if it is whole
 */
public record TraceSummary(
    TraceInfo info,
    long length,
    long work,
    long waited,
    Map<String, Long> milestones,
    List<FunctionTotal> functions,
    Map<EventKind, Map<String, Long>> events,
    Map<CostKind, Long> costs,
    List<Exit> exits,
    List<DelayLoop> delayLoops,
    List<String> troubles,
    Optional<String> breakOff) {
  /**
   * Exits for one reason.
   *
   * @param reason as the engine calls it
   * @param count how many
   * @param ticks how long all of them took
   * @param longest how long the longest one took
   */
  public record Exit(String reason, long count, long ticks, long longest) {}

  /**
   * A function whose way out depends on a clock.
   *
   * @param function which
   * @param clock the device that it reads
   * @param reads how often it read it
   * @param self ticks of work in it
   * @param askers the functions that called it for longest, the first three
   */
  public record DelayLoop(String function, String clock, long reads, long self, List<Asker> askers) {}

  /**
   * Who had something waited for.
   *
   * @param function which
   * @param busy ticks of work in calls by it
   */
  public record Asker(String function, long busy) {}

  /** Reads a trace. */
  public static TraceSummary of(TraceSource trace) throws IOException {
    Reading reading = new Reading();
    SpanBuilder builder = new SpanBuilder(reading);
    trace.read(builder);
    return reading.summary(trace, builder);
  }

  private static final class Reading implements SpanSink {
    /** Devices that tell time: reading them again and again is waiting. */
    private static final List<String> CLOCKS =
        List.of("tsc", "pit", "system control port b", "rtc", "acpi power", "lapic timer");

    /** Reads of a clock in one call that make it a delay loop. */
    private static final int READS_OF_A_LOOP = 16;

    private static final int MOST_ASKERS = 3;

    private final FunctionTotals totals = new FunctionTotals();
    private final List<String> strings = new ArrayList<>();
    private final List<CostKind[]> kinds = new ArrayList<>();
    private final Map<String, Long> milestones = new LinkedHashMap<>();
    private final Map<EventKind, long[]> counts = new EnumMap<>(EventKind.class);
    private final long[] costs = new long[CostKind.values().length];
    private final Map<Long, long[]> clockReads = new HashMap<>();
    private final Map<Integer, long[]> exits = new HashMap<>(); // by text: how many, how long, the longest
    private final BitSet clockReaders = new BitSet();
    private final Map<Long, long[]> asked = new HashMap<>(); // by who called, and in the upper half what
    private int[][] open = new int[16][];
    private int[] depths = new int[16];

    @Override
    public void string(int number, String text) {
      totals.string(number, text);
      strings.add(text);
      kinds.add(Arrays.stream(CostKind.values()).filter(kind -> kind.isDoneBy(text)).toArray(CostKind[]::new));
    }

    @Override
    public void open(int track, int depth, int function, long start) {
      if (track >= open.length) {
        open = Arrays.copyOf(open, Math.max(track + 1, open.length * 2));
        depths = Arrays.copyOf(depths, open.length);
      }
      if (open[track] == null || depth >= open[track].length) {
        int[] old = open[track];
        open[track] = old == null ? new int[depth + 32] : Arrays.copyOf(old, depth * 2);
      }
      open[track][depth] = function;
      depths[track] = depth + 1;
    }

    @Override
    public void close(Span span) {
      totals.close(span);
      depths[span.track] = span.depth;
      if (span.depth > 0 && clockReaders.get(span.function)) {
        long key = (long) span.function << 32 | open[span.track][span.depth - 1];
        asked.computeIfAbsent(key, unseen -> new long[1])[0] += span.busy;
      }
      for (CostKind kind : kinds.get(span.function)) {
        if (!isInside(kind, span.track, span.depth)) {
          costs[kind.ordinal()] += span.busy;
        }
      }
    }

    private boolean isInside(CostKind kind, int track, int depth) {
      for (int at = 0; at < depth; at++) {
        for (CostKind outer : kinds.get(open[track][at])) {
          if (outer == kind) {
            return true;
          }
        }
      }
      return false;
    }

    @Override
    public void event(int track, long time, EventKind kind, int text) {
      if (kind == EventKind.MILESTONE) {
        milestones.putIfAbsent(strings.get(text), time);
      }
      long[] of = counts.computeIfAbsent(kind, unseen -> new long[64]);
      if (text >= of.length) {
        of = Arrays.copyOf(of, Math.max(text + 1, of.length * 2));
        counts.put(kind, of);
      }
      of[text]++;
      if (kind == EventKind.DEVICE
          && track < depths.length
          && depths[track] > 0
          && CLOCKS.contains(strings.get(text))) {
        long key = (long) open[track][depths[track] - 1] << 32 | text;
        clockReads.computeIfAbsent(key, unseen -> new long[1])[0]++;
        clockReaders.set((int) (key >>> 32));
      }
    }

    @Override
    public void cost(int track, long time, EventKind kind, int text, long ticks) {
      event(track, time, kind, text);
      if (kind == EventKind.EXIT) {
        long[] sums = exits.computeIfAbsent(text, unseen -> new long[3]);
        sums[0]++;
        sums[1] += ticks;
        sums[2] = Math.max(sums[2], ticks);
      }
    }

    private List<Exit> exitsByCost() {
      return exits.entrySet().stream()
          .map(entry ->
              new Exit(strings.get(entry.getKey()), entry.getValue()[0], entry.getValue()[1], entry.getValue()[2]))
          .sorted(Comparator.comparingLong(Exit::ticks).reversed().thenComparing(Exit::reason))
          .toList();
    }

    @Override
    public void end(long time) {
      totals.end(time);
    }

    TraceSummary summary(TraceSource trace, SpanBuilder builder) {
      List<FunctionTotal> functions = totals.all();
      Map<CostKind, Long> costOf = new EnumMap<>(CostKind.class);
      for (CostKind kind : CostKind.values()) {
        costOf.put(kind, costs[kind.ordinal()]);
      }
      return new TraceSummary(
          trace.info(),
          totals.length(),
          totals.work(),
          functions.stream().filter(f -> f.name().equals("(idle)")).mapToLong(FunctionTotal::waited).sum(),
          milestones,
          functions,
          events(),
          costOf,
          exitsByCost(),
          delayLoops(functions),
          troubles(trace, builder),
          trace.breakOff());
    }

    private Map<EventKind, Map<String, Long>> events() {
      Map<EventKind, Map<String, Long>> events = new EnumMap<>(EventKind.class);
      counts.forEach((kind, of) -> {
        Map<String, Long> byText = new LinkedHashMap<>();
        for (int text = 0; text < of.length; text++) {
          if (of[text] > 0) {
            byText.put(strings.get(text), of[text]);
          }
        }
        events.put(kind, byText);
      });
      return events;
    }

    private List<DelayLoop> delayLoops(List<FunctionTotal> functions) {
      Map<String, FunctionTotal> byName = new HashMap<>();
      functions.forEach(f -> byName.put(f.name(), f));
      List<DelayLoop> loops = new ArrayList<>();
      clockReads.forEach((key, reads) -> {
        FunctionTotal function = byName.get(strings.get((int) (key >>> 32)));
        if (function != null && reads[0] >= READS_OF_A_LOOP * function.calls()) {
          loops.add(
              new DelayLoop(
                  function.name(), strings.get(key.intValue()), reads[0], function.self(), askers((int) (key >>> 32))));
        }
      });
      loops.sort(Comparator.comparingLong(DelayLoop::self).reversed().thenComparing(DelayLoop::function));
      return loops;
    }

    private List<Asker> askers(int function) {
      return asked.entrySet().stream()
          .filter(entry -> entry.getKey() >>> 32 == function)
          .map(entry -> new Asker(strings.get(entry.getKey().intValue()), entry.getValue()[0]))
          .sorted(Comparator.comparingLong(Asker::busy).reversed().thenComparing(Asker::function))
          .limit(MOST_ASKERS)
          .toList();
    }

    private static List<String> troubles(TraceSource trace, SpanBuilder builder) {
      List<String> troubles = new ArrayList<>(trace.troubles());
      add(troubles, builder.timesBackwards(), "records that went back in time, and were taken as simultaneous");
      add(troubles, builder.unmatchedExits(), "exits without an enter, which were passed over");
      add(troubles, builder.tooDeep(), "calls nested too deeply, which belong to their callers");
      return troubles;
    }

    private static void add(List<String> troubles, long count, String what) {
      if (count > 0) {
        troubles.add("%s: %,d".formatted(what, count));
      }
    }
  }
}
