package org.demitasse.cpu.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ApproximationsTest {
  private static final double BOUND = 1.5 / 4096;

  @Test
  void relativeErrorStaysBelowTheArchitecturesBound() {
    SplittableRandom random = new SplittableRandom(7);
    for (int n = 0; n < 200_000; n++) {
      int bits = (random.nextInt(2, 250) << 23) | random.nextInt(1 << 23);
      double x = Float.intBitsToFloat(bits);
      assertThat(Float.intBitsToFloat(Approximations.reciprocal(bits)) * x).isCloseTo(1, within(BOUND));
      assertThat(Float.intBitsToFloat(Approximations.reciprocalRoot(bits)) * Math.sqrt(x)).isCloseTo(1, within(BOUND));
    }
  }
}
