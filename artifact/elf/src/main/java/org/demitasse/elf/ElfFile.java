package org.demitasse.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A parsed ELF file of class 32 or 64 and either byte order. What the headers say was checked against the file's
 * length; addresses and sizes in memory were not, for they mean something only to whoever loads it.
 */
public final class ElfFile {
  private static final int MAGIC = 0x464c457f; // 7f 'E' 'L' 'F', little-endian
  private static final int PN_XNUM = 0xffff;
  private static final int MAX_NOTES = 4096;
  private static final int MAX_NOTE_BYTES = 1 << 16;
  private static final int MAX_NAME = 256;

  private final ByteBuffer file;
  private final long length;
  private final boolean is64;
  private final int type;
  private final int machine;
  private final long entry;
  private final List<ElfSegment> segments;
  private final List<ElfSection> sections;

  private ElfFile(ByteBuffer file, long length, boolean is64) throws ElfFormatException {
    this.file = file;
    this.length = length;
    this.is64 = is64;
    int headerSize = is64 ? 64 : 52;
    if (file.limit() < headerSize) {
      throw new ElfFormatException("it is truncated: %d bytes do not hold an ELF header".formatted(file.limit()));
    }
    type = file.getShort(16) & 0xffff;
    machine = file.getShort(18) & 0xffff;
    entry = address(24, 24);
    segments = readSegments();
    sections = length == file.limit() ? readSections() : List.of();
  }

  /** Says whether a file starts like an ELF file. */
  public static boolean isElf(ByteBuffer bytes) {
    return bytes.limit() >= 4 && bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(0) == MAGIC;
  }

  /**
   * Parses a file.
   *
   * @param bytes the whole file from index 0 to the limit; must not change afterwards
   * @throws ElfFormatException if it is not ELF, or its headers point outside it
   */
  public static ElfFile parse(ByteBuffer bytes) throws ElfFormatException {
    return parse(bytes, bytes.limit());
  }

  /**
   * Parses the start of a file that is not wholly there: its header and program headers.
   *
   * @param start the first bytes of the file, from index 0 to the limit; must not change afterwards
   * @param length how many bytes the whole file has, more than there are
   * @return a file without sections, none of whose bytes may be asked for
   * @throws ElfFormatException if it is not ELF, its headers point outside it, or the program headers are not in its
   *     start
   */
  public static ElfFile parseStart(ByteBuffer start, long length) throws ElfFormatException {
    try {
      return parse(start, length);
    } catch (IndexOutOfBoundsException e) {
      throw new ElfFormatException("its program headers are not in its first %d bytes".formatted(start.limit()));
    }
  }

  private static ElfFile parse(ByteBuffer bytes, long length) throws ElfFormatException {
    if (!isElf(bytes)) {
      throw new ElfFormatException("it is not an ELF file");
    }
    if (bytes.limit() < 16) {
      throw new ElfFormatException("it is truncated: %d bytes do not hold an ELF header".formatted(bytes.limit()));
    }
    int elfClass = bytes.get(4);
    int encoding = bytes.get(5);
    if (elfClass < 1 || elfClass > 2 || encoding < 1 || encoding > 2) {
      throw new ElfFormatException("its ELF class %d or byte order %d is unknown".formatted(elfClass, encoding));
    }
    ByteOrder order = encoding == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    return new ElfFile(bytes.asReadOnlyBuffer().order(order), length, elfClass == 2);
  }

  /** Parses a file in an array that must not change afterwards; see {@link #parse(ByteBuffer)}. */
  public static ElfFile parse(byte[] bytes) throws ElfFormatException {
    return parse(ByteBuffer.wrap(bytes));
  }

  /** True for class 64, false for class 32. */
  public boolean is64() {
    return is64;
  }

  /** {@code e_type}: 2 executable, 3 shared object or position-independent executable. */
  public int type() {
    return type;
  }

  /** {@code e_machine}, see {@link ElfMachine}. */
  public int machine() {
    return machine;
  }

  /** {@code e_entry}. */
  public long entry() {
    return entry;
  }

  /** The program headers in file order. */
  public List<ElfSegment> segments() {
    return segments;
  }

  /** The section headers in file order, the empty one at index 0 included; an empty list if the file has none. */
  public List<ElfSection> sections() {
    return sections;
  }

  /** The first section of a name. */
  public Optional<ElfSection> section(String name) {
    return sections.stream().filter(section -> section.name().equals(name)).findFirst();
  }

  /** The bytes of a segment in the file, position 0 to limit: a view, not a copy, in the file's byte order. */
  public ByteBuffer bytes(ElfSegment segment) {
    return file.slice(segment.offset(), segment.fileSize()).order(file.order());
  }

  /** The bytes of a section in the file: a view, not a copy, in the file's byte order. Empty for SHT_NOBITS. */
  public ByteBuffer bytes(ElfSection section) {
    return file.slice(section.offset(), section.size()).order(file.order());
  }

  /**
   * The notes of all PT_NOTE segments, then of all note sections: a note that both cover is there twice. Reading stops
   * at the first malformed note of a piece, or one over 64 KiB; 4096 notes at most are returned.
   */
  public List<ElfNote> notes() {
    List<ElfNote> notes = new ArrayList<>();
    for (ElfSegment segment : segments) {
      if (segment.type() == ElfSegment.PT_NOTE) {
        readNotes(bytes(segment), segment.alignment(), notes);
      }
    }
    for (ElfSection section : sections) {
      if (section.type() == ElfSection.SHT_NOTE) {
        readNotes(bytes(section), section.alignment(), notes);
      }
    }
    return notes;
  }

  /** The notes in the bytes of a PT_NOTE segment, in the file's byte order; see {@link #notes()}. */
  public static List<ElfNote> notes(ByteBuffer bytes, long alignment) {
    List<ElfNote> notes = new ArrayList<>();
    readNotes(bytes, alignment, notes);
    return notes;
  }

  /** The named function, object and untyped symbols of the symbol table (or, without one, of dynamic linking). */
  public Symbols symbols() {
    return symbols(SymbolTable.AS_LINKED);
  }

  /** As {@link #symbols()}, put where someone says. */
  Symbols symbols(SymbolTable.Placing placing) {
    for (int wanted : new int[] {ElfSection.SHT_SYMTAB, ElfSection.SHT_DYNSYM}) {
      for (ElfSection section : sections) {
        if (section.type() == wanted && section.link() < sections.size()) {
          return new SymbolTable(bytes(section), bytes(sections.get(section.link())), is64).read(placing);
        }
      }
    }
    return Symbols.NONE;
  }

  private static void readNotes(ByteBuffer bytes, long alignment, List<ElfNote> notes) {
    long align = alignment == 8 ? 8 : 4; // gABI: 4; GNU properties in 64-bit files: 8
    long at = 0;
    while (at + 12 <= bytes.limit() && notes.size() < MAX_NOTES) {
      int start = (int) at;
      long nameSize = bytes.getInt(start) & 0xffff_ffffL;
      long size = bytes.getInt(start + 4) & 0xffff_ffffL;
      long descriptor = at + roundUp(12 + nameSize, align);
      if (descriptor + size > bytes.limit() || nameSize > MAX_NAME || size > MAX_NOTE_BYTES) {
        return;
      }
      byte[] content = new byte[(int) size];
      bytes.get((int) descriptor, content);
      String name = string(bytes, start + 12, start + 12 + (int) nameSize);
      notes.add(new ElfNote(name, bytes.getInt(start + 8), content));
      at = descriptor + roundUp(size, align);
    }
  }

  private List<ElfSegment> readSegments() throws ElfFormatException {
    long table = address(28, 32);
    int entrySize = file.getShort(is64 ? 54 : 42) & 0xffff;
    int count = file.getShort(is64 ? 56 : 44) & 0xffff;
    int minimum = is64 ? 56 : 32;
    if (count == 0) {
      return List.of();
    }
    if (count == PN_XNUM || entrySize < minimum) {
      throw new ElfFormatException(
          "it has %d program headers of %d bytes, which makes no sense".formatted(count, entrySize));
    }
    int start = inside("program header table", table, (long) count * entrySize);
    List<ElfSegment> read = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      read.add(readSegment(start + i * entrySize, i));
    }
    return List.copyOf(read);
  }

  private ElfSegment readSegment(int at, int index) throws ElfFormatException {
    int segmentType = file.getInt(at);
    boolean used = segmentType == ElfSegment.PT_LOAD || segmentType == ElfSegment.PT_NOTE;
    long fileSize = used ? field(at, 16, 32) : 0; // what nobody reads need not be there
    int offset = fileSize == 0 ? 0 : inside("segment " + index, field(at, 4, 8), fileSize);
    long memorySize = field(at, 20, 40);
    if (segmentType == ElfSegment.PT_LOAD && Long.compareUnsigned(memorySize, fileSize) < 0) {
      throw new ElfFormatException(
          "segment %d has 0x%x bytes in the file but only 0x%x in memory".formatted(index, fileSize, memorySize));
    }
    return new ElfSegment(
        segmentType,
        file.getInt(at + (is64 ? 4 : 24)),
        offset,
        field(at, 8, 16),
        field(at, 12, 24),
        (int) fileSize,
        memorySize,
        field(at, 28, 48));
  }

  private List<ElfSection> readSections() throws ElfFormatException {
    long table = address(32, 40);
    int entrySize = file.getShort(is64 ? 58 : 46) & 0xffff;
    long count = file.getShort(is64 ? 60 : 48) & 0xffff;
    int nameSection = file.getShort(is64 ? 62 : 50) & 0xffff;
    if (table == 0 || (count != 0 && entrySize < (is64 ? 64 : 40))) {
      return List.of();
    }
    int start = inside("section header table", table, Math.max(count, 1) * Math.max(entrySize, is64 ? 64 : 40));
    if (count == 0) { // too many for 16 bits: the first header has the number (gABI chapter 4)
      count = field(start, 20, 32);
      entrySize = is64 ? 64 : 40;
      inside("section header table", table, Math.multiplyHigh(count, entrySize) != 0 ? -1 : count * entrySize);
    }
    List<ElfSection> read = new ArrayList<>((int) count);
    for (int i = 0; i < count; i++) {
      read.add(readSection(start + i * entrySize, i));
    }
    return withNames(read, start, entrySize, nameSection);
  }

  private ElfSection readSection(int at, int index) throws ElfFormatException {
    int sectionType = file.getInt(at + 4);
    boolean absent = sectionType == ElfSection.SHT_NOBITS || sectionType == ElfSection.SHT_NULL;
    long size = absent ? 0 : field(at, 20, 32);
    int offset = size == 0 ? 0 : inside("section " + index, field(at, 16, 24), size);
    return new ElfSection(
        "",
        sectionType,
        field(at, 8, 8),
        field(at, 12, 16),
        offset,
        (int) size,
        file.getInt(at + (is64 ? 40 : 24)) & 0x7fff_ffff,
        field(at, 32, 48),
        field(at, 36, 56));
  }

  private List<ElfSection> withNames(List<ElfSection> read, int start, int entrySize, int nameSection) {
    if (nameSection >= read.size()) {
      return List.copyOf(read);
    }
    ByteBuffer names = bytes(read.get(nameSection));
    List<ElfSection> named = new ArrayList<>(read.size());
    for (int i = 0; i < read.size(); i++) {
      ElfSection s = read.get(i);
      String name = string(names, file.getInt(start + i * entrySize), names.limit());
      named.add(
          new ElfSection(
              name, s.type(), s.flags(), s.address(), s.offset(), s.size(), s.link(), s.alignment(), s.entrySize()));
    }
    return List.copyOf(named);
  }

  /** Checks that [offset, offset + size), both unsigned, is inside the file, and gives its start. */
  private int inside(String what, long offset, long size) throws ElfFormatException {
    if (offset < 0 || size < 0 || offset > length || size > length - offset) {
      throw new ElfFormatException(
          "it is truncated: the %s needs bytes 0x%x + 0x%x of a file of 0x%x".formatted(what, offset, size, length));
    }
    return (int) offset;
  }

  private long address(int offset32, int offset64) {
    return field(0, offset32, offset64);
  }

  /** A field of address size in the table entry at {@code at}. */
  private long field(int at, int offset32, int offset64) {
    return is64 ? file.getLong(at + offset64) : file.getInt(at + offset32) & 0xffff_ffffL;
  }

  /**
   * The string from {@code start} to the first NUL before {@code end}, cut at 256 bytes; empty if it starts outside.
   */
  static String string(ByteBuffer bytes, int start, int end) {
    if (start < 0 || start >= end || end > bytes.limit()) {
      return "";
    }
    int stop = start;
    while (stop < end && stop - start < MAX_NAME && bytes.get(stop) != 0) {
      stop++;
    }
    byte[] text = new byte[stop - start];
    bytes.get(start, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static long roundUp(long value, long alignment) {
    return (value + alignment - 1) & -alignment;
  }
}
