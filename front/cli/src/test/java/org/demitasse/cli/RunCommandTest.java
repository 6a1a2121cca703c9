package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunCommandTest {
  private record Result(int status, String out, String err) {}

  private static synchronized Result demi(String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream complained = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
    try {
      int status = Demi.execute(args);
      return new Result(status, printed.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          run                                 | say what to boot: hello, or --kernel FILE
          run goodbye                         | there is no embedded guest 'goodbye', only hello
          run hello --kernel x                | give the embedded guest 'hello' or a kernel file, not both
          run hello -m 1                      | memory in MiB must be 2 to 1048576, not 1
          run hello -m lots                   | 'lots' is not an int
          run hello -c 99                     | number of vCPUs must be 1 to 32, not 99
          run hello --engine steam            | there is no engine 'steam', only auto, cpu and kvm
          run hello --timeout 0               | --timeout must be a positive number of seconds, not 0.0
          run hello --timeout never           | 'never' is not a double
          run hello --console vga             | expected one of [COM, VIRTIO]
          run hello --disk ,ro                | ',ro' names no file
          run hello --frobnicate              | Unknown option: '--frobnicate'
          walk                                | Unmatched argument at index 0: 'walk'
          """)
  void aWrongCommandLineIsOneSentence(String line, String sentence) {
    Result result = demi(line.split(" "));
    assertThat(result.status).isEqualTo(ExitStatus.USAGE);
    assertThat(result.err).contains(sentence).hasLineCount(1);
    assertThat(result.out).isEmpty();
  }

  @Test
  void aMissingKernelIsOneSentence() {
    Result result = demi("run", "--kernel", "no/such/kernel");
    assertThat(result.status).isEqualTo(ExitStatus.UNUSABLE_INPUT);
    assertThat(result.err).contains("no/such/kernel").hasLineCount(1);
  }

  @Test
  void helpNamesEveryExitStatus() {
    Result result = demi("run", "--help");
    assertThat(result.status).isZero();
    assertThat(result.out).contains("64 ", "66 ", "70 ", "80 ", "124 ");
  }

  @Test
  void writesACompletionScript() {
    Result result = demi("generate-completion");
    assertThat(result.status).isZero();
    assertThat(result.out).contains("--virtio-discovery");
  }
}
