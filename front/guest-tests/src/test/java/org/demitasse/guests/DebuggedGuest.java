package org.demitasse.guests;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A demi in a process of its own that the real gdb can come to, through a socket in a folder. */
final class DebuggedGuest implements AutoCloseable {
  private final Path folder;
  private final Path console;
  private final Path errors;
  private final Process process;
  private final int seconds;

  /**
   * Starts it.
   *
   * @param seconds how long each step may take
   */
  DebuggedGuest(Path folder, Demi demi, int seconds) throws IOException {
    this.folder = folder;
    this.seconds = seconds;
    console = Files.createTempFile(folder, "console", ".txt");
    errors = Files.createTempFile(folder, "errors", ".txt");
    process =
        demi.with("--gdb", "unix:" + socket())
            .builder()
            .redirectOutput(console.toFile())
            .redirectError(errors.toFile())
            .start();
  }

  private Path socket() {
    return folder.resolve("gdb.socket");
  }

  /** Types on the guest's console. */
  void type(String text) throws IOException {
    OutputStream keyboard = process.getOutputStream();
    keyboard.write(text.getBytes(StandardCharsets.UTF_8));
    keyboard.flush();
  }

  /** Waits for what the guest prints; gives all that it has printed. */
  String await(String text) throws IOException, InterruptedException {
    return await(console, text);
  }

  private String await(Path file, String text) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!printed(file).contains(text)) {
      if (System.nanoTime() - end > 0 || !process.isAlive()) {
        fail("no '%s' in: %s%nstandard error: %s", text, printed(console), printed(errors));
      }
      Thread.sleep(50);
    }
    return printed(file);
  }

  private static String printed(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1).replace("\r", "");
  }

  /** Runs a script in gdb, connected to this guest; what gdb said. */
  String gdb(Path program, String... commands) throws IOException, InterruptedException {
    await(errors, "gdb can come");
    List<String> script = new ArrayList<>(List.of("set pagination off", "set confirm off"));
    script.add("set architecture i386:x86-64");
    script.add("set remotetimeout " + seconds);
    script.add("target remote " + socket());
    script.addAll(List.of(commands));
    Path file = Files.write(folder.resolve("script.gdb"), script);
    List<String> command = new ArrayList<>(List.of("timeout", Integer.toString(seconds), "gdb", "-nx", "-batch"));
    command.addAll(List.of("-x", file.toString()));
    if (!program.equals(Path.of(""))) {
      command.add(program.toString());
    }
    return Host.run(Map.of(), command).text();
  }

  /** Waits for its end; gives the exit status. */
  int ended() throws InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      return fail("the guest did not end");
    }
    return process.exitValue();
  }

  /** What demi itself has said. */
  String errors() throws IOException {
    return printed(errors);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
