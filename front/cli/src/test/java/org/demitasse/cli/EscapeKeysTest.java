package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EscapeKeysTest {
  private final List<String> ours = new ArrayList<>();
  private final EscapeKeys keys = new EscapeKeys(() -> ours.add("leave"), () -> ours.add("help"));

  private String filter(String typed) {
    byte[] bytes = typed.getBytes(StandardCharsets.ISO_8859_1);
    return new String(keys.filter(bytes, bytes.length), StandardCharsets.ISO_8859_1);
  }

  @Test
  void passesOtherKeysOnEvenControlC() {
    assertThat(filter("ls\r\u0003\u001b[A\u00ff")).isEqualTo("ls\r\u0003\u001b[A\u00ff");
    assertThat(ours).isEmpty();
  }

  @Test
  void leavesAndHelps() {
    assertThat(filter("a\u0001xb\u0001h")).isEqualTo("ab");
    assertThat(ours).containsExactly("leave", "help");
  }

  @Test
  void theEscapeMayComeInTwoReads() {
    assertThat(filter("\u0001") + filter("x")).isEmpty();
    assertThat(ours).containsExactly("leave");
  }

  @Test
  void controlATwiceIsOneForTheGuest() {
    assertThat(filter("\u0001\u0001x")).isEqualTo("\u0001x");
    assertThat(ours).isEmpty();
  }
}
