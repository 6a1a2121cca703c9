package org.demitasse.differential;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The host's own CPU, driven by a child process that gcc makes from hostcpu.c. One thread. */
final class HostCpu implements Subject {
  private static final int MAGIC = 0x4449_4646;
  private static final int CASE_BYTES = 1024;
  private static final int OUTCOME_BYTES = 704;
  private static final List<String> COMPILER =
      List.of(
          "gcc",
          "-O2",
          "-Wall",
          "-static",
          "-nostdlib",
          "-nostartfiles",
          "-ffreestanding",
          "-fno-stack-protector",
          "-fno-tree-loop-distribute-patterns",
          "-mno-red-zone",
          "-fPIC",
          "-no-pie",
          "-Wl,-Ttext-segment=0x5a5a00000000",
          "-Wl,--build-id=none");

  private final Path folder;
  private final Process process;
  private final OutputStream toChild;
  private final DataInputStream fromChild;
  private final ByteBuffer header = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
  private ByteBuffer records = ByteBuffer.allocate(0);
  private long dataSeed;
  private boolean dataLoaded;
  private int waiting;

  /**
   * Builds and starts the child.
   *
   * @throws IOException if gcc is not there or refuses
   */
  HostCpu() throws IOException {
    folder = Files.createTempDirectory("hostcpu");
    Path source = folder.resolve("hostcpu.c");
    try (InputStream resource = Objects.requireNonNull(HostCpu.class.getResourceAsStream("/hostcpu.c"))) {
      Files.copy(resource, source, StandardCopyOption.REPLACE_EXISTING);
    }
    Path program = folder.resolve("hostcpu");
    List<String> command = new ArrayList<>(COMPILER);
    command.addAll(List.of("-o", program.toString(), source.toString()));
    Process compiler = new ProcessBuilder(command).inheritIO().start();
    try {
      if (compiler.waitFor() != 0) {
        throw new IOException("gcc failed on hostcpu.c with status " + compiler.exitValue());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while gcc was running", e);
    }
    process = new ProcessBuilder(program.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    toChild = process.getOutputStream();
    fromChild = new DataInputStream(process.getInputStream());
  }

  /** Says whether this host can run the child at all: Linux on x86-64. */
  static boolean isAvailable() {
    return System.getProperty("os.name", "").equals("Linux") && System.getProperty("os.arch", "").equals("amd64");
  }

  @Override
  public void run(TestCase[] cases, Outcome[] outcomes, int count) {
    start(cases, count);
    finish(outcomes);
  }

  /** Sends a batch; the child works on it while the caller does something else. */
  void start(TestCase[] cases, int count) {
    try {
      boolean newData = !dataLoaded || dataSeed != cases[0].dataSeed;
      header.clear().putInt(MAGIC).putInt(count).putInt(newData ? 1 : 0).putInt(0);
      toChild.write(header.array());
      if (newData) {
        dataSeed = cases[0].dataSeed;
        dataLoaded = true;
        toChild.write(Arena.contents(dataSeed));
      }
      if (records.capacity() < count * CASE_BYTES) {
        records = ByteBuffer.allocate(count * CASE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      }
      for (int i = 0; i < count; i++) {
        encode(cases[i], records.position(i * CASE_BYTES));
      }
      toChild.write(records.array(), 0, count * CASE_BYTES);
      toChild.flush();
      waiting = count;
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /** Receives the outcomes of the batch that was started. */
  void finish(Outcome[] outcomes) {
    try {
      int bytes = (int) Long.reverseBytes(fromChild.readLong());
      ByteBuffer answer = ByteBuffer.wrap(fromChild.readNBytes(bytes)).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < waiting; i++) {
        decode(answer, outcomes[i]);
      }
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private UncheckedIOException broken(IOException cause) {
    String status = process.isAlive() ? "still runs" : "ended with status " + process.exitValue();
    return new UncheckedIOException("lost the native test process, which " + status, cause);
  }

  private static void encode(TestCase c, ByteBuffer to) {
    int start = to.position();
    for (long value : c.gpr) {
      to.putLong(value);
    }
    to.putLong(c.rip).putLong(c.rflags).putLong(c.fsBase).putLong(c.gsBase);
    to.putShort((short) c.mode.selector).putShort((short) c.ss).putShort((short) c.ds).putShort((short) c.es);
    to.putShort((short) c.fs)
        .putShort((short) c.gs)
        .put((byte) c.codeBytes)
        .put((byte) c.patchBytes)
        .putShort((short) 0);
    to.putInt((int) c.patchAddress).putInt((int) c.codeAddress());
    to.put(c.code).put(c.patch).put(c.fx.array()).position(start + CASE_BYTES);
  }

  private static void decode(ByteBuffer from, Outcome o) {
    int start = from.position();
    for (int i = 0; i < 16; i++) {
      o.gpr[i] = from.getLong();
    }
    o.rip = from.getLong();
    o.rflags = from.getLong();
    o.cr2 = from.getLong();
    o.fsBase = from.getLong();
    o.gsBase = from.getLong();
    o.cs = from.getShort() & 0xffff;
    o.ss = from.getShort() & 0xffff;
    o.ds = from.getShort() & 0xffff;
    o.es = from.getShort() & 0xffff;
    o.fs = from.getShort() & 0xffff;
    o.gs = from.getShort() & 0xffff;
    o.vector = from.getShort() & 0xffff;
    o.timedOut = from.getShort() != 0;
    o.error = from.getInt();
    int changes = from.getInt();
    from.get(o.fx.array());
    from.position(start + OUTCOME_BYTES);
    o.clearChanges();
    for (int i = 0; i < changes; i++) {
      long index = from.getLong();
      o.addChange((int) index, from.getLong());
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
