package org.demitasse.trace.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.demitasse.trace.record.TraceFormatException;
import org.demitasse.trace.span.FunctionTotal;

/**
 * What a boot may cost: a text of lines {@code KIND LIMIT NAME}. Kinds: {@code length} and {@code work} of all, {@code
 * milestone} for when one is reached, {@code total}, {@code self} and {@code calls} of a function. Limits are ticks.
 *
 * @param limits in the order of the file
 */
public record Budget(List<Limit> limits) {
  private static final int MAX_LIMITS = 100_000;

  /** What is limited. */
  public enum Kind {
    /** Ticks from start to end. */
    LENGTH,
    /** Ticks of work in all threads. */
    WORK,
    /** When a milestone is reached. */
    MILESTONE,
    /** Ticks of work in a function and what it calls. */
    TOTAL,
    /** Ticks of work in a function itself. */
    SELF,
    /** How often a function runs. */
    CALLS
  }

  /**
   * One limit.
   *
   * @param name of a milestone or function; "all" for the others
   */
  public record Limit(Kind kind, long most, String name) {}

  /**
   * A limit and what was measured.
   *
   * @param measured -1 if a milestone was not reached
   */
  public record Verdict(Limit limit, long measured) {
    /** Says whether the limit is kept. */
    public boolean isKept() {
      return measured >= 0 && measured <= limit.most;
    }
  }

  /** Takes a copy. */
  public Budget {
    limits = List.copyOf(limits);
  }

  /**
   * Makes the budget of a good boot.
   *
   * @param marginPercent how much more than now is allowed
   * @param functions how many functions, the most expensive by total, get a limit
   */
  public static Budget of(TraceSummary boot, double marginPercent, int functions) {
    List<Limit> limits = new ArrayList<>();
    Function<Long, Long> more = ticks -> (long) Math.floor(ticks * (1 + marginPercent / 100));
    limits.add(new Limit(Kind.LENGTH, more.apply(boot.length()), "all"));
    limits.add(new Limit(Kind.WORK, more.apply(boot.work()), "all"));
    boot.milestones().forEach((name, time) -> limits.add(new Limit(Kind.MILESTONE, more.apply(time), name)));
    boot.functions().stream()
        .filter(f -> f.total() > 0)
        .sorted(Comparator.comparingLong(FunctionTotal::total).reversed().thenComparing(FunctionTotal::name))
        .limit(functions)
        .forEach(f -> limits.add(new Limit(Kind.TOTAL, more.apply(f.total()), f.name())));
    return new Budget(limits);
  }

  /**
   * Reads a budget's text.
   *
   * @throws TraceFormatException if a line is none of a budget, saying which
   */
  public static Budget parse(String text) throws TraceFormatException {
    List<Limit> limits = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().map(String::strip).toList()) {
      number++;
      if (!line.isEmpty() && !line.startsWith("#")) {
        limits.add(limit(line, number));
      }
      if (limits.size() > MAX_LIMITS) {
        throw new TraceFormatException("a budget has at most %d limits".formatted(MAX_LIMITS));
      }
    }
    return new Budget(limits);
  }

  private static Limit limit(String line, int number) throws TraceFormatException {
    String[] words = line.split("\\s+", 3);
    try {
      return new Limit(
          Kind.valueOf(words[0].toUpperCase(java.util.Locale.ROOT)),
          Long.parseLong(words[1]),
          words.length > 2 ? words[2] : "all");
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException wrong) {
      throw new TraceFormatException(
          "line %d of the budget is not KIND LIMIT NAME, with length, work, milestone, total, self or calls for KIND: %s"
              .formatted(number, line));
    }
  }

  /** The budget as text, with a comment that tells of what. */
  public String text(TraceSummary boot) {
    return limits.stream()
        .map(l -> "%s %d %s%n".formatted(l.kind.name().toLowerCase(java.util.Locale.ROOT), l.most, l.name))
        .collect(
            Collectors.joining(
                "",
                "# Limits in %s, made by demi trace budget of: %s%n".formatted(boot.info().unit(), boot.info().title()),
                ""));
  }

  /** Measures a boot against the limits. A function that did not run cost nothing. */
  public List<Verdict> check(TraceSummary boot) {
    Map<String, FunctionTotal> functions =
        boot.functions().stream().collect(Collectors.toMap(FunctionTotal::name, Function.identity(), (a, b) -> a));
    FunctionTotal none = new FunctionTotal("", 0, 0, 0, 0);
    List<Verdict> verdicts = new ArrayList<>();
    for (Limit limit : limits) {
      FunctionTotal function = functions.getOrDefault(limit.name, none);
      long measured =
          switch (limit.kind) {
            case LENGTH -> boot.length();
            case WORK -> boot.work();
            case MILESTONE -> boot.milestones().getOrDefault(limit.name, -1L);
            case TOTAL -> function.total();
            case SELF -> function.self();
            case CALLS -> function.calls();
          };
      verdicts.add(new Verdict(limit, measured));
    }
    return verdicts;
  }
}
