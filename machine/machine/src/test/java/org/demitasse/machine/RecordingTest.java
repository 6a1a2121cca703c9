package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecordingTest {
  private static final MachineSpec HELLO =
      MachineSpec.of(new KernelSpec.Hello()).withMemoryMib(32).withClock(ClockMode.VIRTUAL);

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();

  private String run(MachineSpec spec, PastSpec past, String typed) throws UnusableInputException {
    StringBuilder printed = new StringBuilder();
    try (Machine machine = Machine.assemble(spec, value -> printed.append((char) value), null, warnings::add, past)) {
      machine.type(typed.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(machine.run().kind()).isEqualTo(Outcome.Kind.POWERED_OFF);
    }
    warnings.removeIf(sentence -> sentence.startsWith("engine"));
    return printed.toString();
  }

  @Test
  void aReplayIsWhatWasRecorded() throws Exception {
    Path file = folder.resolve("r");
    String printed = run(HELLO, new PastSpec(false, file, null), "typed then");
    assertThat(Files.readString(file))
        .contains(
            "typed 0 0 "
                + java.util.HexFormat.of().formatHex("typed then".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertThat(run(HELLO, new PastSpec(false, null, file), "typed now")).isEqualTo(printed);
    assertThat(warnings).isEmpty();
  }

  @Test
  void tellsWhereExecutionFirstDiffers() throws Exception {
    Path file = folder.resolve("r");
    String unused = run(HELLO, new PastSpec(false, file, null), "");
    Files.writeString(file, Files.readString(file).replaceFirst("mark (\\d+) \\w+", "mark $1 1234"));
    String again = run(HELLO, new PastSpec(false, null, file), "");
    assertThat(again).isEqualTo(unused);
    assertThat(warnings).singleElement().asString().contains("differs from the recording").contains("0x1234");
  }

  @Test
  void refusesWhatItCannotRepeat() throws IOException, UnusableInputException {
    Path file = folder.resolve("r");
    Files.writeString(file, "nonsense\n");
    PastSpec replay = new PastSpec(false, null, file);
    assertThatThrownBy(() -> run(HELLO, replay, "")).hasMessageContaining("is not a recording");
    String unused = run(HELLO, new PastSpec(false, file, null), "");
    assertThat(unused).isNotEmpty();
    assertThatThrownBy(() -> run(HELLO.withMemoryMib(64), replay, "")).hasMessageContaining("another machine");
    assertThatThrownBy(() -> run(HELLO.withClock(ClockMode.HOST), replay, "")).hasMessageContaining("virtual time");
    Files.writeString(file, Files.readString(file) + "typed x y z\n");
    assertThatThrownBy(() -> run(HELLO, replay, "")).hasMessageContaining("makes no sense");
  }
}
