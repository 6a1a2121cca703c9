package org.demitasse.trace.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  /** Works for 60 ticks, of 1100: main waits once itself, and a vCPU is idle. */
  private static final Script WAITING =
      new Script()
          .enter("boot", 0, "main")
          .enter("boot", 10, "mount")
          .enter("boot", 30, "(off cpu)")
          .exit("boot", 530, "(off cpu)")
          .exit("boot", 550, "mount")
          .exit("boot", 560, "main")
          .enter("cpu 0", 560, "(idle)")
          .exit("cpu 0", 1100, "(idle)")
          .end(1100);

  @Test
  void foldedStacksAreWorkOnly() throws IOException {
    StringWriter text = new StringWriter();
    FoldedText.write(WAITING, text);
    assertThat(text.toString().lines()).containsExactly("boot;main 20", "boot;main;mount 40");
  }

  @Test
  void aProfileHasWaitingApart() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Pprof.write(WAITING, out);
    byte[] profile = new GZIPInputStream(new ByteArrayInputStream(out.toByteArray())).readAllBytes();
    assertThat(values(profile))
        .as("calls, instructions, waiting")
        .containsExactlyInAnyOrder(
            List.of(1L, 20L, 0L), List.of(1L, 40L, 0L), List.of(1L, 0L, 500L), List.of(1L, 0L, 540L));
  }

  /** Larger than what is held before it is written. */
  @Test
  void aLargeProfileIsWhole() throws IOException {
    Script script = new Script();
    int paths = 60_000;
    for (int n = 0; n < paths; n++) {
      script.enter("boot", n, "outer" + n).enter("boot", n, "f").exit("boot", n + 1, "f").exit("boot", n + 1);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Pprof.write(script.end(paths), out);
    byte[] profile = new GZIPInputStream(new ByteArrayInputStream(out.toByteArray())).readAllBytes();
    assertThat(profile).hasSizeGreaterThan(2 << 20);
    assertThat(values(profile)).hasSize(2 * paths);
    assertThat(values(profile).stream().mapToLong(sample -> sample.get(1)).sum()).isEqualTo(paths);
  }

  /** The values (field 2) of each sample (field 2) of a profile. */
  private static List<List<Long>> values(byte[] profile) {
    List<List<Long>> samples = new ArrayList<>();
    for (ByteBuffer sample : inner(ByteBuffer.wrap(profile), 2)) {
      ByteBuffer packed = inner(sample, 2).getFirst();
      List<Long> values = new ArrayList<>();
      while (packed.hasRemaining()) {
        values.add(varint(packed));
      }
      samples.add(values);
    }
    return samples;
  }

  /** The messages in one field of another. */
  private static List<ByteBuffer> inner(ByteBuffer message, int field) {
    List<ByteBuffer> found = new ArrayList<>();
    while (message.hasRemaining()) {
      long key = varint(message);
      if ((key & 7) == 2) {
        int length = (int) varint(message);
        if (key >>> 3 == field) {
          found.add(message.slice(message.position(), length));
        }
        message.position(message.position() + length);
      } else {
        long _ = varint(message);
      }
    }
    return found;
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = bytes.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
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

  /** Calls of all lengths, so many and so short that most are joined to runs. */
  private static Script manyCalls() {
    Random random = new Random(5);
    Script script = new Script();
    long now = 0;
    List<String> open = new ArrayList<>();
    for (int n = 0; n < 60_000; n++) {
      now += random.nextInt(50) == 0 ? random.nextInt(300_000) : random.nextInt(20);
      if (open.size() < 12 && (open.isEmpty() || random.nextBoolean())) {
        open.add("f" + random.nextInt(40));
        script.enter("boot", now, open.getLast());
      } else {
        script.exit("boot", now, open.removeLast());
      }
    }
    return script.end(now);
  }

  /** As speedscope demands it: time never goes back, and who closes is who opened last. */
  @Test
  void speedscopesEventsAreInOrderThoughShortSpansAreJoined() throws IOException {
    StringWriter text = new StringWriter();
    SpeedscopeJson.write(manyCalls(), text);
    Deque<String> open = new ArrayDeque<>();
    double last = 0;
    int events = 0;
    for (String line : text.toString().lines().filter(line -> line.startsWith("{\"type\":\"")).toList()) {
      Matcher event = Pattern.compile("\"type\":\"([OC])\",\"frame\":(\\d+),\"at\":([0-9.E]+)").matcher(line);
      if (event.find()) {
        double at = Double.parseDouble(event.group(3));
        assertThat(at).isGreaterThanOrEqualTo(last);
        last = at;
        events++;
        if (event.group(1).equals("O")) {
          open.push(event.group(2));
        } else {
          assertThat(open.pop()).isEqualTo(event.group(2));
        }
      }
    }
    assertThat(open).isEmpty();
    assertThat(events).isBetween(5_000, 110_000);
  }

  /** As Perfetto demands it: events of one thread lie in each other, or apart. */
  @Test
  void chromesEventsNestThoughShortSpansAreJoined() throws IOException {
    StringWriter text = new StringWriter();
    ChromeTrace.write(manyCalls(), text);
    List<double[]> spans = new ArrayList<>();
    Matcher matcher = Pattern.compile("\"ts\":([0-9.E]+),\"dur\":([0-9.E]+)").matcher(text.toString());
    while (matcher.find()) {
      double start = Double.parseDouble(matcher.group(1));
      spans.add(new double[] {start, start + Double.parseDouble(matcher.group(2))});
    }
    assertThat(spans).hasSizeGreaterThan(2_000);
    spans.sort(Comparator.<double[]>comparingDouble(span -> span[0]).thenComparingDouble(span -> -span[1]));
    Deque<Double> ends = new ArrayDeque<>();
    for (double[] span : spans) {
      while (!ends.isEmpty() && ends.peek() <= span[0] + 1e-6) {
        ends.pop();
      }
      assertThat(span[1]).isLessThanOrEqualTo(ends.isEmpty() ? Double.MAX_VALUE : ends.peek() + 1e-6);
      ends.push(span[1]);
    }
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
