package org.demitasse.elf;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The symbol table that a program carries in its own data, as NetBSD kernels with {@code COPY_SYMTAB} do: its build
 * puts an ELF image of nothing but the table into the variable {@code db_symtab}, in whose header and section headers
 * offsets count from the image's start, and sections that were left out have the offset 0 (NetBSD:
 * sys/kern/kern_ksyms.c, dbsym(8)). Such a kernel knows its names even when stripped.
 */
public final class CarriedSymbols {
  private static final int MAGIC = 0x464c457f;
  private static final int MAX_SECTIONS = 4096;

  /** Images with a table in them that are looked at: more are no kernel's. */
  private static final int MAX_IMAGES = 8;

  private final ElfFile program;
  private int images;

  private CarriedSymbols(ElfFile program) {
    this.program = program;
  }

  /** Looks through what a program loads; no symbols if there is no such table of its own addresses. */
  public static Symbols of(ElfFile program) {
    return new CarriedSymbols(program).find();
  }

  private Symbols find() {
    for (ElfSegment segment : program.segments()) {
      if (segment.type() == ElfSegment.PT_LOAD) {
        Optional<Symbols> found = findIn(program.bytes(segment), segment.virtualAddress());
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    return Symbols.NONE;
  }

  private Optional<Symbols> findIn(ByteBuffer bytes, long address) {
    int step = program.is64() ? 8 : 4; // the kernel refuses an image that is not aligned to a long
    int headerSize = program.is64() ? 64 : 52;
    for (int at = (int) (-address & step - 1); at <= bytes.limit() - headerSize && images < MAX_IMAGES; at += step) {
      if (bytes.getInt(at) == MAGIC) {
        Optional<Symbols> read = read(bytes.slice(at, bytes.limit() - at).order(bytes.order()));
        if (read.isPresent() && isOwn(read.get().all())) {
          return read;
        }
      }
    }
    return Optional.empty();
  }

  /** The table of an image from its header to the end of the segment that it is in. */
  private Optional<Symbols> read(ByteBuffer image) {
    boolean is64 = program.is64();
    boolean sameKind = image.get(4) == (is64 ? 2 : 1) && image.getInt(20) == 1; // class and version
    long table = is64 ? image.getLong(40) : image.getInt(32) & 0xffff_ffffL;
    int entrySize = image.getShort(is64 ? 58 : 46) & 0xffff;
    int count = image.getShort(is64 ? 60 : 48) & 0xffff;
    if (!sameKind
        || entrySize < (is64 ? 64 : 40)
        || count > MAX_SECTIONS
        || isOutside(image, table, (long) count * entrySize)) {
      return Optional.empty();
    }
    for (int index = 1; index < count; index++) {
      int header = (int) table + index * entrySize;
      int link = image.getInt(header + (is64 ? 40 : 24));
      if (image.getInt(header + 4) == ElfSection.SHT_SYMTAB && link > 0 && link < count) {
        return read(image, header, (int) table + link * entrySize);
      }
    }
    return Optional.empty();
  }

  private Optional<Symbols> read(ByteBuffer image, int symbols, int strings) {
    Optional<ByteBuffer> table = section(image, symbols);
    Optional<ByteBuffer> names = section(image, strings);
    if (table.isEmpty() || names.isEmpty()) {
      return Optional.empty();
    }
    images++;
    return Optional.of(new SymbolTable(table.get(), names.get(), program.is64()).read());
  }

  private Optional<ByteBuffer> section(ByteBuffer image, int header) {
    boolean is64 = program.is64();
    long offset = is64 ? image.getLong(header + 24) : image.getInt(header + 16) & 0xffff_ffffL;
    long size = is64 ? image.getLong(header + 32) : image.getInt(header + 20) & 0xffff_ffffL;
    return offset == 0 || isOutside(image, offset, size)
        ? Optional.empty()
        : Optional.of(image.slice((int) offset, (int) size).order(image.order()));
  }

  private static boolean isOutside(ByteBuffer image, long offset, long size) {
    return offset < 0 || size < 0 || offset > image.limit() || size > image.limit() - offset;
  }

  /** A kernel may carry other programs' tables, too: in its own, most symbols are where it is loaded. */
  private boolean isOwn(List<Symbol> symbols) {
    long inside = symbols.stream().filter(symbol -> isLoaded(symbol.address())).count();
    return !symbols.isEmpty() && inside > symbols.size() / 2;
  }

  private boolean isLoaded(long address) {
    return program.segments().stream()
        .filter(segment -> segment.type() == ElfSegment.PT_LOAD)
        .anyMatch(segment -> Long.compareUnsigned(address - segment.virtualAddress(), segment.memorySize()) < 0);
  }
}
