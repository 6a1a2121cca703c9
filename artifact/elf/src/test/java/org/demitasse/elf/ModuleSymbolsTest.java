package org.demitasse.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ModuleSymbolsTest {
  private static final long ADDRESS = 0xffff_ffff_c012_3000L;

  @Test
  void sectionsWithCodeLieOneBehindTheOtherAtTheirAlignment() throws Exception {
    Symbols symbols = ModuleSymbols.of(ElfFile.parse(module(1)), ADDRESS);
    assertThat(symbols.all())
        .containsExactly(
            new Symbol("probe", ADDRESS + 0x10, 0x15),
            new Symbol("probe_cold", ADDRESS + 0x26, 8), // .text is 0x25 bytes long, and this aligned to 2
            new Symbol("gone", ADDRESS + 0x40, 4)); // behind 11 bytes of that, aligned to 32
  }

  @Test
  void initialisersAndVariablesAreElsewhere() throws Exception {
    assertThat(ModuleSymbols.of(ElfFile.parse(module(1)), ADDRESS).all())
        .extracting(Symbol::name)
        .doesNotContain("start", "counter", "imported");
  }

  @Test
  void aProgramIsNoModule() throws Exception {
    ElfFile program = ElfFile.parse(module(2));
    assertThatThrownBy(() -> ModuleSymbols.of(program, ADDRESS))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining("relocatable");
  }

  private static byte[] module(int type) {
    ByteBuffer b = ByteBuffer.allocate(0x800).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    b.putShort(16, (short) type).putShort(18, (short) 62).putInt(20, 1).putLong(40, 0x400);
    b.putShort(52, (short) 64).putShort(58, (short) 64).putShort(60, (short) 9).putShort(62, (short) 8);
    String names = "\0.text\0.init.text\0.data\0.text.unlikely\0.exit.text\0.symtab\0.strtab\0.shstrtab\0";
    b.put(0x40, names.getBytes(StandardCharsets.US_ASCII));
    String strings = "\0probe\0start\0counter\0probe_cold\0gone\0imported\0";
    b.put(0xc0, strings.getBytes(StandardCharsets.US_ASCII));
    section(b, 1, names.indexOf(".text"), 1, 6, 0x200, 0x25, 0, 16);
    section(b, 2, names.indexOf(".init.text"), 1, 6, 0x200, 0x30, 0, 16);
    section(b, 3, names.indexOf(".data"), 1, 3, 0x200, 8, 0, 8);
    section(b, 4, names.indexOf(".text.unlikely"), 1, 6, 0x200, 11, 0, 2);
    section(b, 5, names.indexOf(".exit.text"), 1, 6, 0x200, 4, 0, 32);
    section(b, 6, names.indexOf(".symtab"), 2, 0, 0x300, 7 * 24, 7, 8);
    section(b, 7, names.indexOf(".strtab"), 3, 0, 0xc0, strings.length(), 0, 1);
    section(b, 8, names.indexOf(".shstrtab"), 3, 0, 0x40, names.length(), 0, 1);
    symbol(b, 1, strings.indexOf("probe"), 1, 0x10, 0x15);
    symbol(b, 2, strings.indexOf("start"), 2, 0, 0x30);
    symbol(b, 3, strings.indexOf("counter"), 3, 0, 8);
    symbol(b, 4, strings.indexOf("probe_cold"), 4, 0, 8);
    symbol(b, 5, strings.indexOf("gone"), 5, 0, 4);
    symbol(b, 6, strings.indexOf("imported"), 0, 0, 0);
    return b.array();
  }

  private static void section(
      ByteBuffer b, int index, int name, int type, long flags, long offset, long size, int link, long alignment) {
    int at = 0x400 + 64 * index;
    b.putInt(at, name).putInt(at + 4, type).putLong(at + 8, flags).putLong(at + 24, offset).putLong(at + 32, size);
    b.putInt(at + 40, link).putLong(at + 48, alignment);
  }

  private static void symbol(ByteBuffer b, int index, int name, int section, long value, long size) {
    int at = 0x300 + 24 * index;
    b.putInt(at, name).put(at + 4, (byte) 2).putShort(at + 6, (short) section);
    b.putLong(at + 8, value).putLong(at + 16, size);
  }
}
