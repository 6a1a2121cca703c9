package org.demitasse.trace.flow;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.elf.CarriedSymbols;
import org.demitasse.elf.ElfFile;
import org.demitasse.elf.ElfFormatException;
import org.demitasse.elf.ModuleSymbols;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;

/**
 * Reads symbols that someone gives: an ELF file's, or text lines {@code ADDRESS TYPE NAME} as in System.map or from nm.
 */
public final class SymbolFile {
  private static final long MAX_BYTES = 1L << 30;
  private static final int MAX_PIPE_BYTES = 64 << 20;
  private static final int ET_REL = 1;

  /** Where nothing is; Debian's System.map is one line that has it and says where the real one is. */
  private static final long NOWHERE = -1;

  private static final int MAX_SYMBOLS = 2_000_000;

  private SymbolFile() {}

  /**
   * Reads the file.
   *
   * @throws IOException if it cannot be read, or has no symbol in it
   */
  public static Symbols read(Path file) throws IOException {
    byte[] bytes = bytes(file);
    boolean elf = bytes.length > 4 && bytes[0] == 0x7f && bytes[1] == 'E' && bytes[2] == 'L' && bytes[3] == 'F';
    Symbols symbols = elf ? elf(bytes) : text(new String(bytes, StandardCharsets.ISO_8859_1));
    if (symbols.isEmpty()) {
      throw new IOException("there is no symbol in it");
    }
    return symbols;
  }

  /**
   * Reads the functions of a Linux module, an uncompressed .ko file.
   *
   * @param address where the kernel has put it, as /proc/modules prints it
   * @throws IOException if the file cannot be read, or is no such module
   */
  public static Symbols readModule(Path file, long address) throws IOException {
    try {
      return ModuleSymbols.of(ElfFile.parse(bytes(file)), address);
    } catch (ElfFormatException damaged) {
      throw new IOException(damaged.getMessage(), damaged);
    }
  }

  /** A pipe has no size, and a device no end. */
  private static byte[] bytes(Path file) throws IOException {
    if (Files.isRegularFile(file)) {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException("it is larger than 1 GiB");
      }
      return Files.readAllBytes(file);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_PIPE_BYTES + 1);
      if (bytes.length > MAX_PIPE_BYTES) {
        throw new IOException("it gives more than 64 MiB, and is no regular file");
      }
      return bytes;
    }
  }

  private static Symbols elf(byte[] bytes) throws IOException {
    try {
      ElfFile file = ElfFile.parse(bytes);
      if (file.type() == ET_REL) {
        throw new IOException("it is a module: say where the kernel has put it, as in FILE@0xffffffffc0200000");
      }
      Symbols symbols = file.symbols();
      return symbols.isEmpty() ? CarriedSymbols.of(file) : symbols;
    } catch (ElfFormatException damaged) {
      throw new IOException(damaged.getMessage(), damaged);
    }
  }

  /** Parses text; other lines, and undefined symbols without an address, are passed over. */
  static Symbols text(String text) {
    List<Symbol> symbols = new ArrayList<>();
    text.lines()
        .limit(MAX_SYMBOLS)
        .forEach(line -> {
          String[] words = line.strip().split("\\s+", -1);
          if (words.length >= 3 && words[1].length() == 1 && words[0].matches("(0x)?[0-9a-fA-F]{1,16}")) {
            long address = Long.parseUnsignedLong(words[0].replaceFirst("^0x", ""), 16);
            if (address != NOWHERE) {
              symbols.add(new Symbol(words[2], address, 0));
            }
          }
        });
    return new Symbols(symbols);
  }
}
