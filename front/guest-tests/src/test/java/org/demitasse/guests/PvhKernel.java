package org.demitasse.guests;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** A kernel of a few instructions, entered by PVH in 32-bit protected mode. */
final class PvhKernel {
  private static final int LOAD = 0x10_0000;
  private static final int HEADERS = 52 + 2 * 32;
  private static final int NOTE_BYTES = 20;
  private static final int PHYS32_ENTRY = 18;

  private PvhKernel() {}

  /** Writes machine code, in hexadecimal with blanks, as an ELF file with a PVH note. */
  static Path write(Path file, String hex) throws IOException {
    byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
    int entry = LOAD + HEADERS + NOTE_BYTES;
    ByteBuffer elf = ByteBuffer.allocate(HEADERS + NOTE_BYTES + code.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) 3).putInt(1).putInt(entry).putInt(52).putInt(0).putInt(0);
    elf.putShort((short) 52).putShort((short) 32).putShort((short) 2).putShort((short) 0).putInt(0);
    programHeader(elf, 1, 0, elf.capacity(), 7);
    programHeader(elf, 4, HEADERS, NOTE_BYTES, 4);
    elf.putInt(4).putInt(4).putInt(PHYS32_ENTRY).put(new byte[] {'X', 'e', 'n', 0}).putInt(entry);
    return Files.write(file, elf.put(code).array());
  }

  private static void programHeader(ByteBuffer elf, int type, int offset, int bytes, int flags) {
    elf.putInt(type).putInt(offset).putInt(LOAD + offset).putInt(LOAD + offset);
    elf.putInt(bytes).putInt(bytes).putInt(flags).putInt(4);
  }
}
