package org.demitasse.trace.tslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.demitasse.trace.Recorded;
import org.demitasse.trace.record.TraceFormatException;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;
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
            0xfffff80003a1e000 1800 THREAD idle: cpu0
            0xffffffff81f6c9c0 1900 EVENT WAIT config hooks
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
            "0xffffffff81f6c9c0 900 NOTE WAIT config hooks",
            "0xffffffff81f6c9c0 900 enter (off cpu)",
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

  @Test
  void passesOverRecordsThatWereMixedOrCutAndTells() throws IOException {
    Path file = file("0x1 5 ENTER a0x2 6 ENTER b\n0x1 7 ENTER c\n0x1 9 EXIT c\n0x1 11 EX");
    Recorded recorded = new Recorded();
    TslogReader reader = new TslogReader(file, 0);
    reader.read(recorded);
    assertThat(recorded.lines).containsExactly("0x1 0 enter c", "0x1 2 exit c", "end 2");
    assertThat(reader.troubles()).singleElement().asString().endsWith("were passed over: 2");
  }

  @Test
  void tellsInTheReportWhatWasWrong() throws IOException {
    Path file = file("0x1 50 ENTER a\n0x1 60 ENTER b\n0x1 55 EXIT z\nnoise\n0x1 70 EXIT a\n");
    assertThat(TraceSummary.of(new TslogReader(file, 0)).troubles())
        .containsExactly(
            "lines that are no records of a tslog, or were cut or mixed with others, and were passed over: 1",
            "records that went back in time, and were taken as simultaneous: 1",
            "exits without an enter, which were passed over: 1");
  }

  @Test
  void tellsThatTheLogWasFull() throws IOException {
    TslogReader reader = new TslogReader(file("0x1 5 ENTER a\n0x1 6 EXIT a\n".repeat(TslogReader.CAPACITY / 2)), 0);
    reader.read(new Recorded());
    assertThat(reader.troubles()).singleElement().asString().contains("full after 262,144 records");
  }

  @Test
  void anEventWhoseTopicSaysWaitIsNoWait() throws IOException {
    Recorded recorded = new Recorded();
    new TslogReader(file("0x1 1 ENTER a\n0x1 2 EVENT HOLD WAITING\n0x1 3 THREAD kproc\n0x1 9 EXIT a\n"), 0)
        .read(recorded);
    assertThat(recorded.lines)
        .containsExactly("0x1 0 enter a", "0x1 1 NOTE HOLD WAITING", "track 0 is kproc", "kproc 8 exit a", "end 8");
  }

  @Test
  void aWaitIsTimeOffTheCpu() throws IOException {
    Recorded recorded = new Recorded();
    new TslogReader(file("0x1 1 ENTER a\n0x1 2 EVENT WAIT disk\n0x1 7 EVENT UNWAIT disk\n0x1 9 EXIT a\n"), 0)
        .read(recorded);
    assertThat(recorded.lines)
        .containsExactly(
            "0x1 0 enter a",
            "0x1 1 NOTE WAIT disk",
            "0x1 1 enter (off cpu)",
            "0x1 6 NOTE UNWAIT disk",
            "0x1 6 exit (off cpu)",
            "0x1 8 exit a",
            "end 8");
  }

  /** As the sysctl debug.tslog_user has it, after the kernel's own: pid, parent, fork, exit, program, first path. */
  @Test
  void processesAreTracksOfTheirOwn() throws IOException {
    Path file =
        file(
            """
            0x1 1000 ENTER start_init
            0x1 1500 EXIT start_init
            0 0 0 0 "" ""
            1 0 1400 0 "/sbin/init" "/etc/init.conf"
            20 1 1600 2600 "/bin/sh" "/etc/rc"
            21 20 1700 1800 "" ""
            """);
    Recorded recorded = new Recorded();
    TslogReader reader = new TslogReader(file, 0);
    reader.read(recorded);
    assertThat(recorded.lines)
        .contains(
            "track 1 is /sbin/init, process 1 of 0",
            "/sbin/init, process 1 of 0 400 enter /sbin/init /etc/init.conf",
            "/sbin/init, process 1 of 0 1600 exit /sbin/init /etc/init.conf",
            "/bin/sh, process 20 of 1 600 enter /bin/sh /etc/rc",
            "/bin/sh, process 20 of 1 1600 MILESTONE the first sh has ended",
            "process 21, process 21 of 20 700 enter process 21",
            "end 1600");
    assertThat(reader.troubles()).isEmpty();
  }

  @Test
  void aLogThatEndsWithinALineBreaksOff() throws IOException {
    String whole = "0x1 1000 ENTER main\n0x1 1500 ENTER probe\n0x1 1700 EXIT probe\n";
    for (String end : List.of("", "\0")) {
      TslogReader reader = new TslogReader(file(whole + end), 2e9);
      assertThat(TraceSummary.of(reader).breakOff()).isEmpty();
    }
    TslogReader cut = new TslogReader(file(whole.substring(0, whole.length() - 3)), 2e9);
    assertThat(TraceSummary.of(cut).breakOff())
        .contains("breaks off in its last line, after 3 records: what came later is missing");
  }

  /** {@code sysctl -b debug.tslog; sysctl -b debug.tslog_user}: a NUL behind each. */
  @Test
  void readsWhatTwoSysctlsGive() throws IOException {
    String both = "0x1 1000 ENTER main\n0x1 9000 EXIT main\n\0" + "1 0 2000 8000 \"/sbin/init\" \"/etc/rc\"\n\0";
    TslogReader reader = new TslogReader(file(both), 2e9);
    TraceSummary summary = TraceSummary.of(reader);
    assertThat(summary.functions()).extracting(FunctionTotal::name).containsExactly("main", "/sbin/init /etc/rc");
    assertThat(summary.troubles()).isEmpty();
    assertThat(summary.breakOff()).isEmpty();
  }

  @Test
  void aLogOfMoreThanAKernelUsuallyKeepsWasNotFull() throws IOException {
    TslogReader full = new TslogReader(file("0x1 1000 EVENT wait\n".repeat(TslogReader.CAPACITY)), 2e9);
    assertThat(TraceSummary.of(full).troubles()).singleElement().asString().contains("log was full");
    TslogReader larger = new TslogReader(file("0x1 1000 EVENT wait\n".repeat(TslogReader.CAPACITY + 1)), 2e9);
    assertThat(TraceSummary.of(larger).troubles()).isEmpty();
  }
}
