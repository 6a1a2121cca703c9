package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Kernels in C of src/test/guest, built by gcc: 32-bit code, entered by multiboot, with a symbol table. */
final class TestKernel {
  private static final Path SOURCES = Path.of("src", "test", "guest");

  private TestKernel() {}

  /** Builds {@code NAME.c}. */
  static Path build(String name, Path folder) throws IOException, InterruptedException {
    Path kernel = folder.resolve(name + ".elf");
    List<String> command =
        new ArrayList<>(List.of("gcc", "-m32", "-O1", "-ffreestanding", "-nostdlib", "-static", "-fno-pic", "-no-pie"));
    command.addAll(List.of("-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables"));
    command.addAll(List.of("-fno-optimize-sibling-calls", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments"));
    command.addAll(List.of("-Wl,-T," + SOURCES.resolve("calls.ld"), "-o", kernel.toString()));
    command.add(SOURCES.resolve(name + ".c").toString());
    assertThat(run(command, folder)).isZero();
    return kernel;
  }

  /**
   * Builds {@code early.S}, linked above where it is loaded.
   *
   * @param bits 32 or 64: the file's, as its code has 32
   * @param base how much above
   * @param turns how often it goes round
   */
  static Path early(int bits, long base, long turns, Path folder) throws IOException, InterruptedException {
    Path kernel = folder.resolve("early.elf");
    List<String> command = new ArrayList<>(List.of("gcc", "-m" + bits, "-nostdlib", "-static", "-no-pie"));
    command.addAll(List.of("-DTURNS=" + turns, "-Wl,--build-id=none", "-Wl,--defsym=BASE=0x%x".formatted(base)));
    command.addAll(List.of("-Wl,-T," + SOURCES.resolve("early.ld"), "-Wl,-z,max-page-size=0x1000"));
    command.addAll(List.of("-o", kernel.toString(), SOURCES.resolve("early.S").toString()));
    assertThat(run(command, folder)).as(Files.readString(folder.resolve("output"))).isZero();
    return kernel;
  }

  /** Runs a program and gives its status. */
  static int run(List<String> command, Path folder) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(Files.readString(output)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
