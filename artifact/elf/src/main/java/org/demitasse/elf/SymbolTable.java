package org.demitasse.elf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Reads a symbol table section (gABI chapter 4): two million symbols at most, whose names are cut at 256 bytes. */
final class SymbolTable {
  private static final int MAX_SYMBOLS = 2_000_000;
  private static final int STT_FUNC = 2;
  private static final int STT_GNU_IFUNC = 10;

  /** Where a symbol is. */
  interface Placing {
    /** The address of what is {@code value} in a section; nothing for a symbol that is not wanted. */
    OptionalLong address(int section, long value);
  }

  /** As the file says. */
  static final Placing AS_LINKED = (section, value) -> OptionalLong.of(value);

  private final ByteBuffer table;
  private final ByteBuffer names;
  private final boolean is64;

  SymbolTable(ByteBuffer table, ByteBuffer names, boolean is64) {
    this.table = table;
    this.names = names;
    this.is64 = is64;
  }

  Symbols read() {
    return read(AS_LINKED);
  }

  Symbols read(Placing placing) {
    int entrySize = is64 ? 24 : 16;
    int count = Math.min(MAX_SYMBOLS, table.limit() / entrySize);
    List<Symbol> symbols = new ArrayList<>();
    for (int i = 1; i < count; i++) { // the first entry is always empty
      readOne(i * entrySize, placing, symbols);
    }
    return new Symbols(symbols);
  }

  private void readOne(int at, Placing placing, List<Symbol> symbols) {
    int kind = table.get(at + (is64 ? 4 : 12)) & 0xf;
    int section = table.getShort(at + (is64 ? 6 : 14)) & 0xffff;
    boolean wanted = kind <= STT_FUNC || kind == STT_GNU_IFUNC; // not section, file or thread-local names
    if (section == 0 || !wanted) {
      return;
    }
    String name = ElfFile.string(names, table.getInt(at), names.limit());
    if (!name.isEmpty()) {
      long address = is64 ? table.getLong(at + 8) : table.getInt(at + 4) & 0xffff_ffffL;
      long size = is64 ? table.getLong(at + 16) : table.getInt(at + 8) & 0xffff_ffffL;
      OptionalLong placed = placing.address(section, address);
      if (placed.isPresent()) {
        symbols.add(new Symbol(name, placed.getAsLong(), size));
      }
    }
  }
}
