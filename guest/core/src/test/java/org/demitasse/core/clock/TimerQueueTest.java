package org.demitasse.core.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimerQueueTest {
  private final TimerQueue queue = new TimerQueue();
  private final List<String> expired = new ArrayList<>();

  private TimerQueue.Timer named(String name) {
    return queue.newTimer(() -> expired.add(name));
  }

  @Test
  void expiresInOrderOfDeadlineAndThenOfArming() {
    TimerQueue.Timer late = named("late");
    TimerQueue.Timer first = named("first");
    TimerQueue.Timer second = named("second");
    late.arm(30);
    first.arm(10);
    second.arm(10);

    queue.runDue(20);

    assertThat(expired).containsExactly("first", "second");
    assertThat(queue.nextDeadline()).isEqualTo(30);
  }

  @Test
  void rearmingForgetsTheEarlierDeadline() {
    TimerQueue.Timer timer = named("timer");
    timer.arm(10);
    timer.arm(50);

    queue.runDue(20);
    assertThat(expired).isEmpty();
    queue.runDue(50);
    assertThat(expired).containsExactly("timer");
  }

  @Test
  void aCancelledTimerNeverExpires() {
    TimerQueue.Timer timer = named("timer");
    timer.arm(10);
    timer.cancel();

    queue.runDue(100);

    assertThat(expired).isEmpty();
    assertThat(queue.nextDeadline()).isEqualTo(TimerQueue.NEVER);
  }

  @Test
  void aSoonerDeadlineWakesTheEngine() {
    int[] wakes = {0};
    queue.onSooner(() -> wakes[0]++);
    TimerQueue.Timer timer = named("timer");
    timer.arm(100);
    named("later").arm(200);
    named("sooner").arm(50);

    assertThat(wakes[0]).isEqualTo(2);
  }

  @Test
  void aTimerThatArmsItselfInThePastExpiresAgainInTheSameRun() {
    int[] runs = {0};
    TimerQueue.Timer[] timer = new TimerQueue.Timer[1];
    timer[0] =
        queue.newTimer(() -> {
          if (++runs[0] < 3) {
            timer[0].arm(5);
          }
        });
    timer[0].arm(10);

    queue.runDue(10);

    assertThat(runs[0]).isEqualTo(3);
  }
}
