package org.demitasse.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.demitasse.boot.BootException;
import org.demitasse.boot.loader.KernelLoader;
import org.demitasse.elf.Symbols;
import org.demitasse.machine.Machine;
import org.demitasse.trace.flow.SymbolFile;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the kernel's insides, and what is wanted of them.
 *
 * @param symbols files of symbols instead of the kernel's own, and of modules: {@code FILE} or {@code FILE@ADDRESS}
 * @param tslog where the kernel's own boot log goes at the end, or null
 */
record SymbolSpec(List<String> symbols, @Nullable Path tslog) {
  private static final Pattern MODULE = Pattern.compile("(.+)@(?:0x)?([0-9a-fA-F]{1,16})");

  /** Before the machine runs. */
  void begin(Machine machine) throws FailedException {
    Symbols kernel = Symbols.NONE;
    Symbols modules = Symbols.NONE;
    for (String word : symbols) {
      Matcher module = MODULE.matcher(word);
      try {
        if (module.matches() && !Files.exists(Path.of(word))) {
          long address = Long.parseUnsignedLong(module.group(2), 16);
          modules = modules.plus(SymbolFile.readModule(Path.of(module.group(1)), address));
        } else {
          kernel = kernel.plus(read(Path.of(word)));
        }
      } catch (IOException unreadable) {
        throw new FailedException(
            ExitStatus.UNUSABLE_INPUT,
            "cannot read symbols from %s: %s".formatted(word, reason(unreadable)),
            unreadable);
      }
    }
    if (!symbols.isEmpty()) {
      machine.useSymbols((kernel.isEmpty() ? machine.symbols() : kernel).plus(modules));
    }
  }

  /** A kernel has its symbols where {@code demi run --kernel} finds them, too: packed, or in its kallsyms. */
  static Symbols read(Path file) throws IOException {
    if (Files.isRegularFile(file)) {
      try {
        Symbols own = KernelLoader.open(file).symbols();
        if (!own.isEmpty()) {
          return own;
        }
      } catch (BootException noKernel) {
        // then a list of symbols, or a program that only has some
      }
    }
    return SymbolFile.read(file);
  }

  private static String reason(IOException unreadable) {
    return unreadable instanceof NoSuchFileException
        ? "there is no such file"
        : String.valueOf(unreadable.getMessage());
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
