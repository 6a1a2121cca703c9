package org.demitasse.cpu.fpu;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The host's own FPU, driven by a child process that gcc makes from hostfpu.c. */
final class HostFpu implements AutoCloseable {
  private static final int BATCH = 64;

  private final Path folder;
  private final Process process;
  private final OutputStream toChild;
  private final DataInputStream fromChild;

  HostFpu() throws IOException, InterruptedException {
    folder = Files.createTempDirectory("hostfpu");
    Path source = folder.resolve("hostfpu.c");
    try (InputStream in = Objects.requireNonNull(HostFpu.class.getResourceAsStream("/hostfpu.c"))) {
      Files.copy(in, source);
    }
    Path program = folder.resolve("hostfpu");
    Process gcc =
        new ProcessBuilder("gcc", "-O1", "-mno-red-zone", "-o", program.toString(), source.toString())
            .inheritIO()
            .start();
    if (gcc.waitFor() != 0) {
      throw new IOException("gcc failed with status " + gcc.exitValue());
    }
    process = new ProcessBuilder(program.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    toChild = process.getOutputStream();
    fromChild = new DataInputStream(process.getInputStream());
  }

  /** Why this host cannot be the oracle; empty if it can. */
  static String reasonNotToRun() {
    if (!System.getProperty("os.arch", "").equals("amd64") || !System.getProperty("os.name", "").equals("Linux")) {
      return "the host is not Linux on x86-64";
    }
    try {
      return new ProcessBuilder("gcc", "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor()
              == 0
          ? ""
          : "gcc does not run";
    } catch (IOException missing) {
      return "gcc is not installed: " + missing.getMessage();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  /** Says whether the host's processor is AMD's. */
  static boolean isAmd() throws IOException {
    return Files.readString(Path.of("/proc/cpuinfo")).contains("AuthenticAMD");
  }

  List<FpuOutcome> run(List<FpuCase> cases) {
    List<FpuOutcome> outcomes = new ArrayList<>();
    try {
      for (int from = 0; from < cases.size(); from += BATCH) {
        runBatch(cases.subList(from, Math.min(cases.size(), from + BATCH)), outcomes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the host FPU process died", e);
    }
    return outcomes;
  }

  private void runBatch(List<FpuCase> cases, List<FpuOutcome> outcomes) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(cases.size() * FpuCase.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    cases.forEach(c -> c.put(out));
    toChild.write(out.array());
    toChild.flush();
    byte[] in = new byte[cases.size() * FpuOutcome.BYTES];
    fromChild.readFully(in);
    ByteBuffer view = ByteBuffer.wrap(in).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < cases.size(); i++) {
      outcomes.add(FpuOutcome.read(view));
    }
  }

  @Override
  public void close() throws IOException {
    toChild.close();
    process.onExit().join();
    Files.delete(folder.resolve("hostfpu"));
    Files.delete(folder.resolve("hostfpu.c"));
    Files.delete(folder);
  }
}
