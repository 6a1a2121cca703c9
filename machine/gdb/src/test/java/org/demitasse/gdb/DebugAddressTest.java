package org.demitasse.gdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DebugAddressTest {
  @Test
  void isThisComputerUnlessAHostIsGiven() {
    assertThat(DebugAddress.parse(":1234")).isEqualTo(new DebugAddress.Tcp("localhost", 1234));
    assertThat(DebugAddress.parse("0.0.0.0:0")).isEqualTo(new DebugAddress.Tcp("0.0.0.0", 0));
    assertThat(DebugAddress.parse("[::1]:9")).isEqualTo(new DebugAddress.Tcp("::1", 9));
    assertThat(DebugAddress.parse("unix:/a/b")).isEqualTo(new DebugAddress.Unix(Path.of("/a/b")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1234", ":x", ":65536", ":-1", "unix:", "host:", "a:b:c"})
  void refusesWhatIsNoAddress(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> DebugAddress.parse(text)).withMessageContaining("'" + text);
  }

  @Test
  void removesItsSocket(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("s");
    DebugAddress address = new DebugAddress.Unix(path);
    try (ServerSocketChannel channel = address.listen()) {
      assertThat(DebugAddress.target(channel.getLocalAddress())).isEqualTo(path.toString());
      assertThat(path).exists();
    }
    address.remove();
    assertThat(Files.exists(path)).isFalse();
  }
}
