package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tslog out of a guest's memory, and out of a file, on the soft CPU. */
class TslogTest {
  private static final long TICKS_PER_SECOND = 1_000_000_000; // on virtual time an instruction each

  @TempDir private Path folder;

  @Test
  void aKernelsOwnBootLogIsFoundChartedAndReported() throws IOException {
    TslogGuest guest = new TslogGuest(folder);
    List<String> first = Files.readAllLines(guest.run(new Demi(folder).with("--clock", "virtual")));
    guest.assertReported(TICKS_PER_SECOND);
    assertThat(Files.readAllLines(guest.run(new Demi(folder).with("--clock", "virtual")))).isEqualTo(first);
  }
}
