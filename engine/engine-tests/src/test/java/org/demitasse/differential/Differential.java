package org.demitasse.differential;

import java.util.List;
import java.util.stream.IntStream;
import org.demitasse.differential.Comparison.Difference;

/** Feeds generated cases to the host's CPU and to a subject, and hands out what does not agree. One thread. */
final class Differential {
  /** Gets each mismatch. The arguments are reused: copy what is to be kept. */
  interface Mismatches {
    void found(long index, TestCase test, Outcome host, Outcome ours, List<Difference> differences);
  }

  /** Makes the case of an index. */
  interface Cases {
    void generate(long index, TestCase into);
  }

  private final HostCpu host;
  private final Subject subject;
  private final Comparison comparison = new Comparison();
  private final Outcome[] hostOutcomes = outcomes();
  private final Outcome[] ourOutcomes = outcomes();
  private TestCase[] now = cases();
  private TestCase[] next = cases();

  Differential(HostCpu host, Subject subject) {
    this.host = host;
    this.subject = subject;
  }

  private static Outcome[] outcomes() {
    return IntStream.range(0, Generator.BATCH).mapToObj(i -> new Outcome()).toArray(Outcome[]::new);
  }

  private static TestCase[] cases() {
    return IntStream.range(0, Generator.BATCH).mapToObj(i -> new TestCase()).toArray(TestCase[]::new);
  }

  /** Runs the cases of [from, from + count), rounded out to whole batches, and returns how many that were. */
  long run(Cases cases, long from, long count, Mismatches mismatches) {
    long first = from / Generator.BATCH;
    long end = (from + count + Generator.BATCH - 1) / Generator.BATCH;
    fill(cases, first, now);
    host.start(now, Generator.BATCH);
    for (long batch = first; batch < end; batch++) {
      host.finish(hostOutcomes);
      TestCase[] current = now;
      if (batch + 1 < end) {
        fill(cases, batch + 1, next);
        host.start(next, Generator.BATCH);
      }
      now = next;
      next = current;
      subject.run(current, ourOutcomes, Generator.BATCH);
      compare(batch * Generator.BATCH, current, mismatches);
    }
    return (end - first) * Generator.BATCH;
  }

  private static void fill(Cases cases, long batch, TestCase[] into) {
    for (int i = 0; i < Generator.BATCH; i++) {
      cases.generate(batch * Generator.BATCH + i, into[i]);
    }
  }

  private void compare(long firstIndex, TestCase[] tests, Mismatches mismatches) {
    for (int i = 0; i < Generator.BATCH; i++) {
      if (!Comparison.identical(tests[i], hostOutcomes[i], ourOutcomes[i])) {
        List<Difference> differences = comparison.differences(tests[i], hostOutcomes[i], ourOutcomes[i]);
        if (!differences.isEmpty()) {
          mismatches.found(firstIndex + i, tests[i], hostOutcomes[i], ourOutcomes[i], differences);
        }
      }
    }
  }

  /** Runs one case on both and says in what they differ. */
  List<Difference> check(TestCase test) {
    TestCase[] one = {test};
    host.run(one, hostOutcomes, 1);
    subject.run(one, ourOutcomes, 1);
    return comparison.differences(test, hostOutcomes[0], ourOutcomes[0]);
  }
}
