package org.demitasse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.demitasse.elf.PvhProgram;

/**
 * A kernel that a PVH loader enters in 32-bit protected mode: it prints an A on COM1, writes so many bytes to port
 * 0x80, prints a B, and halts.
 */
final class PortGuest {
  private PortGuest() {}

  /** Writes it as an ELF file. */
  static void write(Path file, int writes) throws IOException {
    byte[] code =
        HexFormat.of()
            .parseHex(
                "66baf803" // mov dx, 0x3f8
                    + "b041ee" // mov al, 'A'; out dx, al
                    + "b9" // mov ecx, writes
                    + HexFormat.of().toHexDigits(Integer.reverseBytes(writes))
                    + "e680" // out 0x80, al
                    + "4975fb" // dec ecx; jnz to the out
                    + "b042ee" // mov al, 'B'; out dx, al
                    + "faf4ebfc"); // cli; hlt; jmp
    Files.write(file, PvhProgram.of(code));
  }
}
