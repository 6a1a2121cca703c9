package org.demitasse.elf;

/**
 * A program header (gABI chapter 5): a piece of the file and where it goes in memory. Its bytes lie inside the file.
 *
 * @param type {@code p_type}
 * @param flags {@code p_flags}
 * @param offset where its bytes start in the file
 * @param virtualAddress {@code p_vaddr}
 * @param physicalAddress {@code p_paddr}
 * @param fileSize bytes in the file, not negative
 * @param memorySize bytes in memory, unsigned; for PT_LOAD at least {@code fileSize}
 * @param alignment {@code p_align}
 */
public record ElfSegment(
    int type,
    int flags,
    int offset,
    long virtualAddress,
    long physicalAddress,
    int fileSize,
    long memorySize,
    long alignment) {
  /** A segment to load. */
  public static final int PT_LOAD = 1;

  /** A dynamically linked program's interpreter. */
  public static final int PT_INTERP = 3;

  /** Notes. */
  public static final int PT_NOTE = 4;
}
