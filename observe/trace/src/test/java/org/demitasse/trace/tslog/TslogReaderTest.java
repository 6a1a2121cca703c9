package org.demitasse.trace.tslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.demitasse.trace.Recorded;
import org.demitasse.trace.record.TraceFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TslogReaderTest {
  @TempDir Path directory;

  private Path file(String text) throws IOException {
    Path file = directory.resolve("tslog");
    Files.writeString(file, text);
    return file;
  }

  @Test
  void readsEveryKindOfLine() throws IOException {
    Path file =
        file(
            """
            0xffffffff81f6c9c0 1000 ENTER hammer_time
            0xffffffff81f6c9c0 1500 ENTER DEVICE_PROBE vt vga
            0xffffffff81f6c9c0 1700 EXIT DEVICE_PROBE vt vga
            0xfffff80003a1e000 1800 THREAD fork1 idle: cpu0
            0xffffffff81f6c9c0 1900 EVENT getnewvnode WAIT bufobj
            0xffffffff81f6c9c0 2000 EXIT hammer_time
            """);
    assertThat(TslogReader.isTslog(file)).isTrue();
    Recorded recorded = new Recorded();
    TslogReader reader = new TslogReader(file, 2e9);
    reader.read(recorded);
    assertThat(recorded.lines)
        .containsExactly(
            "0xffffffff81f6c9c0 0 enter hammer_time",
            "0xffffffff81f6c9c0 500 enter DEVICE_PROBE vt vga",
            "0xffffffff81f6c9c0 700 exit DEVICE_PROBE vt vga",
            "track 1 is idle: cpu0",
            "0xffffffff81f6c9c0 900 NOTE getnewvnode WAIT bufobj",
            "0xffffffff81f6c9c0 1000 exit hammer_time",
            "end 1000");
    assertThat(reader.skippedLines()).isZero();
  }

  @Test
  void passesOverLinesThatTheConsoleMixedIn() throws IOException {
    Path file = file("login: root\n0x1 5 ENTER a\n[ 1.0] usb: ok\n0x1 nine EXIT a\n0x1 9 LEAVE a\n0x1 9 EXIT a\n");
    Recorded recorded = new Recorded();
    TslogReader reader = new TslogReader(file, 0);
    reader.read(recorded);
    assertThat(recorded.lines).containsExactly("0x1 0 enter a", "0x1 4 exit a", "end 4");
    assertThat(reader.skippedLines()).isEqualTo(4);
  }

  @Test
  void refusesATextWithoutAnyRecord() throws IOException {
    TslogReader reader = new TslogReader(file("nothing\nat all\n"), 0);
    assertThatThrownBy(() -> reader.read(new Recorded()))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining("has no line of a tslog");
  }

  @Test
  void takesALogWhoseTimeGoesBack() throws IOException {
    Recorded recorded = new Recorded();
    new TslogReader(file("0x1 50 ENTER a\n0x1 40 EXIT a\n"), 0).read(recorded);
    assertThat(recorded.lines).containsExactly("0x1 0 enter a", "0x1 0 exit a", "end 0");
  }
}
