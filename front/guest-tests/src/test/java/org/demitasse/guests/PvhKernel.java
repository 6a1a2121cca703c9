package org.demitasse.guests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.demitasse.elf.PvhProgram;

/** A kernel of a few instructions, entered by PVH in 32-bit protected mode. */
final class PvhKernel {
  private PvhKernel() {}

  /** Writes machine code, in hexadecimal with blanks, as an ELF file with a PVH note. */
  static Path write(Path file, String hex) throws IOException {
    return Files.write(file, PvhProgram.of(HexFormat.of().parseHex(hex.replace(" ", ""))));
  }
}
