package org.demitasse.cpu.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ApproximationsTest {
  private static final double BOUND = 1.5 / 4096;

  @Test
  void relativeErrorStaysBelowTheArchitecturesBound() {
    SplittableRandom random = new SplittableRandom(7);
    double worst = 0;
    for (int n = 0; n < 200_000; n++) {
      int bits = (random.nextInt(2, 250) << 23) | random.nextInt(1 << 23);
      double x = Float.intBitsToFloat(bits);
      double reciprocal = Float.intBitsToFloat(Approximations.reciprocal(bits)) * x;
      double root = Float.intBitsToFloat(Approximations.reciprocalRoot(bits)) * Math.sqrt(x);
      worst = Math.max(worst, Math.max(Math.abs(reciprocal - 1), Math.abs(root - 1)));
    }
    assertThat(worst).isPositive().isLessThan(BOUND);
  }
}
