package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.demitasse.machine.DiskSpec;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class DiskOptionTest {
  private final DiskOption option = new DiskOption();

  @Test
  void readsTheFileAndItsOptions() {
    assertThat(option.convert("a.img")).isEqualTo(new DiskSpec(Path.of("a.img"), false, false));
    assertThat(option.convert("a.img,ro")).isEqualTo(new DiskSpec(Path.of("a.img"), true, false));
    assertThat(option.convert("a.img,overlay")).isEqualTo(new DiskSpec(Path.of("a.img"), false, true));
  }

  @Test
  void aCommaInAFileNameIsNoOption() {
    assertThat(option.convert("a,b.img,ro")).isEqualTo(new DiskSpec(Path.of("a,b.img"), true, false));
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> option.convert(",ro"))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("',ro' names no file");
    assertThatThrownBy(() -> option.convert("a,ro,overlay"))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("read-only or an overlay, not both");
  }
}
