package org.demitasse.elf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Makes an ELF64 file of nothing but symbols, which debuggers read beside a stripped program (ELF gABI, chapters 4 and
 * 5).
 */
public final class SymbolFile {
  private static final int HEADER = 64;
  private static final int SECTION_HEADER = 64;
  private static final int SYMBOL = 24;
  private static final int SECTIONS = 5;
  private static final int TEXT = 1;
  private static final int SHN_ABS = 0xfff1;
  private static final int GLOBAL_FUNC = 0x12;
  private static final int GLOBAL_NOTYPE = 0x10;
  private static final byte[] SECTION_NAMES =
      "\0.text\0.symtab\0.strtab\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);

  private final List<Symbol> symbols;
  private final long textStart;
  private final long textEnd;

  private SymbolFile(List<Symbol> symbols) {
    this.symbols = symbols;
    long start = -1;
    long end = 0;
    for (Symbol symbol : symbols) {
      if (isText(symbol)) {
        start = Long.compareUnsigned(symbol.address(), start) < 0 ? symbol.address() : start;
        long last = symbol.address() + Math.max(1, symbol.size());
        end = Long.compareUnsigned(last, end) > 0 ? last : end;
      }
    }
    textStart = start;
    textEnd = end;
  }

  /**
   * The bytes of the file.
   *
   * @param symbols of a program of x86-64; those in the lower half of a kernel's address space are offsets, not places
   */
  public static byte[] of(Symbols symbols) {
    return new SymbolFile(symbols.all()).write();
  }

  /** A kernel's variables for each CPU have small numbers: only where nothing is in the upper half are those places. */
  private boolean isText(Symbol symbol) {
    boolean kernel = !symbols.isEmpty() && symbols.getLast().address() < 0;
    return !kernel || symbol.address() < 0;
  }

  private byte[] write() {
    ByteArrayOutputStream strings = new ByteArrayOutputStream();
    strings.write(0);
    ByteBuffer table = little(SYMBOL * (symbols.size() + 1));
    table.position(SYMBOL);
    for (Symbol symbol : symbols) {
      boolean text = isText(symbol);
      table.putInt(strings.size()).put((byte) (text ? GLOBAL_FUNC : GLOBAL_NOTYPE)).put((byte) 0);
      table.putShort((short) (text ? TEXT : SHN_ABS)).putLong(symbol.address()).putLong(symbol.size());
      strings.writeBytes(symbol.name().getBytes(StandardCharsets.UTF_8));
      strings.write(0);
    }
    long symbolsAt = HEADER;
    long stringsAt = symbolsAt + table.capacity();
    long namesAt = stringsAt + strings.size();
    long headersAt = namesAt + SECTION_NAMES.length + 7 & ~7L;
    ByteBuffer file = little(Math.toIntExact(headersAt + SECTIONS * SECTION_HEADER));
    header(file, headersAt);
    file.put(table.array()).put(strings.toByteArray()).put(SECTION_NAMES).position((int) headersAt);
    section(file, 0, 0, 0, 0, 0, 0, 0, 0);
    section(file, 1, 8, 6, textStart, 0, textEnd - textStart, 0, 0); // SHT_NOBITS, alloc and exec
    section(file, 7, 2, 0, 0, symbolsAt, table.capacity(), 3, SYMBOL); // SHT_SYMTAB, its strings in section 3
    section(file, 15, 3, 0, 0, stringsAt, strings.size(), 0, 0); // SHT_STRTAB
    section(file, 23, 3, 0, 0, namesAt, SECTION_NAMES.length, 0, 0);
    return file.array();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void header(ByteBuffer file, long headersAt) {
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}); // 64 bits, little-endian
    file.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    file.putLong(0).putLong(0).putLong(headersAt).putInt(0);
    file.putShort((short) HEADER).putShort((short) 0).putShort((short) 0);
    file.putShort((short) SECTION_HEADER).putShort((short) SECTIONS).putShort((short) (SECTIONS - 1));
  }

  private static void section(
      ByteBuffer file, int name, int type, long flags, long address, long at, long size, int link, int entry) {
    int info = type == 2 ? 1 : 0; // of a symbol table: the first that is not local
    file.putInt(name).putInt(type).putLong(flags).putLong(address).putLong(at).putLong(size);
    file.putInt(link).putInt(info).putLong(type == 2 ? 8 : 1).putLong(entry);
  }
}
