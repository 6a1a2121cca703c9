package org.demitasse.guests;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The program that runs tests in the lab and prints a line for each that began and for each that ended. */
final class LabRun {
  /**
   * What the program's own lines begin with, among all that tests print: this, a verb, an id, seconds since the program
   * began, a text in Base64.
   */
  static final String MARK = "@lab";

  static final String BEGAN = "began";
  static final String PASSED = "passed";
  static final String FAILED = "failed";
  static final String SKIPPED = "skipped";

  private LabRun() {}

  /** Whether this computer is the lab: tools/lab.sh says so. */
  static boolean isHere() {
    return System.getenv("DEMITASSE_LAB") != null;
  }

  /** Runs the tests of classes, given by name, or CLASS#METHOD; with "slow" in front, the slow ones, too. */
  public static void main(String[] arguments) {
    List<String> words = List.of(arguments);
    boolean slow = words.getFirst().equals("slow");
    LauncherDiscoveryRequest request = request(slow ? words.subList(1, words.size()) : words, slow);
    LauncherFactory.create().execute(request, new Reporter(System.out));
    System.out.flush();
    System.exit(0); // whatever threads a failed test has left
  }

  /** What there is to run. */
  static LauncherDiscoveryRequest request(List<String> classes, boolean slow) {
    LauncherDiscoveryRequestBuilder builder =
        LauncherDiscoveryRequestBuilder.request()
            .filters(EngineFilter.includeEngines("junit-jupiter"))
            .selectors(classes.stream().map(LabRun::selector).toList());
    return slow ? builder.build() : builder.filters(TagFilter.excludeTags("slow")).build();
  }

  private static DiscoverySelector selector(String word) {
    return word.contains("#") ? DiscoverySelectors.selectMethod(word) : DiscoverySelectors.selectClass(word);
  }

  private static final class Reporter implements TestExecutionListener {
    private final PrintStream out;
    private final long start = System.nanoTime();

    Reporter(PrintStream out) {
      this.out = out;
    }

    private void tell(String verb, TestIdentifier test, String text) {
      String coded = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
      double seconds = (System.nanoTime() - start) / 1e9;
      out.printf(Locale.ROOT, "%n%s %s %s %.1f %s%n", MARK, verb, test.getUniqueId().replace(' ', '_'), seconds, coded);
    }

    @Override
    public void executionStarted(TestIdentifier test) {
      if (test.isTest()) {
        tell(BEGAN, test, "");
      }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      tell(SKIPPED, test, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      Optional<Throwable> why = result.getThrowable();
      switch (result.getStatus()) {
        case SUCCESSFUL -> {
          if (test.isTest()) {
            tell(PASSED, test, "");
          }
        }
        case ABORTED -> tell(SKIPPED, test, why.map(Throwable::getMessage).orElse("aborted"));
        case FAILED -> tell(FAILED, test, why.map(Reporter::trace).orElse("failed"));
      }
    }

    private static String trace(Throwable thrown) {
      StringBuilder text = new StringBuilder(thrown.toString());
      for (StackTraceElement frame : thrown.getStackTrace()) {
        if (frame.getClassName().startsWith("org.demitasse.")) {
          text.append("\n    at ").append(frame);
        }
      }
      if (thrown.getCause() != null) {
        text.append("\n  because of ").append(trace(thrown.getCause()));
      }
      return text.toString();
    }
  }
}
