package org.demitasse.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes an ELF32 file of a few instructions that PVH loaders enter in 32-bit protected mode: a kernel for tests and
 * benchmarks. One segment at 1 MiB has everything, headers and note too.
 */
public final class PvhProgram {
  private static final int LOAD = 0x10_0000;
  private static final int HEADERS = 52 + 2 * 32;
  private static final int NOTE_BYTES = 20;

  /** XEN_ELFNOTE_PHYS32_ENTRY: where a PVH loader enters. */
  private static final int PHYS32_ENTRY = 18;

  /** The gpa of the first instruction. */
  public static final int ENTRY = LOAD + HEADERS + NOTE_BYTES;

  private PvhProgram() {}

  /** The bytes of the file for code that runs at {@link #ENTRY}. */
  public static byte[] of(byte[] code) {
    ByteBuffer elf = ByteBuffer.allocate(HEADERS + NOTE_BYTES + code.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) 3).putInt(1).putInt(ENTRY).putInt(52).putInt(0).putInt(0);
    elf.putShort((short) 52).putShort((short) 32).putShort((short) 2).putShort((short) 0).putInt(0);
    programHeader(elf, ElfSegment.PT_LOAD, 0, elf.capacity(), 7);
    programHeader(elf, ElfSegment.PT_NOTE, HEADERS, NOTE_BYTES, 4);
    elf.putInt(4).putInt(4).putInt(PHYS32_ENTRY).put(new byte[] {'X', 'e', 'n', 0}).putInt(ENTRY);
    return elf.put(code).array();
  }

  private static void programHeader(ByteBuffer elf, int type, int offset, int bytes, int flags) {
    elf.putInt(type).putInt(offset).putInt(LOAD + offset).putInt(LOAD + offset);
    elf.putInt(bytes).putInt(bytes).putInt(flags).putInt(4);
  }
}
