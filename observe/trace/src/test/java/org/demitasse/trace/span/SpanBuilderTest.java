package org.demitasse.trace.span;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.demitasse.trace.Script;
import org.demitasse.trace.record.TraceSink;
import org.junit.jupiter.api.Test;

class SpanBuilderTest {
  private static final class Spans implements SpanSink {
    private final List<String> names = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();

    @Override
    public void string(int number, String text) {
      names.add(text);
    }

    @Override
    public void close(Span s) {
      lines.add(
          "%d/%d %s %d-%d busy %d self %d%s"
              .formatted(
                  s.track,
                  s.depth,
                  names.get(s.function),
                  s.start,
                  s.end,
                  s.busy,
                  s.self,
                  s.outermost ? "" : " again"));
    }
  }

  private final Spans spans = new Spans();
  private final SpanBuilder builder = new SpanBuilder(spans);

  @Test
  void nestsAndSubtracts() {
    new Script()
        .enter("t", 10, "a")
        .enter("t", 20, "b")
        .exit("t", 25, "b")
        .enter("t", 30, "a")
        .exit("t", 31, "a")
        .exit("t", 40, "a")
        .end(50)
        .read(builder);
    assertThat(spans.lines)
        .containsExactly("0/1 b 20-25 busy 5 self 5", "0/1 a 30-31 busy 1 self 1 again", "0/0 a 10-40 busy 30 self 24");
  }

  @Test
  void keepsInterleavedThreadsApart() {
    new Script().enter("t", 1, "a").enter("u", 2, "b").exit("t", 3, "a").exit("u", 7, "b").end(9).read(builder);
    assertThat(spans.lines).containsExactly("0/0 a 1-3 busy 2 self 2", "1/0 b 2-7 busy 5 self 5");
  }

  @Test
  void passesOverAnExitWithoutEnter() {
    new Script()
        .exit("t", 5, "z")
        .enter("t", 6, "a")
        .exit("t", 7, "z")
        .exit("t", 9, "a")
        .exit("t", 9)
        .end(9)
        .read(builder);
    assertThat(spans.lines).containsExactly("0/0 a 6-9 busy 3 self 3");
    assertThat(builder.unmatchedExits()).isEqualTo(3);
  }

  @Test
  void closesWhatAnOuterExitLeavesOpen() {
    new Script().enter("t", 1, "a").enter("t", 2, "b").enter("t", 3, "c").exit("t", 8, "a").end(9).read(builder);
    assertThat(spans.lines)
        .containsExactly("0/2 c 3-8 busy 5 self 5", "0/1 b 2-8 busy 6 self 1", "0/0 a 1-8 busy 7 self 1");
    assertThat(builder.unfinishedSpans()).isEqualTo(2);
  }

  @Test
  void closesWhatIsOpenAtTheEnd() {
    new Script().enter("t", 1, "a").enter("t", 2, "b").end(4).read(builder);
    assertThat(spans.lines).containsExactly("0/1 b 2-4 busy 2 self 2", "0/0 a 1-4 busy 3 self 1");
  }

  @Test
  void countsTimeThatGoesBackAsNone() {
    new Script().enter("t", 10, "a").enter("t", 5, "b").exit("t", 8, "b").exit("t", 12, "a").end(12).read(builder);
    assertThat(spans.lines).containsExactly("0/1 b 10-10 busy 0 self 0", "0/0 a 10-12 busy 2 self 2");
    assertThat(builder.timesBackwards()).isEqualTo(2);
  }

  @Test
  void doesNotCountWaitingAsWork() {
    new Script()
        .enter("t", 0, "a")
        .enter("t", 2, "b")
        .enter("t", 3, TraceSink.OFF_CPU)
        .exit("t", 13)
        .exit("t", 14, "b")
        .exit("t", 15, "a")
        .end(15)
        .read(builder);
    assertThat(spans.lines)
        .containsExactly("0/2 (off cpu) 3-13 busy 0 self 0", "0/1 b 2-14 busy 2 self 2", "0/0 a 0-15 busy 5 self 3");
  }

  @Test
  void keepsItsBalanceBeyondTheDepthThatItKeeps() {
    Script script = new Script();
    int deep = SpanBuilder.MAX_DEPTH + 10;
    for (int n = 0; n < deep; n++) {
      script.enter("t", n, "f");
    }
    for (int n = deep; n > 0; n--) {
      script.exit("t", 10_000 - n, "f");
    }
    script.end(10_000).read(builder);
    assertThat(spans.lines).hasSize(SpanBuilder.MAX_DEPTH);
    assertThat(spans.lines.getLast()).startsWith("0/0 f 0-9999");
    assertThat(builder.tooDeep()).isEqualTo(10);
    assertThat(builder.unmatchedExits()).isZero();
  }

  /** Whatever comes: inner spans lie in outer ones, work adds up, and nothing is negative. */
  @Property(tries = 300)
  void addsUpWhateverComes(@ForAll @Size(max = 200) List<@IntRange(max = 999) Integer> steps) {
    Script script = new Script();
    long time = 0;
    for (int step : steps) {
      time += step % 11 - 2;
      String function = "f" + step / 11 % 5;
      String track = "t" + step / 55 % 3;
      if (step % 2 == 0) {
        script.enter(track, Math.max(0, time), function);
      } else {
        script.exit(track, Math.max(0, time), function);
      }
    }
    long[] work = new long[2];
    script
        .end(Math.max(0, time))
        .read(
            new SpanBuilder(span -> {
              assertThat(span.self).isNotNegative();
              assertThat(span.busy).isBetween(span.self, span.length());
              work[0] += span.self;
              work[1] += span.depth == 0 ? span.length() : 0;
            }));
    assertThat(work[0]).isEqualTo(work[1]);
  }
}
