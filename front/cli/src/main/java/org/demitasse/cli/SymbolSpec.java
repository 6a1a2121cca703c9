package org.demitasse.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.demitasse.machine.Machine;
import org.demitasse.trace.flow.SymbolFile;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the kernel's insides, and what is wanted of them.
 *
 * @param symbols a file of symbols, or null for the kernel's own
 * @param tslog where the kernel's own boot log goes at the end, or null
 */
record SymbolSpec(@Nullable Path symbols, @Nullable Path tslog) {
  /** Before the machine runs. */
  void begin(Machine machine) throws FailedException {
    if (symbols != null) {
      try {
        machine.useSymbols(SymbolFile.read(symbols));
      } catch (IOException unreadable) {
        throw new FailedException(
            ExitStatus.UNUSABLE_INPUT,
            "cannot read symbols from %s: %s".formatted(symbols, unreadable.getMessage()),
            unreadable);
      }
    }
  }

  /** After it has run. */
  void end(Machine machine) throws FailedException {
    if (tslog == null) {
      return;
    }
    try {
      List<String> lines = machine.tslog();
      Files.write(tslog, lines, StandardCharsets.ISO_8859_1);
      System.err.printf(
          "demi: %,d lines of the kernel's tslog in %s; demi trace chart %s -o boot.html draws them%n",
          lines.size(), tslog, tslog);
    } catch (IllegalStateException none) {
      throw new FailedException(ExitStatus.FAILED, String.valueOf(none.getMessage()), none);
    } catch (IOException unwritable) {
      throw new FailedException(
          ExitStatus.UNUSABLE_INPUT, "cannot write %s: %s".formatted(tslog, unwritable), unwritable);
    }
  }
}
