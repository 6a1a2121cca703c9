package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.demitasse.boot.BootException;
import org.demitasse.boot.loader.KernelLoader;
import org.demitasse.elf.SymbolFile;
import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demi symbols}: the symbols of a kernel, a stripped one too, as a file for gdb. */
@Command(
    name = "symbols",
    description = "Writes a kernel's symbols, which stripped Linux and NetBSD kernels may carry, as a file for gdb.",
    mixinStandardHelpOptions = true)
final class SymbolsCommand implements Callable<Integer> {
  @Parameters(paramLabel = "KERNEL", description = "Kernel, as for demi run.")
  private @Nullable Path kernel;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The file to write; then in gdb: symbol-file FILE.")
  private @Nullable Path output;

  @Override
  public Integer call() throws FailedException {
    Path from = java.util.Objects.requireNonNull(kernel);
    Path to = java.util.Objects.requireNonNull(output);
    try {
      Symbols symbols = KernelLoader.open(from).symbols();
      if (symbols.isEmpty()) {
        throw new FailedException(ExitStatus.UNUSABLE_INPUT, "%s has no symbols".formatted(from), null);
      }
      Files.write(to, SymbolFile.of(symbols));
      System.out.printf("%d symbols written to %s%n", symbols.all().size(), to);
      return ExitStatus.OK;
    } catch (BootException unusable) {
      throw new FailedException(ExitStatus.UNUSABLE_INPUT, String.valueOf(unusable.getMessage()), unusable);
    } catch (IOException unwritable) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT, "cannot write symbols to %s: %s".formatted(to, unwritable), unwritable);
    }
  }
}
