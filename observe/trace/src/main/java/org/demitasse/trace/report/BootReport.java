package org.demitasse.trace.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.span.FunctionTotal;

/** One page of text about a trace: milestones, the most expensive functions, and what could be done without. */
public final class BootReport {
  private static final int TOP = 10;

  /** Share of all work from which on a kind of cost is worth a hint. */
  private static final double WORTH_A_HINT = 0.002;

  private final TraceSummary trace;
  private final KernelKind kernel;
  private final List<String> lines = new ArrayList<>();

  private BootReport(TraceSummary trace) {
    this.trace = trace;
    kernel = KernelKind.of(trace.functions());
  }

  /** The page, line by line. */
  public static List<String> of(TraceSummary trace) {
    BootReport report = new BootReport(trace);
    report.write();
    return report.lines;
  }

  private void write() {
    lines.add(trace.info().title());
    lines.add("length %s; idle %s".formatted(ticks(trace.length()), ticks(trace.waited())));
    trace.breakOff().ifPresent(where -> lines.add("note: this trace " + where));
    trace.troubles().forEach(trouble -> lines.add("note: " + trouble));
    if (!trace.milestones().isEmpty()) {
      heading("Milestones");
      trace.milestones().forEach((name, time) -> lines.add("%-28s %s".formatted(name, ticks(time))));
    }
    top("Most expensive by themselves", FunctionTotal::self);
    top("Most expensive with all that they call", FunctionTotal::total);
    costs();
    delayLoops();
    exits();
    devices();
  }

  private void heading(String text) {
    lines.add("");
    lines.add(text);
  }

  private void top(String title, ToLongFunction<FunctionTotal> cost) {
    heading(title);
    trace.functions().stream()
        .filter(f -> cost.applyAsLong(f) > 0)
        .sorted(Comparator.comparingLong(cost).reversed().thenComparing(FunctionTotal::name))
        .limit(TOP)
        .forEach(f ->
            lines.add(
                "%5.1f%%  %-34s %s in %,d calls"
                    .formatted(share(cost.applyAsLong(f)), f.name(), ticks(cost.applyAsLong(f)), f.calls())));
  }

  private void costs() {
    heading("What could be done without");
    int before = lines.size();
    trace.costs().entrySet().stream()
        .filter(cost -> cost.getValue() > trace.work() * WORTH_A_HINT)
        .sorted(Map.Entry.<CostKind, Long>comparingByValue().reversed())
        .forEach(cost -> {
          lines.add(
              "%5.1f%%  %-34s %s".formatted(share(cost.getValue()), cost.getKey().title(), ticks(cost.getValue())));
          lines.add("        " + cost.getKey().hint(kernel));
        });
    if (lines.size() == before) {
      lines.add("        nothing that is known to be unnecessary took more than 0.2 % of the work");
    }
  }

  private void delayLoops() {
    if (!trace.delayLoops().isEmpty()) {
      heading("Loops that wait for a clock");
      trace.delayLoops().stream().limit(TOP).forEach(this::delayLoop);
    }
  }

  private void delayLoop(TraceSummary.DelayLoop loop) {
    lines.add(
        "%5.1f%%  %-34s %s; read %s %,d times"
            .formatted(share(loop.self()), loop.function(), ticks(loop.self()), loop.clock(), loop.reads()));
    if (!loop.askers().isEmpty()) {
      lines.add(
          "        asked for by "
              + loop.askers().stream()
                  .map(asker -> "%s %s".formatted(asker.function(), ticks(asker.busy())))
                  .collect(Collectors.joining(", ")));
    }
  }

  private void exits() {
    if (!trace.exits().isEmpty()) {
      heading("Out of the guest, until it was entered again");
      trace
          .exits()
          .forEach(exit ->
              lines.add(
                  "%,10d  %-22s %s; each %s, the longest %s"
                      .formatted(
                          exit.count(),
                          exit.reason(),
                          ticks(exit.ticks()),
                          ticks(exit.ticks() / exit.count()),
                          ticks(exit.longest()))));
    }
  }

  private void devices() {
    Map<String, Long> devices = trace.events().getOrDefault(EventKind.DEVICE, Map.of());
    Map<String, Long> interrupts = trace.events().getOrDefault(EventKind.INTERRUPT, Map.of());
    Map<String, Long> faults = trace.events().getOrDefault(EventKind.FAULT, Map.of());
    if (!devices.isEmpty() || !interrupts.isEmpty() || !faults.isEmpty()) {
      heading("Accesses to devices, interrupts, exceptions");
      for (Map<String, Long> counts : List.of(devices, interrupts, faults)) {
        counts.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(TOP)
            .forEach(count -> lines.add("%,10d  %s".formatted(count.getValue(), count.getKey())));
      }
    }
  }

  private double share(long ticks) {
    return ticks * 100.0 / Math.max(1, trace.work());
  }

  private String ticks(long ticks) {
    return trace.info().format((double) ticks);
  }
}
