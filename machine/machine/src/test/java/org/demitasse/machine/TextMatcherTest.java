package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class TextMatcherTest {
  private static List<Integer> ends(String wanted, String stream) {
    TextMatcher matcher = new TextMatcher(wanted);
    List<Integer> ends = new ArrayList<>();
    byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (matcher.feed(bytes[i] & 0xff)) {
        ends.add(i + 1);
      }
    }
    return ends;
  }

  @Property
  void findsExactlyWhatIndexOfFinds(
      @ForAll @CharRange(from = 'a', to = 'b') @StringLength(min = 1, max = 6) String wanted,
      @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 60) String stream) {
    List<Integer> expected = new ArrayList<>();
    for (int at = stream.indexOf(wanted); at >= 0; at = stream.indexOf(wanted, at + 1)) {
      expected.add(at + wanted.length());
    }
    assertThat(ends(wanted, stream)).isEqualTo(expected);
  }

  @Test
  void findsTextOutsideAscii() {
    assertThat(ends("é→", "café→")).containsExactly(8);
  }

  @Test
  void findsAnEmptyTextAtTheFirstByte() {
    assertThat(ends("", "x")).containsExactly(1);
  }
}
