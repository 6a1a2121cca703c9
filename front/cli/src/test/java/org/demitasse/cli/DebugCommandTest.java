package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How demi debug gives gdb the kernel. */
class DebugCommandTest {
  private static final int HEADER = 64;

  @TempDir private Path folder;

  /** A 64-bit program of nothing but a section with a name. */
  private Path elfWith(String section) throws IOException {
    byte[] names = ("\0.shstrtab\0" + section + "\0").getBytes(StandardCharsets.US_ASCII);
    int table = HEADER + 64;
    ByteBuffer elf = ByteBuffer.allocate(table + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c_457f).put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1); // 64-bit, little-endian
    elf.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1); // EXEC, x86-64
    elf.putLong(40, table).putShort(52, (short) HEADER).putShort(54, (short) 56);
    elf.putShort(58, (short) 64).putShort(60, (short) 3).putShort(62, (short) 1);
    elf.put(HEADER, names);
    elf.putInt(table + 64, 1).putInt(table + 68, 3); // .shstrtab, SHT_STRTAB
    elf.putLong(table + 64 + 24, HEADER).putLong(table + 64 + 32, names.length);
    elf.putInt(table + 128, 11).putInt(table + 132, 7); // SHT_NOTE
    elf.putLong(table + 128 + 24, HEADER);
    return Files.write(folder.resolve("kernel's"), elf.array());
  }

  @Test
  void givesGdbTheKernelsFile() throws IOException {
    assertThat(DebugCommand.program(elfWith(".note.pvh").toString())).isEqualTo(" '" + folder + "/kernel'\\''s'");
  }

  /** Else a gdb that was built without NetBSD takes all addresses for 32-bit ones. */
  @Test
  void saysBeforeGdbReadsANetBsdKernelThatItIsNoProgramOfNetBsds() throws IOException {
    assertThat(DebugCommand.program(elfWith(".note.netbsd.ident").toString()))
        .isEqualTo(" -iex 'set osabi none' '" + folder + "/kernel'\\''s'");
  }

  @Test
  void givesGdbTheArchitectureWhereTheFileIsNoProgram() throws IOException {
    Path packed = Files.write(folder.resolve("vmlinuz"), new byte[100]);
    Files.write(folder.resolve("cut"), new byte[] {0x7f, 'E', 'L', 'F'});
    for (String kernel : new String[] {packed.toString(), folder + "/cut", folder + "/none", "hello"}) {
      assertThat(DebugCommand.program(kernel)).isEqualTo(" -ex 'set architecture i386:x86-64'");
    }
  }
}
