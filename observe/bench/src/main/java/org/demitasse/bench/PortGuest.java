package org.demitasse.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A kernel that a PVH loader enters in 32-bit protected mode: it prints an A on COM1, writes so many bytes to port
 * 0x80, prints a B, and halts.
 */
final class PortGuest {
  private static final int LOAD = 0x10_0000;
  private static final int HEADERS = 52 + 2 * 32;
  private static final int NOTE_BYTES = 20;

  /** XEN_ELFNOTE_PHYS32_ENTRY: where a PVH loader enters. */
  private static final int PHYS32_ENTRY = 18;

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
    ByteBuffer elf = ByteBuffer.allocate(HEADERS + NOTE_BYTES + code.length).order(ByteOrder.LITTLE_ENDIAN);
    int entry = LOAD + HEADERS + NOTE_BYTES;
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) 3).putInt(1).putInt(entry).putInt(52).putInt(0).putInt(0);
    elf.putShort((short) 52).putShort((short) 32).putShort((short) 2).putShort((short) 0).putInt(0);
    programHeader(elf, 1, 0, elf.capacity(), 7);
    programHeader(elf, 4, HEADERS, NOTE_BYTES, 4);
    elf.putInt(4).putInt(4).putInt(PHYS32_ENTRY).put(new byte[] {'X', 'e', 'n', 0}).putInt(entry);
    elf.put(code);
    Files.write(file, elf.array());
  }

  private static void programHeader(ByteBuffer elf, int type, int offset, int bytes, int flags) {
    elf.putInt(type).putInt(offset).putInt(LOAD + offset).putInt(LOAD + offset);
    elf.putInt(bytes).putInt(bytes).putInt(flags).putInt(4);
  }
}
