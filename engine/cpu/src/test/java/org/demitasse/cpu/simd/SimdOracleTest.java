package org.demitasse.cpu.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.demitasse.cpu.simd.SimdInstructions.Form;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimdOracleTest {
  private static final int TRIALS = 150;

  @TempDir Path folder;

  private List<String> differences(List<Form> forms, boolean floats, int trials) throws Exception {
    assumeTrue(SimdOracle.available(), "the oracle needs gcc on an x86-64 host");
    return compare(new SimdOracle(folder), forms, floats, trials);
  }

  static List<String> compare(SimdOracle oracle, List<Form> forms, boolean floats, int trials)
      throws IOException, InterruptedException {
    SimdDifference difference = new SimdDifference(20_250_101, floats);
    for (Form form : forms) {
      difference.add(form, trials);
    }
    return difference.differences(oracle);
  }

  @Test
  void movesAndIntegersMatchTheHost() throws Exception {
    assertThat(differences(SimdInstructions.integer(), false, TRIALS)).isEmpty();
  }

  @Test
  void floatingPointMatchesTheHostInEveryRoundingModeWithEveryMask() throws Exception {
    assertThat(differences(SimdInstructions.floating(), true, 2 * TRIALS)).isEmpty();
  }

  @Test
  void stringsChecksumsAndCiphersMatchTheHost() throws Exception {
    assertThat(differences(SimdInstructions.special(), false, TRIALS)).isEmpty();
  }

  @Test
  void approximationsMatchAnAmdHost() throws Exception {
    Path cpuinfo = Path.of("/proc/cpuinfo");
    assumeTrue(
        Files.exists(cpuinfo) && Files.readString(cpuinfo).contains("AuthenticAMD"),
        "the tables of RCPPS and RSQRTPS are AMD's");
    assertThat(differences(SimdInstructions.approximate(), true, 10 * TRIALS)).isEmpty();
  }
}
