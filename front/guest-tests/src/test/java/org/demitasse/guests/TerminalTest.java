package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.demitasse.kvm.KvmUsability;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * However a machine ends, on whatever engine, the terminal that it had in raw mode is as before. The terminal is a
 * pseudo-terminal of script(1).
 */
class TerminalTest {
  private static final int LIMIT_SECONDS = 120;

  /** Prints a dot to the serial port, so that a test knows of it, and then reads the port for ever. */
  private static final String LOOP = "66 ba f8 03 b0 2e ee ec eb fd";

  /** Loads an empty interrupt table and divides by zero. */
  private static final String TRIPLE_FAULT = "6a 00 6a 00 0f 01 1c 24 31 c9 f7 f1";

  @TempDir private Path folder;

  private static void needs(String engine) {
    Path device = Path.of("/dev/kvm");
    assumeTrue(
        engine.equals("cpu") || Files.isReadable(device) && Files.isWritable(device),
        "needs a /dev/kvm (./dev lab has one)");
  }

  private Demi guest(String engine, String code) throws IOException {
    needs(engine);
    Path kernel = PvhKernel.write(folder.resolve("guest.elf"), code);
    return new Demi(folder).onTerminal().on(engine).with("--kernel", kernel, "-m", 64);
  }

  @ParameterizedTest
  @CsvSource({"cpu, TERM, 143", "cpu, HUP, 129", "cpu, INT, 130", "kvm, TERM, 143", "kvm, HUP, 129", "kvm, INT, 130"})
  void aSignalEndsTheMachineAndNotTheTerminal(String engine, String signal, int status) throws Exception {
    try (Terminal terminal = new Terminal(folder, guest(engine, LOOP))) {
      terminal.awaitRaw();
      Host.output("kill", "-" + signal, terminal.told("pid"));
      terminal.assertRestored(status);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void theKeysThatLeaveTheGuestRestoreIt(String engine) throws Exception {
    try (Terminal terminal = new Terminal(folder, guest(engine, LOOP))) {
      terminal.awaitRaw();
      terminal.type("\001x");
      terminal.assertRestored(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void timeThatIsOverRestoresIt(String engine) throws Exception {
    try (Terminal terminal = new Terminal(folder, guest(engine, LOOP).with("--timeout", 5))) {
      terminal.awaitRaw();
      terminal.assertRestored(124);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void aGuestThatCrashesLeavesAReportInWholeLines(String engine) throws Exception {
    String whyNot = engine.equals("kvm") ? KvmUsability.whyNot() : "";
    assumeTrue(whyNot.isEmpty(), "needs a KVM that knows of exceptions (./dev lab has one): " + whyNot);
    try (Terminal terminal = new Terminal(folder, guest(engine, TRIPLE_FAULT))) {
      terminal.assertRestored(80);
      assertThat(terminal.output()).contains("demi: ").doesNotContainPattern("[^\\r]\\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm", "cpu"})
  void anEngineThatIsRefusedLeavesItAlone(String engine) throws Exception {
    Demi demi = guest("cpu", LOOP).on(engine).property("demitasse.kvm.device", folder.resolve("nothing"));
    String sentence = "cannot use the engine kvm: there is no ";
    if (engine.equals("cpu")) { // which nothing refuses, but a kernel that is none is as early
      Files.writeString(folder.resolve("guest.elf"), "no kernel");
      sentence = "guest.elf";
    }
    try (Terminal terminal = new Terminal(folder, demi)) {
      terminal.assertRestored(engine.equals("cpu") ? 66 : 70);
      assertThat(terminal.output()).contains(sentence);
    }
  }

  /** A pseudo-terminal on which a shell runs demi, and notes what the terminal was before and afterwards. */
  private static final class Terminal implements AutoCloseable {
    private final Path folder;
    private final Process script;
    private final OutputStream keyboard;

    Terminal(Path folder, Demi demi) throws IOException {
      this.folder = folder;
      String command = demi.command().stream().map(Terminal::quoted).collect(Collectors.joining(" "));
      Path session =
          Files.writeString(
              folder.resolve("session"),
              """
              tty >"$1/tty"
              stty -g >"$1/before"
              sh -c 'echo $$ >"$0/pid"; exec "$@"' "$1" %s
              echo $? >"$1/status"
              stty -g >"$1/after"
              """
                  .formatted(command));
      // the tests may run where these signals are ignored: under nohup, or behind a shell's &
      String shell =
          "exec env --default-signal=HUP,INT sh %s %s".formatted(quoted(session.toString()), quoted(folder.toString()));
      script =
          new ProcessBuilder("script", "-qc", shell, "/dev/null")
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("output").toFile())
              .start();
      keyboard = script.getOutputStream();
    }

    private static String quoted(String word) {
      return "'" + word.replace("'", "'\\''") + "'";
    }

    String told(String name) throws IOException {
      return Files.readString(folder.resolve(name)).strip();
    }

    String output() throws IOException {
      return Files.readString(folder.resolve("output"), StandardCharsets.ISO_8859_1);
    }

    void type(String keys) throws IOException {
      keyboard.write(keys.getBytes(StandardCharsets.ISO_8859_1));
      keyboard.flush();
    }

    private interface Condition {
      boolean holds() throws IOException;
    }

    private void await(String what, Condition condition) throws IOException, InterruptedException {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
      while (!condition.holds()) {
        if (System.nanoTime() > end || !script.isAlive()) {
          fail("%s: no, after %d s or the end of script; the terminal: %s", what, LIMIT_SECONDS, output());
        }
        Thread.sleep(50);
      }
    }

    /** Waits until the terminal is raw and the guest has printed. */
    void awaitRaw() throws IOException, InterruptedException {
      await("the guest has printed", () -> output().contains("."));
      await("the terminal is raw", () -> Host.run("stty", "-aF", told("tty")).text().contains("-icanon"));
      assertThat(Host.output("stty", "-aF", told("tty"))).contains("-echo ", "-isig");
    }

    void assertRestored(int status) throws IOException, InterruptedException {
      if (!script.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        fail("demi did not end; the terminal: %s", output());
      }
      assertThat(told("status")).as("exit status; the terminal: %s", output()).isEqualTo(Integer.toString(status));
      assertThat(told("after")).as("the terminal's modes").isEqualTo(told("before"));
    }

    @Override
    public void close() throws IOException {
      script.descendants().forEach(ProcessHandle::destroyForcibly);
      script.destroyForcibly();
      keyboard.close();
    }
  }
}
