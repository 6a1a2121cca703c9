package org.demitasse.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.demitasse.elf.ElfFile;
import org.demitasse.elf.ElfFormatException;
import org.demitasse.gdb.DebugAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demi debug}: lets gdb come to a machine that runs. */
@Command(
    name = "debug",
    description = {
      "Lets gdb come to a running machine (demi run --name NAME) and prints the line that starts gdb.",
      "The machine goes on until gdb connects."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class DebugCommand implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", description = "The machine's name; demi ps lists them.")
  private String name = "";

  @Option(
      names = "--gdb",
      arity = "0..1",
      parameterConsumer = DebugOption.class,
      paramLabel = "ADDR:PORT|unix:PATH",
      description = "Where gdb comes to, instead of a socket that only you can use; localhost:1234 without a value.")
  private @Nullable DebugAddress gdb;

  @Override
  public Integer call() throws FailedException {
    String place =
        switch (gdb) {
          case null -> "";
          case DebugAddress.Tcp(String host, int port) -> (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
          case DebugAddress.Unix(Path path) -> "unix:" + path.toAbsolutePath();
        };
    List<String> answer = MachineRegistry.ofUser(System.getenv()).ask(name, place.isEmpty() ? "gdb" : "gdb " + place);
    if (answer == null) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT,
          "no machine called %s is running; demi ps lists those that demi run --name started".formatted(name),
          null);
    }
    String error = value(answer, "error").orElse(null);
    if (error != null) {
      throw new FailedException(ExitStatus.FAILED, error, null);
    }
    String kernel = value(answer, "kernel").map(DebugCommand::program).orElse("");
    System.out.printf("gdb%s -ex 'target remote %s'%n", kernel, value(answer, "target").orElseThrow());
    return ExitStatus.OK;
  }

  /**
   * The kernel's file, if gdb can use it. A gdb that does not know NetBSD's programs would take a NetBSD kernel for a
   * 32-bit one, unless it is told before it opens the file.
   */
  static String program(String kernel) {
    try (FileChannel file = FileChannel.open(Path.of(kernel))) {
      ElfFile elf = ElfFile.parse(file.map(FileChannel.MapMode.READ_ONLY, 0, file.size()));
      String before = elf.section(".note.netbsd.ident").isPresent() ? " -iex 'set osabi none'" : "";
      return before + " '" + kernel.replace("'", "'\\''") + "'";
    } catch (IOException | ElfFormatException noProgram) {
      return " -ex 'set architecture i386:x86-64'";
    }
  }

  private static Optional<String> value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key + " "))
        .map(line -> line.substring(key.length() + 1))
        .findFirst();
  }
}
