package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memtest86+ from Debian over 64 MiB: no kernel, so everything between it and the machine is ours. */
class MemtestTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"x64", "ia32"})
  void firstTestsFindNoError(String image) {
    memtest(image, "#5 ");
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"x64", "ia32"})
  void wholePassFindsNoError(String image) {
    memtest(image, "Pass:  1 ");
  }

  private void memtest(String image, String until) {
    Demi.Result result =
        new Demi(folder)
            .with("--kernel", TestFiles.require("memtest/boot/memtest86+" + image + ".bin"), "-m", 64)
            .with("--append", "console=ttyS0,115200", "--until", until)
            .within(3600)
            .run();
    assertThat(result.status()).as(result.errors()).isZero();
    assertThat(result.console()).contains("Memtest86+", "Errors: 0").doesNotContainPattern("Errors: *[1-9]");
  }
}
