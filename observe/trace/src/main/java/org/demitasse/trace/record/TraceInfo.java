package org.demitasse.trace.record;

/**
 * What a trace is of.
 *
 * @param title a line for people: the kernel, the command
 * @param unit what a tick is: "instructions", "cycles", "ns"
 * @param ticksPerSecond ticks in a second of guest time; 0 if not known
 */
public record TraceInfo(String title, String unit, double ticksPerSecond) {
  /** One tick per instruction and per nanosecond of guest time, as the soft CPU's clock goes. */
  public static final String INSTRUCTIONS = "instructions";

  /** The host's nanoseconds. */
  public static final String NANOSECONDS = "nanoseconds";

  /** Ticks of a time stamp counter. */
  public static final String CYCLES = "cycles";

  /** Checks the frequency. */
  public TraceInfo {
    if (!(ticksPerSecond >= 0 && ticksPerSecond < 1e15)) {
      throw new IllegalArgumentException("ticks per second must be 0 to 1e15, not " + ticksPerSecond);
    }
  }

  /** A number of ticks as people like to read it: as time if the frequency is known, else as a number with a unit. */
  public String format(double ticks) {
    if (ticksPerSecond == 0) {
      return count(ticks) + " " + unit;
    }
    double seconds = ticks / ticksPerSecond;
    double size = Math.abs(seconds);
    String time =
        size >= 1 || size == 0
            ? "%.3f s".formatted(seconds)
            : size >= 1e-3 ? "%.3f ms".formatted(seconds * 1e3) : "%.3f µs".formatted(seconds * 1e6);
    return unit.equals(INSTRUCTIONS) ? time + " (" + count(ticks) + " instr)" : time;
  }

  private static String count(double ticks) {
    double size = Math.abs(ticks);
    return size >= 1e9
        ? "%.2f G".formatted(ticks / 1e9)
        : size >= 1e6
            ? "%.2f M".formatted(ticks / 1e6)
            : size >= 1e4 ? "%.1f k".formatted(ticks / 1e3) : "%.0f".formatted(ticks);
  }
}
