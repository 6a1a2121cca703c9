package org.demitasse.devices.tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class TickRateTest {
  @Property
  void aTickPassesAtItsMomentAndNotBefore(
      @ForAll @LongRange(min = 1, max = 1_000_000_000) long hertz,
      @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long tick) {
    TickRate rate = new TickRate(hertz);
    long nanos = rate.nanosAt(Math.min(tick, hertz * 1_000_000));
    assertThat(rate.ticksAt(nanos)).isEqualTo(Math.min(tick, hertz * 1_000_000));
    assertThat(rate.ticksAt(nanos - 1)).isEqualTo(Math.min(tick, hertz * 1_000_000) - 1);
  }

  @Test
  void ratesThatNanosecondsCannotResolveAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new TickRate(0));
    assertThatIllegalArgumentException().isThrownBy(() -> new TickRate(1_000_000_001));
  }

  @Test
  void aYearIsCountedExactly() {
    assertThat(new TickRate(1_193_182).ticksAt(365L * 86_400 * 1_000_000_000)).isEqualTo(365L * 86_400 * 1_193_182);
  }
}
