package org.demitasse.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.demitasse.cpu.Translation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Translated code against the interpreter and the host: single instructions and whole programs, seeded. */
class TranslatedCodeTest {
  private static final long SEED = 20_261_122;
  private static final long CASES = 2 * Generator.BATCH;

  @ParameterizedTest
  @EnumSource(
      value = Translation.class,
      names = {"EAGER", "EAGER_QUICK"})
  void instructionsDoTheSameTranslatedInterpretedAndOnTheHost(Translation form) throws IOException {
    assertTwinsAndHost(form, new UntrappedGenerator(SEED + 2)::generate, CASES);
  }

  @ParameterizedTest
  @EnumSource(
      value = Translation.class,
      names = {"EAGER", "EAGER_QUICK"})
  void programsDoTheSameTranslatedInterpretedAndOnTheHost(Translation form) throws IOException {
    assertTwinsAndHost(form, new ProgramGenerator(SEED + 3, true)::generate, CASES);
  }

  @ParameterizedTest
  @EnumSource(
      value = Translation.class,
      names = {"EAGER", "EAGER_QUICK"})
  void programsDoTheSameTranslatedAndInterpretedWhateverTheirTurns(Translation form) {
    ProgramGenerator generator = new ProgramGenerator(SEED + 4, false);
    try (TwinSubject twins = new TwinSubject(form)) {
      TestCase[] test = {new TestCase()};
      Outcome[] outcome = {new Outcome()};
      for (long index = 0; index < CASES; index++) {
        generator.generate(index, test[0]);
        twins.turns(1 + Random.of(SEED, index).below(index % 2 == 0 ? 8 : 60));
        twins.run(test, outcome, 1);
      }
      assertThat(twins.differences()).isEmpty();
      assertThat(twins.translatedInstructions()).isGreaterThan(CASES);
    }
  }

  private static void assertTwinsAndHost(Translation form, Differential.Cases cases, long count) throws IOException {
    assumeTrue(HostCpu.isAvailable(), "the host is not Linux on x86-64");
    try (HostCpu host = new HostCpu();
        TwinSubject twins = new TwinSubject(form)) {
      MismatchReport report = new MismatchReport();
      Differential differential = new Differential(host, twins);
      differential.run(cases, 0, count, report);
      assertThat(twins.differences()).isEmpty();
      assertThat(twins.translatedInstructions()).isGreaterThan(CASES);
      assertThat(report.total()).as(() -> DifferentialTest.text(report, differential)).isZero();
    }
  }
}
