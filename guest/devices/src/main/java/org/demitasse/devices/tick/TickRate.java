package org.demitasse.devices.tick;

/**
 * A counter's rate: turns guest nanoseconds into ticks since power-on and back, exactly and without overflow for any
 * guest time a run can reach.
 *
 * @param hertz ticks a second, 1 to 1,000,000,000
 */
public record TickRate(long hertz) {
  private static final long SECOND = 1_000_000_000L;

  /** Checks the rate. */
  public TickRate {
    if (hertz < 1 || hertz > SECOND) {
      throw new IllegalArgumentException("tick rate of %d Hz is not in 1-1000000000".formatted(hertz));
    }
  }

  /** How many whole ticks have passed at a moment in guest nanoseconds. */
  public long ticksAt(long nanos) {
    return Math.floorDiv(nanos, SECOND) * hertz + Math.floorMod(nanos, SECOND) * hertz / SECOND;
  }

  /** The first guest nanosecond at which a tick has passed: {@code ticksAt(nanosAt(t)) == t}. */
  public long nanosAt(long tick) {
    long rest = Math.floorMod(tick, hertz);
    return Math.floorDiv(tick, hertz) * SECOND + (rest * SECOND + hertz - 1) / hertz;
  }
}
