package org.demitasse.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demi trace run}: boots one machine and records it. */
@Command(
    name = "run",
    description = {
      "Boots a machine as demi run does and records every call of a kernel function, on the soft CPU.",
      "Use --clock virtual to get the same numbers from run to run."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true)
final class TraceRunCommand extends RunCommand {
  private static final int USUAL_SAMPLES = 200;
  private static final int MOST_SAMPLES = 5000;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "TRACE",
      description = "The trace; ${DEFAULT-VALUE} if not given.")
  private Path output = Path.of("boot.trace");

  @Option(
      names = "--samples",
      paramLabel = "HZ",
      description = "Look at each vCPU so many times a second instead; what --engine kvm does, 200 times if not given.")
  private int samples;

  @Option(
      names = "--mark",
      paramLabel = "TEXT",
      description = "A milestone: when the console first prints this, as --until's text is by itself. Repeatable.")
  private List<String> marks = new ArrayList<>();

  private boolean samplesOnly; // the engine does not see calls

  /** Only the soft CPU sees every call. */
  @Override
  String chosenEngine(String asked) {
    samplesOnly = asked.equals("kvm");
    return asked.equals("auto") && samples == 0 ? "cpu" : asked;
  }

  @Override
  public Integer call() throws FailedException {
    if (samples < 0 || samples > MOST_SAMPLES) {
      throw new FailedException(
          ExitStatus.USAGE, "--samples must be 1 to %d, not %d".formatted(MOST_SAMPLES, samples), null);
    }
    String engine = chosenEngine(askedEngine());
    int perSecond = samples == 0 && samplesOnly ? USUAL_SAMPLES : samples;
    System.err.printf(
        "demi: %s%n",
        perSecond > 0
            ? "recording %d samples a second on --engine %s".formatted(perSecond, engine)
            : "recording every call on --engine cpu");
    return session(new TraceRecording(output, title(), perSecond, allMarks())).run();
  }

  private List<String> allMarks() {
    List<String> all = new ArrayList<>(marks);
    String last = untilText();
    if (last != null) {
      all.add(last);
    }
    return all;
  }
}
