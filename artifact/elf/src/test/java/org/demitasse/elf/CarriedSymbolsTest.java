package org.demitasse.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Stripped kernels with the copy of their symbol table that NetBSD's build puts into {@code db_symtab}. */
class CarriedSymbolsTest {
  private static final long BASE = 0xffff_ffff_8020_0000L;
  private static final int DATA_AT = 0x1000;
  private static final int BUFFER_AT = DATA_AT + 0x308;
  private static final int BUFFER_SIZE = 0x800;

  @Test
  void namesOfAStrippedKernelComeFromItsCopyOfTheTable() throws Exception {
    ElfFile kernel = ElfFile.parse(kernel(BASE));
    assertThat(kernel.symbols().isEmpty()).isTrue();
    Symbols symbols = CarriedSymbols.of(kernel);
    assertThat(symbols.all()).extracting(Symbol::name).containsExactly("start", "main", "cpu_configure", "db_symtab");
    assertThat(symbols.named("main").orElseThrow()).isEqualTo(new Symbol("main", BASE + 0x100, 0x40));
    assertThat(symbols.nearest(BASE + 0x104).orElseThrow()).hasToString("main+0x4");
  }

  /** As when a kernel has another program in its data, linked elsewhere. */
  @Test
  void aTableOfAddressesThatAreNotTheKernelsIsNotItsOwn() throws Exception {
    assertThat(CarriedSymbols.of(ElfFile.parse(kernel(0x40_0000))).isEmpty()).isTrue();
  }

  @Test
  void aBufferThatWasNeverFilledHasNoSymbols() throws Exception {
    byte[] kernel = kernel(BASE);
    byte[] filler = "|This is the symbol table!".getBytes(StandardCharsets.US_ASCII);
    java.util.Arrays.fill(kernel, BUFFER_AT, BUFFER_AT + BUFFER_SIZE, (byte) 0);
    System.arraycopy(filler, 0, kernel, BUFFER_AT, filler.length);
    assertThat(CarriedSymbols.of(ElfFile.parse(kernel)).isEmpty()).isTrue();
  }

  /** The kernel itself refuses an image that is not aligned to a long. */
  @Test
  void anImageThatIsNotAlignedIsNone() throws Exception {
    byte[] kernel = kernel(BASE);
    System.arraycopy(kernel, BUFFER_AT, kernel, BUFFER_AT + 4, BUFFER_SIZE - 4);
    kernel[BUFFER_AT] = 0;
    assertThat(CarriedSymbols.of(ElfFile.parse(kernel)).isEmpty()).isTrue();
  }

  @Test
  void aDamagedCopyGivesSomeSymbolsOrNone() throws Exception {
    Random random = new Random(5);
    for (int n = 0; n < 20_000; n++) {
      byte[] kernel = kernel(BASE);
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        kernel[BUFFER_AT + random.nextInt(0x280)] ^= (byte) (1 << random.nextInt(8));
      }
      assertThat(CarriedSymbols.of(ElfFile.parse(kernel)).all()).hasSizeLessThan(0x2000 / 24);
    }
  }

  /** An ELF64 executable of one segment with code, data, and in these the image; no sections. */
  private static byte[] kernel(long symbolBase) {
    ByteBuffer b = ByteBuffer.allocate(DATA_AT + 0x2000).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    b.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1).putLong(24, BASE).putLong(32, 64);
    b.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 1);
    b.putInt(64, 1).putInt(68, 7).putLong(72, 0x1000).putLong(80, BASE).putLong(88, 0x20_0000);
    b.putLong(96, 0x2000).putLong(104, 0x3000).putLong(112, 0x1000);
    b.put(BUFFER_AT, image(symbolBase));
    return b.array();
  }

  /**
   * The image: an ELF header with all of the program's section headers behind it, of which only the symbols and their
   * strings still have an offset.
   */
  private static byte[] image(long base) {
    ByteBuffer b = ByteBuffer.allocate(0x280).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    b.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1).putLong(24, base).putLong(40, 64);
    b.putShort(52, (short) 64).putShort(58, (short) 64).putShort(60, (short) 4);
    section(b, 1, 1, 0, 0x40_0000, 0); // .text, left out: its size is more than the image has
    section(b, 2, 2, 0x180, 6 * 24, 3);
    section(b, 3, 3, 0x140, 45, 0);
    b.put(0x140, "\0netbsd.c\0main\0start\0cpu_configure\0db_symtab\0".getBytes(StandardCharsets.US_ASCII));
    symbol(b, 1, 1, 4, 0, 0); // a file's name
    symbol(b, 2, 10, 2, base + 0x100, 0x40);
    symbol(b, 3, 15, 2, base, 0x20);
    symbol(b, 4, 21, 2, base + 0x200, 0x80);
    symbol(b, 5, 35, 1, base + 0x1308, BUFFER_SIZE);
    return b.array();
  }

  private static void section(ByteBuffer b, int index, int type, long offset, long size, int link) {
    int at = 64 + 64 * index;
    b.putInt(at + 4, type).putLong(at + 24, offset).putLong(at + 32, size).putInt(at + 40, link);
  }

  private static void symbol(ByteBuffer b, int index, int name, int type, long value, long size) {
    int at = 0x180 + 24 * index;
    b.putInt(at, name).put(at + 4, (byte) (0x10 | type)).putShort(at + 6, (short) 1);
    b.putLong(at + 8, value).putLong(at + 16, size);
  }
}
