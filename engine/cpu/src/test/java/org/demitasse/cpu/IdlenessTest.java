package org.demitasse.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdlenessTest {
  private static final long SPAN = Idleness.SPAN_NANOS;
  private static final long MUCH = Idleness.MANY_BLOCKS;

  private final Idleness idleness = new Idleness();

  @Test
  void aMachineThatOnlyTicksForgetsWhatItsBootNeededOnce() {
    assertThat(idleness.isTimeToForget(100, 1_000_000_000, MUCH)).isFalse();
    assertThat(idleness.isTimeToForget(100 + SPAN / 2, 1_000_100_000, MUCH)).isFalse();
    assertThat(idleness.isTimeToForget(100 + SPAN, 1_000_200_000, MUCH)).isTrue();
    assertThat(idleness.isTimeToForget(100 + 2 * SPAN, 1_000_300_000, MUCH + 500)).isFalse();
    assertThat(idleness.isTimeToForget(100 + 3 * SPAN, 1_000_400_000, 2 * MUCH)).isTrue();
  }

  @Test
  void aMachineThatWorksNowAndThenForgetsNothing() {
    idleness.isTimeToForget(0, 0, MUCH);
    assertThat(idleness.isTimeToForget(SPAN, Idleness.FEW_INSTRUCTIONS, MUCH)).isFalse();
    assertThat(idleness.isTimeToForget(2 * SPAN, 2 * Idleness.FEW_INSTRUCTIONS, MUCH)).isFalse();
  }

  @Test
  void theFirstLookIsNeverTheMoment() {
    assertThat(idleness.isTimeToForget(100 * SPAN, 5, MUCH)).isFalse();
  }

  @Test
  void itSleepsAsLongAsItLikesWhenThereIsNothingToForget() {
    assertThat(idleness.longestSleep(MUCH)).isEqualTo(SPAN);
    idleness.isTimeToForget(0, 0, MUCH);
    idleness.isTimeToForget(SPAN, 0, MUCH);
    assertThat(idleness.longestSleep(MUCH + 10)).isEqualTo(Long.MAX_VALUE);
  }
}
