package org.demitasse.differential;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.demitasse.cpu.Translation;

/**
 * The long run of translated code against the interpreter: {@code --cases N --seed S --from I --programs 0|1 --host 0|1
 * --checked 0|1, --quick 0|1}. Exit status 1 if anything differs.
 */
final class TwinRun {
  private static final long PROGRESS = Generator.BATCH;

  private TwinRun() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, Long> options =
        new HashMap<>(
            Map.of(
                "--quick",
                0L,
                "--cases",
                100_000L,
                "--seed",
                1L,
                "--from",
                0L,
                "--programs",
                1L,
                "--host",
                1L,
                "--checked",
                0L));
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      if (options.put(arguments[i], Long.parseLong(arguments[i + 1])) == null) {
        throw new IllegalArgumentException("unknown option " + arguments[i]);
      }
    }
    System.exit(run(options) ? 0 : 1);
  }

  private static Differential.Cases cases(Map<String, Long> options) {
    long seed = options.get("--seed");
    if (options.get("--programs") != 0) {
      return new ProgramGenerator(seed, options.get("--host") != 0)::generate;
    }
    return new UntrappedGenerator(seed)::generate;
  }

  private static Translation form(Map<String, Long> options) {
    boolean quick = options.get("--quick") != 0;
    return options.get("--checked") != 0
        ? Translation.EAGER_CHECKED
        : quick ? Translation.EAGER_QUICK : Translation.EAGER;
  }

  private static boolean run(Map<String, Long> options) throws IOException {
    Differential.Cases cases = cases(options);
    MismatchReport report = new MismatchReport();
    try (TwinSubject twins = new TwinSubject(form(options));
        HostCpu host = new HostCpu()) {
      Differential differential = new Differential(host, twins);
      long start = System.nanoTime();
      for (long done = 0; done < options.get("--cases"); ) {
        long from = options.get("--from") + done;
        if (options.get("--host") != 0) {
          done += differential.run(cases, from, PROGRESS, report);
        } else {
          done += alone(cases, from, twins);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
            "%,d cases, %,d instructions translated, %.0f s, %,.0f/s: %d differ between the twins, %d from the host%n",
            done, twins.translatedInstructions(), seconds, done / seconds, twins.total(), report.total());
      }
      twins.differences().forEach(System.out::println);
      report.print(System.out, 10, differential);
      return twins.total() + report.total() == 0;
    }
  }

  /** Programs that the host need not be asked about, with turns of all lengths. */
  private static long alone(Differential.Cases cases, long from, TwinSubject twins) {
    TestCase[] test = {new TestCase()};
    Outcome[] outcome = {new Outcome()};
    for (long index = from; index < from + PROGRESS; index++) {
      cases.generate(index, test[0]);
      twins.turns(1 + Random.of(from, index).below(index % 2 == 0 ? 8 : 60));
      twins.run(test, outcome, 1);
    }
    return PROGRESS;
  }
}
