package org.demitasse.machine.disassembly;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes one instruction as text, in Intel's syntax as GNU's objdump has it. Knows what kernels are made of: the
 * general-purpose and system instructions, and SSE2 in its old encoding. Others (x87, VEX, EVEX, three-byte opcodes)
 * are told by their first byte only.
 */
public final class Disassembler {
  private static final int MAX_LENGTH = 15;
  private static final String UNKNOWN = "(bad)";

  /**
   * One instruction.
   *
   * @param length in bytes, 1-15
   * @param text what it is; "(bad)" for one that is not known
   */
  public record Line(int length, String text) {
    /** Says whether it is an instruction that is known. */
    public boolean isKnown() {
      return !text.equals(UNKNOWN);
    }
  }

  /** The bytes are at an end. */
  private static final class EndOfBytes extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EndOfBytes() {
      super(null, null, false, false);
    }
  }

  private final byte[] code;
  private final int start;
  private final int bits;
  private final long address;
  private int at;
  private int rex;
  private boolean operandPrefix;
  private boolean addressPrefix;
  private int repeat; // 0, 0xf2 or 0xf3
  private String segment = "";
  private boolean lock;
  private boolean prefixIsOpcode;
  private int modrm = -1;
  private String memory = "";
  private long displacementFromNext; // of a RIP-relative operand
  private boolean isRelative;

  private Disassembler(byte[] code, int start, int bits, long address) {
    this.code = code;
    this.start = start;
    this.bits = bits;
    this.address = address;
    at = start;
  }

  /**
   * Reads the instruction at an offset.
   *
   * @param bits 16, 32 or 64
   * @param address of its first byte, for branch targets
   */
  public static Line read(byte[] code, int offset, int bits, long address) {
    Disassembler reader = new Disassembler(code, offset, bits, address);
    try {
      String text = reader.instruction();
      int length = reader.at - offset;
      return text.isEmpty() || length > MAX_LENGTH ? new Line(1, UNKNOWN) : new Line(length, text);
    } catch (EndOfBytes tooShort) {
      return new Line(1, UNKNOWN);
    }
  }

  private int next() {
    if (at >= code.length) {
      throw new EndOfBytes();
    }
    return code[at++] & 0xff;
  }

  private long number(int bytes) {
    long value = 0;
    for (int n = 0; n < bytes; n++) {
      value |= (long) next() << n * 8;
    }
    int shift = 64 - bytes * 8;
    return value << shift >> shift;
  }

  private String instruction() {
    int opcode = prefixes();
    if (opcode != 0x0f) {
      return oneByte(opcode);
    }
    int second = next();
    if (second == 0x38 && operandPrefix && next() == 0x82) {
      prefixIsOpcode = true;
      return write("invpcid Rm,M", 0x0f38);
    }
    return second == 0x38 ? "" : twoBytes(second);
  }

  private int prefixes() {
    while (true) {
      int value = next();
      switch (value) {
        case 0x66 -> operandPrefix = true;
        case 0x67 -> addressPrefix = true;
        case 0xf2, 0xf3 -> repeat = value;
        case 0xf0 -> lock = true;
        case 0x26 -> segment = "es";
        case 0x2e -> segment = "cs";
        case 0x36 -> segment = "ss";
        case 0x3e -> segment = "ds";
        case 0x64 -> segment = "fs";
        case 0x65 -> segment = "gs";
        default -> {
          if (bits == 64 && (value & 0xf0) == 0x40) {
            rex = value;
            return next();
          }
          return value;
        }
      }
    }
  }

  // --- opcodes
  // -----------------------------------------------------------------------------------------------------------

  private String oneByte(int opcode) {
    String row =
        switch (opcode) {
          case 0x80, 0x82 -> OpcodeText.ALU[extension()] + " Eb,Ib";
          case 0x81 -> OpcodeText.ALU[extension()] + " Ev,Iz";
          case 0x83 -> OpcodeText.ALU[extension()] + " Ev,Bs";
          case 0x90 ->
              (rex & 1) != 0
                  ? "xchg Zv,rAX"
                  : repeat == 0xf3 ? takePrefix("pause") : operandPrefix ? "xchg Zv,rAX" : "nop";
          case 0xc0, 0xd0, 0xd2 -> OpcodeText.SHIFTS[extension()] + " Eb," + count(opcode);
          case 0xc1, 0xd1, 0xd3 -> OpcodeText.SHIFTS[extension()] + " Ev," + count(opcode);
          case 0xc6 -> extension() == 0 ? "mov Eb,Ib" : "";
          case 0xc7 -> extension() == 0 ? "mov Ev,Iz" : "";
          case 0xf6 -> OpcodeText.GROUP_3[extension()] + (extension() < 2 ? " Eb,Ib" : " Eb");
          case 0xf7 -> OpcodeText.GROUP_3[extension()] + (extension() < 2 ? " Ev,Iz" : " Ev");
          case 0xfe -> extension() == 0 ? "inc Eb" : extension() == 1 ? "dec Eb" : "";
          case 0xff -> group5();
          default -> OpcodeText.ONE_BYTE[opcode];
        };
    if (bits == 64 && (opcode == 0x60 || opcode == 0x61 || opcode == 0x82) || bits != 64 && opcode == 0x63) {
      return "";
    }
    return write(sized(opcode, row), opcode);
  }

  private String takePrefix(String name) {
    prefixIsOpcode = true;
    return name;
  }

  private static String count(int opcode) {
    return opcode < 0xd0 ? "Ib" : opcode < 0xd2 ? "1" : "CL";
  }

  private String group5() {
    String[] rows = {"inc Ev", "dec Ev", "call Eq", "call Mp", "jmp Eq", "jmp Mp", "push Eq", ""};
    return rows[extension()];
  }

  /** Names that change with the operand size. */
  private String sized(int opcode, String row) {
    int size = operandSize();
    return switch (opcode) {
      case 0x98 -> size == 8 ? "cdqe" : size == 4 ? "cwde" : "cbw";
      case 0x99 -> size == 8 ? "cqo" : size == 4 ? "cdq" : "cwd";
      case 0xcf -> size == 8 ? "iretq" : size == (bits == 16 ? 2 : 4) ? "iret" : "iretw";
      case 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf -> size == 8 ? "movabs Zv,Iv" : row;
      case 0xca -> size == 8 ? "retfq Iw" : row;
      case 0xcb -> size == 8 ? "retfq" : row;
      case 0xe3 -> bits == 64 ? row : "jecxz Jb";
      case 0xa0, 0xa1, 0xa2, 0xa3 -> bits == 64 ? row : row.replace("movabs", "mov");
      default -> row;
    };
  }

  private String twoBytes(int opcode) {
    int prefix = operandPrefix ? 1 : 0;
    prefix = repeat == 0xf3 ? 2 : repeat == 0xf2 ? 3 : prefix;
    String row = OpcodeText.variant(OpcodeText.TWO_BYTES[opcode], prefix);
    switch (opcode) {
      case 0x00, 0x01, 0x0d, 0x71, 0x72, 0x73, 0xae, 0xba, 0xc7 -> {
        row = opcode == 0x01 && modrm() >= 0xc0 ? special() : "";
        row = row.isEmpty() ? OpcodeText.group(opcode, extension(), modrm() < 0xc0, prefix) : row;
        prefixIsOpcode = opcode != 0xba;
      }
      case 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1f ->
          row = opcode == 0x18 ? OpcodeText.group(opcode, extension(), modrm() < 0xc0, prefix) : "nop Ev";
      case 0x1e ->
          row =
              repeat == 0xf3 && modrm() == 0xfa ? "endbr64" : repeat == 0xf3 && modrm() == 0xfb ? "endbr32" : "nop Ev";
      case 0x12 -> row = prefix == 0 ? (modrm() < 0xc0 ? "movlps Vx,Mq" : "movhlps Vx,Ux") : row;
      case 0x16 -> row = prefix == 0 ? (modrm() < 0xc0 ? "movhps Vx,Mq" : "movlhps Vx,Ux") : row;
      default -> {}
    }
    if (opcode == 0x1e && row.startsWith("endbr")) {
      prefixIsOpcode = true;
    }
    if (OpcodeText.TWO_BYTES[opcode].indexOf('|') >= 0) {
      prefixIsOpcode = true;
    }
    if (opcode == 0x07) {
      row = (rex & 8) != 0 ? "sysretq" : "sysretd";
    } else if (opcode == 0x09 && repeat == 0xf3) {
      row = takePrefix("wbnoinvd");
    } else if (opcode == 0xc7 && row.startsWith("cmpxchg8b") && (rex & 8) != 0) {
      row = "cmpxchg16b M16";
    }
    return write(row, opcode | 0x0f00);
  }

  /** 0F 01 with a register operand: instructions without operands. */
  private String special() {
    return switch (modrm()) {
      case 0xc1 -> "vmcall";
      case 0xc8 -> "monitor";
      case 0xc9 -> "mwait";
      case 0xca -> "clac";
      case 0xcb -> "stac";
      case 0xd0 -> "xgetbv";
      case 0xcf -> "encls";
      case 0xd1 -> "xsetbv";
      case 0xd9 -> repeat == 0 ? "vmmcall" : "vmgexit";
      case 0xdc -> "stgi";
      case 0xdd -> "clgi";
      case 0xe8 -> "serialize";
      case 0xee -> "rdpkru";
      case 0xef -> "wrpkru";
      case 0xf8 -> "swapgs";
      case 0xf9 -> "rdtscp";
      default -> "";
    };
  }

  private String write(String row, int opcode) {
    if (row.isEmpty()) {
      return "";
    }
    int space = row.indexOf(' ');
    String name = space < 0 ? row : row.substring(0, space);
    name = name.replace("@", (rex & 8) != 0 ? "q" : "d").replace("^", (rex & 8) != 0 ? "64" : "");
    List<String> operands = new ArrayList<>();
    if (opcode == 0xd7) {
      operands.add(row.substring(space + 1));
    } else if (space >= 0) {
      for (String code : row.substring(space + 1).split(",", -1)) {
        String text = operand(code, opcode);
        if (text.isEmpty()) {
          return "";
        }
        operands.add(text);
      }
    } else if ((opcode & 0xff00) != 0 && needsModrm(opcode & 0xff)) {
      int _ = modrm();
    }
    String text = prefixText(opcode) + name;
    String padded = operands.isEmpty() ? text : "%-6s %s".formatted(text, String.join(",", operands));
    return isRelative ? padded + "        # " + hex(address + (at - start) + displacementFromNext) : padded;
  }

  private static boolean needsModrm(int opcode) {
    return opcode == 0xae || opcode == 0x01 || opcode == 0x1e;
  }

  private String prefixText(int opcode) {
    String text = lock ? "lock " : "";
    if (repeat != 0 && !prefixIsOpcode) {
      boolean compares = opcode == 0xa6 || opcode == 0xa7 || opcode == 0xae || opcode == 0xaf;
      text += repeat == 0xf3 ? (compares ? "repz " : "rep ") : compares ? "repnz " : "bnd ";
      text = opcode == 0xc3 && repeat == 0xf3 ? text.replace("rep ", "repz ") : text;
    }
    return text;
  }

  // --- operands
  // ----------------------------------------------------------------------------------------------------------

  private int operandSize() {
    if ((rex & 8) != 0) {
      return 8;
    }
    return (bits == 16) == operandPrefix ? 4 : 2;
  }

  private int stackSize() {
    return operandPrefix ? (bits == 16 ? 4 : 2) : bits / 8;
  }

  private int modrm() {
    if (modrm < 0) {
      modrm = next();
      if (modrm < 0xc0) {
        memory = effectiveAddress();
      }
    }
    return modrm;
  }

  private int extension() {
    return modrm() >> 3 & 7;
  }

  private int reg() {
    return modrm() >> 3 & 7 | (rex & 4) << 1;
  }

  private String operand(String code, int opcode) {
    int size = operandSize();
    return switch (code) {
      case "Eb" -> place(1);
      case "Ew" -> place(2);
      case "Ed" -> place(4);
      case "Ev" -> place(size);
      case "Ey" -> place((rex & 8) != 0 ? 8 : 4);
      case "Eq" -> place(stackSize());
      case "Es" -> modrm() < 0xc0 ? place(2) : place(size);
      case "Er" -> modrm() < 0xc0 ? place(2) : Registers.name(rm(), opcode == 0x8e ? Math.max(4, size) : size, rex);
      case "Rm" -> Registers.name(reg(), bits == 64 ? 8 : 4, rex);
      case "Gb" -> Registers.name(reg(), 1, rex);
      case "Gv" -> Registers.name(reg(), size, rex);
      case "Gy" -> Registers.name(reg(), (rex & 8) != 0 ? 8 : 4, rex);
      case "Zb" -> Registers.name(opcode & 7 | (rex & 1) << 3, 1, rex);
      case "Zv" -> Registers.name(opcode & 7 | (rex & 1) << 3, size, rex);
      case "Zq" -> Registers.name(opcode & 7 | (rex & 1) << 3, stackSize(), rex);
      case "Rq" -> modrm() < 0xc0 ? "" : Registers.name(rm(), bits == 64 ? 8 : 4, rex);
      case "Ry" -> modrm() < 0xc0 ? "" : Registers.name(rm(), (rex & 8) != 0 ? 8 : 4, rex);
      case "Cq" -> "cr" + reg();
      case "Dq" -> "db" + reg();
      case "Sw" -> extension() < 6 ? Registers.SEGMENTS[extension()] : "";
      case "AL" -> "al";
      case "CL" -> "cl";
      case "DX" -> "dx";
      case "1" -> "1";
      case "fs", "gs" -> code;
      case "rAX" -> Registers.name(0, size, rex);
      case "eAX" -> Registers.name(0, Math.min(4, size), rex);
      case "M", "Mb", "Md", "Mq", "M8", "M16", "Mo", "Mp", "My" -> memoryOnly(code);
      case "Vx" -> "xmm" + reg();
      case "Wx", "Wd", "Wq" -> modrm() < 0xc0 ? sizedMemory(vectorSize(code)) : "xmm" + rm();
      case "Ux" -> modrm() < 0xc0 ? "" : "xmm" + rm();
      case "Pq" -> "mm" + (reg() & 7);
      case "Qq" -> modrm() < 0xc0 ? sizedMemory(8) : "mm" + (rm() & 7);
      case "Nq" -> modrm() < 0xc0 ? "" : "mm" + (rm() & 7);
      default -> numberOperand(code, size);
    };
  }

  private static int vectorSize(String code) {
    return code.equals("Wx") ? 16 : code.equals("Wq") ? 8 : 4;
  }

  private String numberOperand(String code, int size) {
    return switch (code) {
      case "Ib" -> hex(number(1) & 0xff);
      case "Iw" -> hex(number(2) & 0xffff);
      case "Iz" -> hex(cut(number(Math.min(4, size)), size));
      case "Iv" -> hex(cut(number(size), size));
      case "Iq" -> hex(cut(number(stackSize() == 2 ? 2 : 4), stackSize()));
      case "Bs" -> hex(cut(number(1), size));
      case "Bq" -> hex(cut(number(1), stackSize()));
      case "Jb" -> target(number(1));
      case "Jz" -> target(number(bits == 64 || !operandPrefix && bits == 32 ? 4 : 2));
      case "Ob", "Ov" -> absolute();
      case "Xb" -> string(1, false);
      case "Xv" -> string(size, false);
      case "Xz" -> string(Math.min(4, size), false);
      case "Yb" -> string(1, true);
      case "Yv" -> string(size, true);
      case "Yz" -> string(Math.min(4, size), true);
      default -> throw new IllegalStateException("operand code " + code);
    };
  }

  private String absolute() {
    long where = number(addressSize());
    String name = segment.isEmpty() ? "ds" : segment;
    return name + ":" + hex(cut(where, addressSize()));
  }

  private String string(int size, boolean destination) {
    String register = Registers.name(destination ? 7 : 6, addressSize(), 0x40);
    String name = destination ? "es" : segment.isEmpty() ? "ds" : segment;
    return Registers.pointer(size) + name + ":[" + register + "]";
  }

  private String target(long displacement) {
    long target = address + (at - start) + displacement;
    return hex(bits == 64 ? target : bits == 32 ? target & 0xffff_ffffL : target & 0xffff);
  }

  private static long cut(long value, int size) {
    return size == 8 ? value : value & (1L << size * 8) - 1;
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private int rm() {
    return modrm() & 7 | (rex & 1) << 3;
  }

  private String place(int size) {
    return modrm() < 0xc0 ? sizedMemory(size) : Registers.name(rm(), size, rex);
  }

  private String sizedMemory(int size) {
    int _ = modrm();
    return Registers.pointer(size) + memory;
  }

  private String memoryOnly(String code) {
    if (modrm() >= 0xc0) {
      return "";
    }
    return switch (code) {
      case "Mb" -> sizedMemory(1);
      case "Md" -> sizedMemory(4);
      case "Mq", "M8" -> sizedMemory(8);
      case "My" -> sizedMemory((rex & 8) != 0 ? 8 : 4);
      case "Mo" -> sizedMemory(16);
      case "M16" -> sizedMemory(2).replace("WORD", "OWORD");
      case "Mp" -> sizedMemory(operandSize() == 8 ? 10 : operandSize() == 4 ? 6 : 4);
      default -> memory;
    };
  }

  private int addressSize() {
    return bits == 64 ? (addressPrefix ? 4 : 8) : (bits == 16) == addressPrefix ? 4 : 2;
  }

  private String effectiveAddress() {
    if (addressSize() == 2) {
      return shortAddress();
    }
    int mode = modrm >> 6;
    int base = modrm & 7;
    StringBuilder inside = new StringBuilder();
    boolean hasBase = true;
    if (base == 4) {
      int sib = next();
      base = sib & 7;
      hasBase = base != 5 || mode != 0;
      inside.append(hasBase ? Registers.name(base | (rex & 1) << 3, addressSize(), 0x40) : "");
      int index = sib >> 3 & 7 | (rex & 2) << 2;
      if (index != 4) {
        String name = Registers.name(index, addressSize(), 0x40);
        inside.append(inside.isEmpty() ? "" : "+").append(name).append('*').append(1 << (sib >> 6));
      }
    } else if (base == 5 && mode == 0) {
      long displacement = number(4);
      return bits == 64 ? relative(displacement) : withSegment(hex(displacement & 0xffff_ffffL), true);
    } else {
      inside.append(Registers.name(base | (rex & 1) << 3, addressSize(), 0x40));
    }
    boolean wide = mode == 2 || !hasBase;
    if (!wide && mode == 0) {
      return withSegment("[" + inside + "]", false);
    }
    long displacement = number(wide ? 4 : 1);
    if (inside.isEmpty()) {
      return withSegment(hex(cut(displacement, addressSize())), true);
    }
    return withSegment("[" + inside + signed(displacement) + "]", false);
  }

  private String relative(long displacement) {
    displacementFromNext = displacement;
    isRelative = true;
    return withSegment("[rip" + signed(displacement) + "]", false);
  }

  private static String signed(long displacement) {
    return displacement < 0 ? "-0x" + Long.toHexString(-displacement) : "+0x" + Long.toHexString(displacement);
  }

  private String withSegment(String text, boolean absolute) {
    boolean told = !segment.isEmpty() && (bits != 64 || segment.equals("fs") || segment.equals("gs"));
    return told ? segment + ":" + text : absolute ? "ds:" + text : text;
  }

  private String shortAddress() {
    String[] bases = {"bx+si", "bx+di", "bp+si", "bp+di", "si", "di", "bp", "bx"};
    int mode = modrm >> 6;
    int rm = modrm & 7;
    if (mode == 0 && rm == 6) {
      return withSegment(hex(number(2) & 0xffff), true);
    }
    String inside = bases[rm] + (mode == 0 ? "" : signed(number(mode)));
    return withSegment("[" + inside + "]", false);
  }
}
