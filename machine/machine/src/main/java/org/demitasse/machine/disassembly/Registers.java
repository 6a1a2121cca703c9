package org.demitasse.machine.disassembly;

/** Names of registers and of sizes. */
final class Registers {
  static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};
  private static final String[] WORDS = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
  private static final String[] BYTES = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};

  private Registers() {}

  /**
   * The name of a general register.
   *
   * @param size in bytes
   * @param rex the REX prefix, or 0: with one, bytes 4-7 are SPL, BPL, SIL, DIL
   */
  static String name(int number, int size, int rex) {
    if (number >= 8) {
      return "r" + number + (size == 8 ? "" : size == 4 ? "d" : size == 2 ? "w" : "b");
    }
    return switch (size) {
      case 1 -> rex != 0 && number >= 4 ? WORDS[number] + "l" : BYTES[number];
      case 2 -> WORDS[number];
      case 4 -> "e" + WORDS[number];
      default -> "r" + WORDS[number];
    };
  }

  /** What stands before an operand in memory of so many bytes. */
  static String pointer(int size) {
    return switch (size) {
      case 1 -> "BYTE PTR ";
      case 2 -> "WORD PTR ";
      case 4 -> "DWORD PTR ";
      case 6 -> "FWORD PTR ";
      case 8 -> "QWORD PTR ";
      case 10 -> "TBYTE PTR ";
      default -> "XMMWORD PTR ";
    };
  }
}
