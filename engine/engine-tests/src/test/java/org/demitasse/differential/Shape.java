package org.demitasse.differential;

/**
 * How the bytes of one instruction divide up: prefixes, opcode map, opcode, ModRM. Knows nothing of what instructions
 * mean and shares nothing with the engine's decoder (Intel SDM volume 2, 2.1-2.3).
 */
final class Shape {
  /** Offset of the opcode byte in the code, after all prefixes and escape bytes. */
  int opcodeAt;

  /** 0 one-byte, 1 0F, 2 0F38, 3 0F3A. */
  int map;

  int opcode;
  boolean vex;
  boolean vexL;
  int vvvv;
  int rex;
  boolean operandSizePrefix;
  boolean addressSizePrefix;
  boolean lock;

  /** 0, 0xF2 or 0xF3: the last one counts. */
  int repeat;

  /** 0, or the last segment override. */
  int segment;

  boolean hasModRm;
  int modRm;

  boolean wide() {
    return (rex & 8) != 0;
  }

  int mod() {
    return modRm >>> 6;
  }

  int reg() {
    return (modRm >>> 3) & 7;
  }

  int rm() {
    return modRm & 7;
  }

  boolean memory() {
    return hasModRm && mod() != 3;
  }

  /** Operand size in bits for opcodes whose size is not fixed. */
  int operandBits(Mode mode) {
    if (mode == Mode.LONG) {
      return wide() ? 64 : operandSizePrefix ? 16 : 32;
    }
    return (mode.defaultBits == 32) == operandSizePrefix ? 16 : 32;
  }

  int addressBits(Mode mode) {
    if (mode == Mode.LONG) {
      return addressSizePrefix ? 32 : 64;
    }
    return (mode.defaultBits == 32) == addressSizePrefix ? 16 : 32;
  }

  /** Takes the first instruction of a code apart. */
  void parse(byte[] code, Mode mode) {
    map = 0;
    rex = 0;
    vex = false;
    vexL = false;
    vvvv = 0;
    repeat = 0;
    segment = 0;
    operandSizePrefix = false;
    addressSizePrefix = false;
    lock = false;
    int at = parsePrefixes(code, mode);
    int first = code[at] & 0xff;
    if ((first == 0xc4 || first == 0xc5) && (mode == Mode.LONG || (code[at + 1] & 0xc0) == 0xc0)) {
      at = parseVex(code, at, first);
    } else if (first == 0x0f) {
      int second = code[++at] & 0xff;
      map = second == 0x38 ? 2 : second == 0x3a ? 3 : 1;
      at += map == 1 ? 0 : 1;
    }
    opcodeAt = at;
    opcode = code[at] & 0xff;
    hasModRm = vex || hasModRm(map, opcode, mode);
    modRm = code[at + 1] & 0xff;
  }

  private int parsePrefixes(byte[] code, Mode mode) {
    int at = 0;
    for (; at < TestCase.MAX_CODE - 5; at++) {
      int b = code[at] & 0xff;
      if (mode == Mode.LONG && (b & 0xf0) == 0x40) {
        rex = b;
        continue;
      }
      switch (b) {
        case 0x26, 0x2e, 0x36, 0x3e -> segment = mode == Mode.LONG ? segment : b;
        case 0x64, 0x65 -> segment = b;
        case 0x66 -> operandSizePrefix = true;
        case 0x67 -> addressSizePrefix = true;
        case 0xf0 -> lock = true;
        case 0xf2, 0xf3 -> repeat = b;
        default -> {
          return at;
        }
      }
      rex = 0;
    }
    return at;
  }

  private int parseVex(byte[] code, int at, int first) {
    vex = true;
    int last = code[at + 1] & 0xff;
    rex = (~last >>> 5) & 4;
    map = 1;
    int next = at + 2;
    if (first == 0xc4) {
      rex = (~last >>> 5) & 7;
      map = last & 0x1f;
      last = code[at + 2] & 0xff;
      rex |= last >>> 4 & 8;
      next = at + 3;
    }
    vexL = (last & 4) != 0;
    vvvv = (~last >>> 3) & 15;
    switch (last & 3) {
      case 1 -> operandSizePrefix = true;
      case 2 -> repeat = 0xf3;
      case 3 -> repeat = 0xf2;
      default -> {}
    }
    return next;
  }

  static boolean hasModRm(int map, int opcode, Mode mode) {
    if (map >= 2) {
      return true;
    }
    if (map == 1) {
      return !(opcode >= 0x04 && opcode <= 0x0c
          || opcode == 0x0e
          || opcode >= 0x30 && opcode <= 0x37
          || opcode == 0x77
          || opcode >= 0x80 && opcode <= 0x8f
          || opcode >= 0xa0 && opcode <= 0xa2
          || opcode >= 0xa8 && opcode <= 0xaa
          || opcode >= 0xc8 && opcode <= 0xcf
          || opcode == 0xff);
    }
    if (opcode < 0x40) {
      return (opcode & 7) < 4;
    }
    return switch (opcode) {
      case 0x62, 0xc4, 0xc5 -> mode != Mode.LONG;
      case 0x63, 0x69, 0x6b, 0xc0, 0xc1, 0xc6, 0xc7, 0xd0, 0xd1, 0xd2, 0xd3, 0xf6, 0xf7, 0xfe, 0xff -> true;
      default -> opcode >= 0x80 && opcode <= 0x8f || opcode >= 0xd8 && opcode <= 0xdf;
    };
  }
}
