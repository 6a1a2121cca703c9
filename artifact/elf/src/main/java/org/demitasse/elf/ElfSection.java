package org.demitasse.elf;

/**
 * A section header (gABI chapter 4). Its bytes lie inside the file unless it is {@link #SHT_NOBITS}.
 *
 * @param name the name, empty if it has none
 * @param type {@code sh_type}
 * @param flags {@code sh_flags}
 * @param address {@code sh_addr}
 * @param offset where its bytes start in the file; 0 for SHT_NOBITS
 * @param size bytes in the file; 0 for SHT_NOBITS
 * @param link {@code sh_link}
 * @param alignment {@code sh_addralign}
 * @param entrySize {@code sh_entsize}
 */
public record ElfSection(
    String name, int type, long flags, long address, int offset, int size, int link, long alignment, long entrySize) {
  /** An unused header. */
  public static final int SHT_NULL = 0;

  /** The symbol table. */
  public static final int SHT_SYMTAB = 2;

  /** A string table. */
  public static final int SHT_STRTAB = 3;

  /** Notes. */
  public static final int SHT_NOTE = 7;

  /** A section without bytes in the file. */
  public static final int SHT_NOBITS = 8;

  /** The symbols of dynamic linking. */
  public static final int SHT_DYNSYM = 11;
}
