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
    new TraceFile(half).read(recorded);
    assertThat(recorded.lines).isNotEmpty().hasSizeLessThan(83);
    assertThat(recorded.lines.getLast()).startsWith("end ");
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
