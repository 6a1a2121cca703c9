package org.demitasse.cpu.simd;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The host's own CPU, by a small C program, as the oracle of SIMD instructions. */
final class SimdOracle {
  /** Bytes of a state record; the layout is in simd-oracle.c. */
  static final int STATE_BYTES = 272;

  static final int MM = 128;
  static final int MEMORY = 192;
  static final int GPR = 224;
  static final int MXCSR = 256;
  static final int FLAGS = 260;
  static final int SIGNAL = 264;

  static final int SIGILL = 4;
  static final int SIGFPE = 8;
  static final int SIGSEGV = 11;

  private final Path program;

  /** Compiles the program; needs gcc on an x86-64 host. */
  SimdOracle(Path folder) throws IOException, InterruptedException {
    Path source = folder.resolve("simd-oracle.c");
    try (InputStream text = SimdOracle.class.getResourceAsStream("simd-oracle.c")) {
      if (text == null) {
        throw new IOException("simd-oracle.c is not on the class path");
      }
      Files.copy(text, source);
    }
    program = folder.resolve("simd-oracle");
    Process gcc =
        new ProcessBuilder("gcc", "-O1", "-o", program.toString(), source.toString()).redirectErrorStream(true).start();
    String output = new String(gcc.getInputStream().readAllBytes());
    if (gcc.waitFor() != 0) {
      throw new IOException("gcc failed: " + output);
    }
  }

  /** Says whether this host can be the oracle. */
  static boolean available() {
    try {
      Process gcc = new ProcessBuilder("gcc", "-dumpmachine").redirectErrorStream(true).start();
      String machine = new String(gcc.getInputStream().readAllBytes());
      return gcc.waitFor(10, TimeUnit.SECONDS) && gcc.exitValue() == 0 && machine.startsWith("x86_64");
    } catch (IOException missing) {
      return false;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Executes each code with its state and gives the states after it. */
  List<ByteBuffer> run(List<byte[]> codes, List<ByteBuffer> states) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(program.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Thread writer = Thread.ofVirtual().start(() -> send(process, codes, states));
    byte[] answer = process.getInputStream().readAllBytes();
    writer.join();
    if (process.waitFor() != 0 || answer.length != codes.size() * STATE_BYTES) {
      throw new IOException("the oracle gave %d of %d answers".formatted(answer.length / STATE_BYTES, codes.size()));
    }
    ByteBuffer all = ByteBuffer.wrap(answer);
    return java.util.stream.IntStream.range(0, codes.size())
        .mapToObj(n -> all.slice(n * STATE_BYTES, STATE_BYTES).order(ByteOrder.LITTLE_ENDIAN))
        .toList();
  }

  private static void send(Process process, List<byte[]> codes, List<ByteBuffer> states) {
    try (var out = new java.io.BufferedOutputStream(process.getOutputStream(), 1 << 16)) {
      for (int n = 0; n < codes.size(); n++) {
        byte[] request = new byte[16];
        request[0] = (byte) codes.get(n).length;
        System.arraycopy(codes.get(n), 0, request, 1, codes.get(n).length);
        out.write(request);
        out.write(states.get(n).array());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
