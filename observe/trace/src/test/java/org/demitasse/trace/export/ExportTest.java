package org.demitasse.trace.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.demitasse.trace.Script;
import org.demitasse.trace.record.EventKind;
import org.junit.jupiter.api.Test;

class ExportTest {
  private static final Script BOOT =
      new Script()
          .enter("boot", 0, "main")
          .enter("boot", 1000, "probe;\"x\"")
          .exit("boot", 4000, "probe;\"x\"")
          .enter("boot", 4000, "mount")
          .event("boot", 4500, EventKind.MILESTONE, "root mounted")
          .exit("boot", 9000, "mount")
          .exit("boot", 10_000, "main")
          .end(10_000);

  @Test
  void foldsStacks() throws IOException {
    StringWriter text = new StringWriter();
    FoldedText.write(BOOT, text);
    assertThat(text.toString().lines())
        .containsExactly("boot;main 2000", "boot;main;probe,\"x\" 3000", "boot;main;mount 5000");
  }

  @Test
  void writesSpeedscopeEventsProperlyNested() throws IOException {
    StringWriter text = new StringWriter();
    SpeedscopeJson.write(BOOT, text);
    assertThat(text.toString()).contains("\"name\":\"probe;\\\"x\\\"\"");
    assertThat(
            text.toString()
                .lines()
                .filter(line -> line.startsWith("{\"type\":\"O\"") || line.startsWith("{\"type\":\"C\"")))
        .map(line -> line.replaceAll("[^OC0-9.]+", " ").strip())
        .containsExactly("O 2 0.0", "O 0 1000.0", "C 0 4000.0", "O 1 4000.0", "C 1 9000.0", "C 2 10000.0");
  }

  @Test
  void writesChromeEvents() throws IOException {
    StringWriter text = new StringWriter();
    ChromeTrace.write(BOOT, text);
    assertThat(text.toString())
        .contains("\"name\":\"mount\",\"ts\":4.0,\"dur\":5.0")
        .contains("\"ph\":\"i\"", "root mounted", "thread_name");
  }

  @Test
  void writesAGzippedProfileWithAllNames() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Pprof.write(BOOT, out);
    byte[] profile = new GZIPInputStream(new ByteArrayInputStream(out.toByteArray())).readAllBytes();
    assertThat(new String(profile, StandardCharsets.ISO_8859_1)).contains("main", "mount", "instructions", "calls");
    assertThat(profile[0]).isEqualTo((byte) 0x0a); // field 1, a message
  }
}
