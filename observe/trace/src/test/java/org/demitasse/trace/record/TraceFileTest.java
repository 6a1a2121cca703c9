package org.demitasse.trace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.demitasse.trace.Recorded;
import org.demitasse.trace.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {
  @TempDir Path directory;

  private static Script script() {
    Script script = new Script();
    for (int n = 0; n < 40; n++) {
      script.enter("thread " + n, 100L + n, "f" + n).event("thread " + n, 110L + n, EventKind.CONSOLE, "line ü " + n);
    }
    return script.exit("thread 3", 90, "f3").exit("thread 4", 1L << 40).end(1L << 41);
  }

  private Path write(Script script) throws IOException {
    Path file = directory.resolve("a.trace");
    try (TraceWriter writer = new TraceWriter(file, script.info())) {
      script.read(writer);
    }
    return file;
  }

  @Test
  void givesBackWhatWasWritten() throws IOException {
    Script script = script();
    TraceFile file = new TraceFile(write(script));
    Recorded there = new Recorded();
    Recorded back = new Recorded();
    script.read(there);
    file.read(back);
    assertThat(back.lines).isEqualTo(there.lines).hasSize(83);
    assertThat(file.info()).isEqualTo(script.info());
  }

  @Test
  void readsAFileThatBreaksOffUpToThere() throws IOException {
    Path whole = write(script());
    byte[] bytes = Files.readAllBytes(whole);
    Path half = directory.resolve("half.trace");
    Files.write(half, Arrays.copyOf(bytes, bytes.length / 2));
    Recorded recorded = new Recorded();
    TraceFile file = new TraceFile(half);
    file.read(recorded);
    assertThat(recorded.lines).isNotEmpty().hasSizeLessThan(83);
    assertThat(recorded.lines.getLast()).startsWith("end ");
    assertThat(file.breakOff())
        .hasValueSatisfying(where ->
            assertThat(where)
                .matches(
                    "breaks off after \\d+ records, at 0\\.1\\d\\d µs \\(1\\d\\d instr\\): what came later is"
                        + " missing"));
  }

  @Test
  void aWholeFileDoesNotBreakOff() throws IOException {
    TraceFile file = new TraceFile(write(script()));
    file.read(new Recorded());
    assertThat(file.breakOff()).isEmpty();
  }

  @Test
  void readsWhatAWriterThatWasKilledLeft() throws IOException {
    Path left = directory.resolve("left.trace");
    try (TraceWriter writer = new TraceWriter(left, new TraceInfo("a boot", TraceInfo.INSTRUCTIONS, 1e9))) {
      assertThat(new TraceFile(left).info().title()).isEqualTo("a boot");
      writer.string(0, "main");
      writer.track(0, "boot");
      for (int n = 0; n < 1_000_000; n++) {
        writer.enter(0, 2 * n, 0);
        writer.exit(0, 2 * n + 1, 0);
      }
      Path copy = Files.copy(left, directory.resolve("copy.trace"));
      TraceFile file = new TraceFile(copy);
      Recorded recorded = new Recorded();
      file.read(recorded);
      assertThat(recorded.lines).as("of two million records of three bytes").hasSizeGreaterThan(1_600_000);
      assertThat(file.breakOff()).hasValueSatisfying(where -> assertThat(where).startsWith("breaks off after 1,"));
    }
  }

  /** As a byte that fell over makes an end of another record. */
  @Test
  void recordsBehindTheEndAreDamage() throws IOException {
    Script script = new Script().enter("boot", 3, "f").end(1000).exit("boot", 2000, "f").end(3000);
    TraceFile file = new TraceFile(write(script));
    Recorded recorded = new Recorded();
    file.read(recorded);
    assertThat(recorded.lines).containsExactly("boot 3 enter f", "end 3");
    assertThat(file.breakOff())
        .hasValueSatisfying(where -> assertThat(where).startsWith("is damaged, at the latest after 3 records"));
  }

  @Test
  void aWrongChecksumIsDamage() throws IOException {
    Script script = new Script();
    for (int n = 0; n < 50_000; n++) {
      script.enter("boot", n, "f").exit("boot", n, "f");
    }
    byte[] bytes = Files.readAllBytes(write(script.end(50_000)));
    bytes[bytes.length - 1] ^= 1; // of the checksum
    TraceFile file = new TraceFile(Files.write(directory.resolve("damaged.trace"), bytes));
    Recorded recorded = new Recorded();
    file.read(recorded);
    assertThat(recorded.lines).hasSizeBetween(60_000, 100_001);
    assertThat(file.breakOff())
        .hasValueSatisfying(where -> assertThat(where).startsWith("is damaged, at the latest after "));
  }

  @Test
  void refusesOtherFiles() throws IOException {
    Path other = directory.resolve("other");
    Files.writeString(other, "no trace at all");
    assertThatThrownBy(() -> new TraceFile(other))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining("does not start with DEMITRC1");
  }

  @Test
  void neverFailsOtherwiseOnDamagedBytes() throws IOException {
    byte[] bytes = Files.readAllBytes(write(script()));
    SplittableRandom random = new SplittableRandom(5);
    Path damaged = directory.resolve("damaged");
    for (int n = 0; n < 500; n++) {
      byte[] copy = bytes.clone();
      copy[8 + random.nextInt(copy.length - 8)] = (byte) random.nextInt();
      Files.write(damaged, copy);
      try {
        new TraceFile(damaged).read(new Recorded());
      } catch (TraceFormatException expected) {
        assertThat(expected).hasMessageContaining("not a trace of demi");
      }
    }
  }
}
