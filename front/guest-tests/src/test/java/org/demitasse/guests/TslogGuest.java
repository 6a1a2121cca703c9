package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** A kernel of ours that keeps NetBSD's tslog, and prints it; what demi finds in its memory must be the same. */
final class TslogGuest {
  /** Functions and devices in the order of their time; the last two of them wait. */
  private static final List<String> DEAREST =
      List.of("main", "cpu_configure", "config_attach com0", "config_attach ld0", "vfs_mountroot");

  private final Path folder;

  TslogGuest(Path folder) {
    this.folder = folder;
  }

  /** Builds it. */
  Path build() throws IOException {
    Path kernel = folder.resolve("tslog.elf");
    Host.output(
        "gcc",
        "-m32",
        "-O1",
        "-ffreestanding",
        "-nostdlib",
        "-static",
        "-fno-pic",
        "-no-pie",
        "-fno-builtin",
        "-fno-stack-protector",
        "-fcf-protection=none",
        "-fno-asynchronous-unwind-tables",
        "-mgeneral-regs-only",
        "-Wl,--build-id=none",
        "-Wl,--no-warn-rwx-segments",
        "-Wl,-T," + copy("tslog.ld"),
        "-o",
        kernel.toString(),
        copy("tslog.c").toString());
    return kernel;
  }

  private Path copy(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = Objects.requireNonNull(TslogGuest.class.getResourceAsStream("/" + name))) {
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  /** Runs it; gives the log out of its memory, after comparing it with what it has printed. */
  Path run(Demi demi) throws IOException {
    Path memory = folder.resolve("memory.tslog");
    Demi.Result result = demi.with("--kernel", build(), "-m", 32, "--until", "that was all", "--tslog", memory).run();
    assertThat(result.status()).as(result.errors()).isZero();
    Path file = Files.writeString(folder.resolve("file.tslog"), result.between("tslog begins", "tslog ends"));
    assertThat(Files.readAllLines(memory)).hasSize(21).isEqualTo(Files.readAllLines(file));
    return memory;
  }

  /** What the tools say about the log that {@link #run} has found, and about the one that the guest has printed. */
  void assertReported(long ticksPerSecond) throws IOException {
    String frequency = Long.toString(ticksPerSecond);
    String top = Demi.tool("trace", "top", log("memory"), "--by", "total", "--tsc-frequency", frequency);
    assertThat(top.lines().map(TslogGuest::function).filter(DEAREST::contains)).containsExactlyElementsOf(DEAREST);
    assertThat(top).doesNotContain("kmain");
    String report = Demi.tool("trace", "report", log("memory"), "--tsc-frequency", frequency);
    assertThat(report).contains("vfs_mountroot", "config_attach com0");
    assertThat(Demi.tool("trace", "report", log("file"), "--tsc-frequency", frequency))
        .as("from a file")
        .isEqualTo(report.replace("memory.tslog", "file.tslog"));
    String folded = Demi.tool("trace", "convert", log("memory"), "-o", folder.resolve("boot.folded").toString());
    assertThat(folded).isEmpty();
    assertThat(Files.readString(folder.resolve("boot.folded")))
        .contains("main;cpu_configure;config_attach com0 ", "main;vfs_mountroot ", ";ldintr ")
        .doesNotContain("(off cpu)");
    Path chart = folder.resolve("boot.svg");
    Demi.tool("trace", "chart", log("memory"), "--tsc-frequency", frequency, "-o", chart.toString());
    assertThat(Files.readString(chart)).startsWith("<").contains("cpu_configure", "config_attach com0", "swapper");
  }

  /** The name at the end of a line of {@code demi trace top}. */
  private static String function(String line) {
    return line.replaceFirst("^.*  ", "");
  }

  private String log(String name) {
    return folder.resolve(name + ".tslog").toString();
  }
}
