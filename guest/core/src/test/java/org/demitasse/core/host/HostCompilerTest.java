package org.demitasse.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In a JVM of its own, as the flags must be there from the start. */
class HostCompilerTest {
  private static final String DONE = "compiled before it was ever called";

  /** What runs in that JVM. */
  static final class Asked {
    private Asked() {}

    static int square(int number) {
      return number * number;
    }

    public static void main(String[] arguments) throws Exception {
      HostCompiler compiler = HostCompiler.find();
      if (compiler == null) {
        System.out.println("nobody to ask");
        return;
      }
      var method = Asked.class.getDeclaredMethod("square", int.class);
      boolean before = compiler.isCompiled(method);
      compiler.compile(method, HostCompiler.Tier.C1);
      while (compiler.isQueued(method) && !compiler.isCompiled(method)) {
        Thread.sleep(1);
      }
      System.out.println(!before && compiler.isCompiled(method) ? DONE : "not compiled");
    }
  }

  private static String run(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    String path = System.getProperty("jdk.module.path", "");
    String classes = System.getProperty("java.class.path", "");
    command.addAll(
        List.of(
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-cp",
            String.join(
                java.io.File.pathSeparator,
                path,
                classes,
                Path.of("target", "classes").toString(),
                Path.of("target", "test-classes").toString()),
            Asked.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes()).strip();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  @Test
  void aJvmThatWasStartedForItCompilesWhatItIsAskedToAndSaysNothing() throws IOException, InterruptedException {
    assertThat(run("-XX:+UnlockDiagnosticVMOptions", "-XX:+WhiteBoxAPI", "-XX:-DisplayVMOutput")).isEqualTo(DONE);
  }

  @Test
  void anyOtherHasNobodyToAsk() throws IOException, InterruptedException {
    assertThat(run()).isEqualTo("nobody to ask");
  }
}
