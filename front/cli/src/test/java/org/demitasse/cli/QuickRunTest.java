package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Option;

class QuickRunTest {
  /** A value for each option that the quick way takes; the others are flags or left to picocli. */
  private static final Map<String, String> VALUES =
      Map.ofEntries(
          Map.entry("--kernel", "some/kernel"),
          Map.entry("--initrd", "initrd.gz"),
          Map.entry("--disk", "a.img,ro"),
          Map.entry("--append", "console=ttyS0 root=/dev/vda"),
          Map.entry("--memory", "512"),
          Map.entry("--cpus", "2"),
          Map.entry("--engine", "cpu"),
          Map.entry("--console", "Virtio"),
          Map.entry("--clock", "virtual"),
          Map.entry("--boot-protocol", "linux64"),
          Map.entry("--virtio-discovery", "both"),
          Map.entry("--record", "past"),
          Map.entry("--replay", "past"),
          Map.entry("--name", "box"),
          Map.entry("--symbols", "System.map"),
          Map.entry("--tslog", "boot.tslog"),
          Map.entry("--hang", "20"),
          Map.entry("--until", "login:"),
          Map.entry("--timeout", "2.5"),
          Map.entry("--stats", "stats.json"));

  private static final List<String> LEFT_TO_PICOCLI = List.of("--gdb");

  static Stream<Arguments> everyName() {
    return Arrays.stream(RunCommand.class.getDeclaredFields())
        .map(field -> field.getAnnotation(Option.class))
        .filter(option -> option != null)
        .flatMap(option ->
            Arrays.stream(option.names()).map(name -> arguments(name, option.names()[option.names().length - 1])));
  }

  @ParameterizedTest
  @MethodSource("everyName")
  void everyOptionIsReadAsPicocliReadsIt(String name, String longName) throws Exception {
    String value = VALUES.get(longName.equals("-S") ? "--wait" : longName);
    String[] words = value == null ? new String[] {"run", "hello", name} : new String[] {"run", "hello", name, value};
    RunCommand quick = QuickRun.read(words);
    if (LEFT_TO_PICOCLI.contains(longName)) {
      assertThat(quick).isNull();
    } else {
      assertThat(fields(Objects.requireNonNull(quick)))
          .isEqualTo(fields(byPicocli(words)))
          .isNotEqualTo(fields(new RunCommand()));
    }
  }

  @Test
  void severalOptionsAndTheirOtherSpellings() throws Exception {
    String[] words = {
      "run", "--disk=a", "--disk", "b,overlay", "--append=x=y z", "-c", "2", "-m", "64", "-k", "vmlinuz"
    };
    RunCommand quick = Objects.requireNonNull(QuickRun.read(words));
    assertThat(fields(quick)).isEqualTo(fields(byPicocli(words)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "walk",
        "run hello hello",
        "run hello --help",
        "run hello -m",
        "run hello -m 0x40",
        "run hello -m 010",
        "run hello -m 1 -m 2",
        "run hello -m 1 --memory 2",
        "run hello -m lots",
        "run hello -m512",
        "run hello --timeout soon",
        "run hello --console vga",
        "run hello --disk ,ro",
        "run hello --disk a,ro,overlay",
        "run hello --append -x",
        "run hello --mem 5",
        "run @words",
        "run -- hello",
        "trace run hello"
      })
  void whateverIsDoubtfulIsLeftToPicocli(String line) {
    assertThat(QuickRun.read(line.isEmpty() ? new String[0] : line.split(" "))).isNull();
  }

  private static RunCommand byPicocli(String[] words) {
    RunCommand command = new RunCommand();
    CommandLine line = new CommandLine(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.parseArgs(Arrays.copyOfRange(words, 1, words.length));
    return command;
  }

  private static Map<String, Object> fields(RunCommand command) throws IllegalAccessException {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Field field : RunCommand.class.getDeclaredFields()) {
      if (!field.getName().equals("spec")) {
        field.setAccessible(true);
        values.put(field.getName(), String.valueOf(field.get(command)));
      }
    }
    return values;
  }
}
