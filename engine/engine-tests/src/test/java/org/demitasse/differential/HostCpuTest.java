package org.demitasse.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HostCpuTest {
  private HostCpu host;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(HostCpu.isAvailable(), "the host is not Linux on x86-64");
    host = new HostCpu();
  }

  @AfterEach
  void stop() {
    if (host != null) {
      host.close();
    }
  }

  private Outcome run(String line) {
    Outcome outcome = new Outcome();
    host.run(new TestCase[] {CaseLine.parse(line)}, new Outcome[] {outcome}, 1);
    return outcome;
  }

  @Test
  void addsInMemoryAndStopsAtTheNextInstruction() {
    Outcome outcome = run("mode=long code=48830101 rip=10000400 flags=302 rcx=20000010 ss=2b data=7");
    assertThat(outcome.vector).isEqualTo(Outcome.DEBUG);
    assertThat(outcome.rip).isEqualTo(0x1000_0404);
    assertThat(outcome.changedWords).isEqualTo(1);
    assertThat(outcome.changedIndex[0]).isEqualTo(2);
    long before = GuestArena.littleEndian(Arena.contents(7)).getLong(0x10);
    assertThat(outcome.changedValue[0]).isEqualTo(before + 1);
  }

  @Test
  void reportsAPageFaultWithItsAddressAndErrorCode() {
    Outcome outcome = run("mode=compat code=880b rip=10000400 flags=302 rbx=20002004 ss=2b ds=2b");
    assertThat(outcome.vector).isEqualTo(Outcome.PAGE_FAULT);
    assertThat(outcome.cr2).isEqualTo(0x2000_2004);
    assertThat(outcome.error).isEqualTo(7);
    assertThat(outcome.rip).isEqualTo(0x1000_0400);
  }

  @Test
  void runsSixteenBitCode() {
    Outcome outcome = run("mode=code16 code=b83412 rip=400 flags=302 ss=2b");
    assertThat(outcome.rip).isEqualTo(0x403);
    assertThat(outcome.gpr[0]).isEqualTo(0x1234);
  }

  @Test
  void endsAnEndlessLoop() {
    assertThat(run("mode=long code=ebfe rip=10000400 flags=202 ss=2b").timedOut).isTrue();
  }

  @Test
  void answersTheSameTwice() {
    List<String> found = new ArrayList<>();
    Generator generator = new Generator(3);
    long done =
        new Differential(host, host)
            .run(
                generator::generate,
                0,
                Generator.BATCH,
                (index, test, a, b, differences) -> found.add(CaseLine.format(test) + differences));
    assertThat(done).isEqualTo(Generator.BATCH);
    assertThat(found).isEmpty();
  }

  @Test
  void aCaseSurvivesBeingWrittenDown() {
    Generator generator = new Generator(4);
    TestCase test = new TestCase();
    for (int i = 0; i < 200; i++) {
      generator.generate(i, test);
      String line = CaseLine.format(test);
      assertThat(CaseLine.format(CaseLine.parse(line))).isEqualTo(line);
    }
  }
}
