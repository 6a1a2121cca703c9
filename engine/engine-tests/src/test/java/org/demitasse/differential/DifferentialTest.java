package org.demitasse.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.cpu.Translation;
import org.demitasse.differential.Comparison.Difference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The soft CPU against the host's own, seeded: what {@link DifferentialRun} does for millions of cases, in seconds. */
class DifferentialTest {
  private static final long SEED = 20_261_122;
  private static final long CASES = 200_000;
  private static final long WHOLE_ENGINE_CASES = 20_000;
  private static final long TRANSLATED_CASES = 2_000;
  private static final int SHOWN = 10;

  @BeforeAll
  static void requireHost() {
    assumeTrue(HostCpu.isAvailable(), "the host is not Linux on x86-64");
  }

  @Test
  void theCpuDoesWhatTheHostDoes() throws IOException {
    try (Subject subject = new CpuSubject(InstructionSet.table())) {
      assertSame(subject, new Generator(SEED)::generate, CASES);
    }
  }

  @Test
  void theWholeEngineDoesWhatTheHostDoes() throws IOException {
    try (Subject subject = new EngineSubject(new SoftEngine())) {
      assertSame(subject, new Generator(SEED + 1)::generate, WHOLE_ENGINE_CASES);
    }
  }

  @Test
  void shortProgramsEndTheSame() throws IOException {
    try (Subject subject = new EngineSubject(new SoftEngine())) {
      assertSame(subject, new SequenceGenerator(SEED)::generate, WHOLE_ENGINE_CASES);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Translation.class,
      names = {"EAGER", "EAGER_QUICK"})
  void translatedProgramsEndTheSame(Translation form) throws IOException {
    try (TwinSubject subject = new TwinSubject(form)) {
      assertSame(subject, new SequenceGenerator(SEED + 2)::generate, TRANSLATED_CASES);
      assertThat(subject.differences()).isEmpty();
      assertThat(subject.translatedInstructions()).isGreaterThan(5 * TRANSLATED_CASES);
    }
  }

  private static void assertSame(Subject subject, Differential.Cases cases, long count) throws IOException {
    try (HostCpu host = new HostCpu()) {
      MismatchReport report = new MismatchReport();
      Differential differential = new Differential(host, subject);
      long done = differential.run(cases, 0, count, report);
      assertThat(done).isGreaterThanOrEqualTo(count);
      assertThat(report.total()).as(() -> text(report, differential)).isZero();
    }
  }

  static String text(MismatchReport report, Differential differential) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report.print(new PrintStream(bytes, true, StandardCharsets.UTF_8), SHOWN, differential);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Cases that once differed: one line each, blank lines and lines with # between them. */
  static List<String> regressions() throws IOException {
    try (InputStream file = DifferentialTest.class.getResourceAsStream("/regressions/cases.txt")) {
      String text = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
      Stream<String> lines = text.lines().map(String::strip);
      return lines.filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
    }
  }

  @Test
  void whatOnceDifferedIsTheSameNow() throws IOException {
    try (HostCpu host = new HostCpu();
        Subject subject = new CpuSubject(InstructionSet.table())) {
      Differential differential = new Differential(host, subject);
      for (String line : regressions()) {
        List<Difference> differences = differential.check(CaseLine.parse(line));
        assertThat(differences).as(line).isEmpty();
      }
    }
  }

  /** The comparison itself must be able to fail: each of these spoils one thing of a right outcome. */
  @Test
  void everythingThatAProgramCanSeeIsCompared() throws IOException {
    String line = "mode=long code=48ffc0 rip=10000400 flags=302 ss=2b fx0=7f03 fx10=0000000000000000801f0000ffff0000";
    try (HostCpu host = new HostCpu();
        Subject subject = new CpuSubject(InstructionSet.table())) {
      Spoiling check = new Spoiling(host, subject, CaseLine.parse(line));
      check.assertFound(o -> o.gpr[15] ^= 1L << 63, "r15");
      check.assertFound(o -> o.rip++, "rip");
      check.assertFound(o -> o.rflags ^= 1, "flags");
      check.assertFound(o -> o.vector = 6, "vector");
      check.assertFound(o -> o.ds = 0x2b, "ds");
      check.assertFound(o -> o.fsBase = 8, "fs base");
      check.assertFound(o -> o.fx.put(XsaveImage.FCW, (byte) 0), "fcw");
      check.assertFound(o -> o.fx.put(XsaveImage.FSW, (byte) 1), "fsw");
      check.assertFound(o -> o.fx.put(XsaveImage.FTW, (byte) 1), "ftw");
      check.assertFound(o -> o.fx.put(XsaveImage.MXCSR, (byte) 0), "mxcsr");
      check.assertFound(o -> o.fx.put(XsaveImage.ST + 16 * 7 + 9, (byte) 1), "st7");
      check.assertFound(o -> o.fx.put(XsaveImage.XMM + 255, (byte) 1), "xmm15");
      check.assertFound(o -> o.addChange(0, 42), "mem[20000000] (was %x)".formatted(firstWord()));
    }
  }

  private static long firstWord() {
    return GuestArena.littleEndian(Arena.contents(0)).getLong(0);
  }

  private record Spoiling(HostCpu host, Subject subject, TestCase test) {
    void assertFound(Consumer<Outcome> spoil, String what) {
      Subject wrong =
          new Subject() {
            @Override
            public void run(TestCase[] cases, Outcome[] outcomes, int count) {
              subject.run(cases, outcomes, count);
              spoil.accept(outcomes[0]);
            }

            @Override
            public void close() {}
          };
      List<Difference> differences = new Differential(host, wrong).check(test);
      assertThat(differences).extracting(Difference::what).contains(what);
    }
  }
}
