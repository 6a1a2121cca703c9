package org.demitasse.elf;

/**
 * A file that is not a usable ELF file. The message is one clause without a file name, such as "it is truncated: ...".
 */
public final class ElfFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public ElfFormatException(String message) {
    super(message);
  }
}
