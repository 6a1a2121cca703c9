package org.demitasse.cpu.decode;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one instruction at a time (Intel SDM vol. 2, chapter 2) and makes its op by the table. Not thread-safe: it
 * reuses one {@link Instruction}.
 */
public final class Decoder {
  /** The longest instruction, in bytes; a longer one raises #GP(0). */
  public static final int MAX_LENGTH = 15;

  private final OpcodeTable table;
  private final Instruction instruction = new Instruction();
  private byte[] code = {};
  private int position;
  private int end;
  private int start;
  private boolean ranOut;
  private boolean rexR;
  private boolean rexX;
  private boolean rexB;
  private boolean addressPrefix;

  public Decoder(OpcodeTable table) {
    this.table = table;
  }

  /**
   * Decodes the instruction at {@code code[from..to)}.
   *
   * @param offset bytes from the start of the block to this instruction
   * @param cpu gives the mode: code size, stack size, flatness
   * @return the op with its offset and length set; null if the bytes do not suffice (fewer than 15 are there)
   */
  public @Nullable Op decode(byte[] code, int from, int to, int offset, Cpu cpu) {
    this.code = code;
    start = from;
    position = from;
    end = Math.min(to, from + MAX_LENGTH);
    ranOut = false;
    Instruction i = instruction;
    i.codeSize = cpu.codeSize;
    i.stackSize = cpu.stackSize;
    i.flat = cpu.flat;
    i.offset = offset;
    Op op = decodeInstruction(i);
    if (ranOut) {
      if (end == from + MAX_LENGTH) {
        op = new FaultOps.TooLong();
        position = end;
      } else {
        return null;
      }
    }
    if (op == null) {
      op = new FaultOps.Undefined();
    }
    op.place(offset, position - from);
    op.stackSegment |= i.stackSegment;
    return op;
  }

  private int next() {
    if (position >= end) {
      ranOut = true;
      return 0;
    }
    return code[position++] & 0xff;
  }

  private @Nullable Op decodeInstruction(Instruction i) {
    i.prefix = 0;
    i.operandPrefix = false;
    i.repPrefix = 0;
    i.lock = false;
    i.rex = false;
    i.rexW = false;
    i.segmentOverride = -1;
    i.memory = null;
    i.modrm = 0;
    i.immediate = 0;
    i.immediate2 = 0;
    i.stackSegment = false;
    i.vexRegister = 0;
    i.vexL = false;
    i.segment = Cpu.NO_SEGMENT;
    rexR = false;
    rexX = false;
    rexB = false;
    addressPrefix = false;
    int opcode = prefixes(i);
    i.addressSize = i.codeSize == 8 ? (addressPrefix ? 4 : 8) : (i.codeSize == 4) != addressPrefix ? 4 : 2;
    if ((opcode == 0xC4 || opcode == 0xC5) && (i.codeSize == 8 || (peek() & 0xC0) == 0xC0)) {
      return vex(i, opcode);
    }
    Map map = Map.ONE_BYTE;
    if (opcode == 0x0F) {
      opcode = next();
      map = Map.M0F;
      if (opcode == 0x38) {
        opcode = next();
        map = Map.M0F38;
      } else if (opcode == 0x3A) {
        opcode = next();
        map = Map.M0F3A;
      }
    }
    int prefix =
        i.repPrefix == 0xF3
            ? OpcodeTable.P_F3
            : i.repPrefix == 0xF2 ? OpcodeTable.P_F2 : i.operandPrefix ? OpcodeTable.P_66 : OpcodeTable.P_NONE;
    i.prefix = i.repPrefix != 0 ? i.repPrefix : i.operandPrefix ? 0x66 : 0;
    return finish(i, map, opcode, prefix);
  }

  private int peek() {
    if (position >= end) {
      ranOut = true;
      return 0;
    }
    return code[position] & 0xff;
  }

  private int prefixes(Instruction i) {
    int rex = 0;
    while (true) {
      int value = next();
      if (ranOut) {
        return 0x90;
      }
      switch (value) {
        case 0x26 -> override(i, Cpu.ES);
        case 0x2E -> override(i, Cpu.CS);
        case 0x36 -> override(i, Cpu.SS);
        case 0x3E -> override(i, Cpu.DS);
        case 0x64 -> i.segmentOverride = Cpu.FS;
        case 0x65 -> i.segmentOverride = Cpu.GS;
        case 0x66 -> i.operandPrefix = true;
        case 0x67 -> addressPrefix = true;
        case 0xF0 -> i.lock = true;
        case 0xF2, 0xF3 -> i.repPrefix = value;
        default -> {
          if (i.codeSize == 8 && (value & 0xF0) == 0x40) {
            rex = value;
            continue;
          }
          if (rex != 0) {
            i.rex = true;
            i.rexW = (rex & 8) != 0;
            rexR = (rex & 4) != 0;
            rexX = (rex & 2) != 0;
            rexB = (rex & 1) != 0;
          }
          return value;
        }
      }
      rex = 0; // a REX prefix counts only right before the opcode
    }
  }

  /** ES, CS, SS and DS overrides are ignored in 64-bit mode, where a FS or GS override before them stays. */
  private static void override(Instruction i, int segment) {
    if (i.codeSize != 8) {
      i.segmentOverride = segment;
    }
  }

  /** VEX prefixes: only for BMI here, so L must be 0 and LOCK, 66, F2, F3, REX before them are #UD. */
  private @Nullable Op vex(Instruction i, int first) {
    boolean badPrefix = i.lock || i.operandPrefix || i.repPrefix != 0 || i.rex;
    int second = next();
    int last = second;
    int mapNumber = 1;
    rexR = (second & 0x80) == 0;
    if (first == 0xC4) {
      rexX = (second & 0x40) == 0;
      rexB = (second & 0x20) == 0;
      mapNumber = second & 0x1f;
      last = next();
      i.rexW = (last & 0x80) != 0;
    }
    i.rex = true;
    i.vexRegister = ~last >> 3 & 15;
    i.vexRegisterUnused = i.vexRegister == 0;
    i.vexL = (last & 4) != 0;
    int opcode = next();
    if (i.codeSize != 8) {
      rexR = false;
      rexX = false;
      rexB = false;
      i.rexW = false;
      i.vexRegister &= 7;
    }
    if (badPrefix || mapNumber < 1 || mapNumber > 3) {
      return null;
    }
    Map map = mapNumber == 1 ? Map.VEX_0F : mapNumber == 2 ? Map.VEX_0F38 : Map.VEX_0F3A;
    int[] mandatory = {OpcodeTable.P_NONE, OpcodeTable.P_66, OpcodeTable.P_F3, OpcodeTable.P_F2};
    Op op = finish(i, map, opcode, mandatory[last & 3]);
    return op == null || i.codeSize == 8 ? op : new FaultOps.ProtectedOnly(op);
  }

  private @Nullable Op finish(Instruction i, Map map, int opcode, int prefix) {
    i.opcode = opcode;
    i.opcodeRegister = opcode & 7 | (rexB ? 8 : 0);
    Encoding encoding = table.find(map, opcode, prefix);
    if (encoding == null) {
      return null;
    }
    int normal = i.rexW ? 8 : (i.codeSize == 2) == i.operandPrefix ? 4 : 2;
    i.operandSize =
        encoding.size() == Encoding.Size.STACK && i.codeSize == 8 ? (i.operandPrefix && !i.rexW ? 2 : 8) : normal;
    if (map == Map.M0F && (opcode & 0xFC) == 0x20) {
      registerModrm(i);
    } else if (encoding.modrm()) {
      modrm(i, map == Map.M0F && opcode >= 0x20 && opcode <= 0x23);
    } else {
      i.segment = i.dataSegment();
    }
    immediates(i, encoding.immediate());
    i.length = position - start;
    if (i.memory != null && ripRelative) {
      i.memory =
          new MemoryOperand(
              Cpu.BLOCK_RIP, Cpu.ZERO, 0, i.offset + i.length + ripDisplacement, i.addressSize, i.segment, false);
    }
    if (ranOut || (i.lock && (!encoding.lockable() || i.memory == null))) {
      return null;
    }
    return encoding.factory().create(i);
  }

  private boolean ripRelative;
  private long ripDisplacement;

  /** Reads ModRM; {@code registers}: MOV to and from CR and DR take any mod as 3 (Intel SDM vol. 2, MOV). */
  private void modrm(Instruction i, boolean registers) {
    int modrm = next();
    i.modrm = modrm;
    i.reg = modrm >> 3 & 7 | (rexR ? 8 : 0);
    i.rm = modrm & 7 | (rexB ? 8 : 0);
    ripRelative = false;
    if (modrm >= 0xC0 || registers) {
      i.memory = null;
    } else if (i.addressSize == 2) {
      memory16(i, modrm);
    } else {
      memory32(i, modrm);
    }
  }

  /** MOV to and from control and debug registers: the mod field is ignored (Intel SDM vol. 2, MOV). */
  private void registerModrm(Instruction i) {
    int modrm = next() | 0xC0;
    i.modrm = modrm;
    i.reg = modrm >> 3 & 7 | (rexR ? 8 : 0);
    i.rm = modrm & 7 | (rexB ? 8 : 0);
    i.memory = null;
  }

  private void memory16(Instruction i, int modrm) {
    int mode = modrm >> 6;
    int base = Cpu.ZERO;
    int index = Cpu.ZERO;
    boolean stack = false;
    switch (modrm & 7) {
      case 0 -> {
        base = Cpu.RBX;
        index = Cpu.RSI;
      }
      case 1 -> {
        base = Cpu.RBX;
        index = Cpu.RDI;
      }
      case 2 -> {
        base = Cpu.RBP;
        index = Cpu.RSI;
        stack = true;
      }
      case 3 -> {
        base = Cpu.RBP;
        index = Cpu.RDI;
        stack = true;
      }
      case 4 -> base = Cpu.RSI;
      case 5 -> base = Cpu.RDI;
      case 6 -> {
        if (mode != 0) {
          base = Cpu.RBP;
          stack = true;
        }
      }
      default -> base = Cpu.RBX;
    }
    long displacement = 0;
    if (mode == 1) {
      displacement = (byte) next();
    } else if (mode == 2 || (modrm & 7) == 6 && mode == 0) {
      displacement = (short) signed(2);
    }
    makeMemory(i, base, index, 0, displacement, stack);
  }

  private void memory32(Instruction i, int modrm) {
    int mode = modrm >> 6;
    int base = modrm & 7;
    int index = Cpu.ZERO;
    int scale = 0;
    boolean stack;
    boolean noBase = false;
    if (base == 4) {
      int sib = next();
      base = sib & 7;
      int indexNumber = sib >> 3 & 7 | (rexX ? 8 : 0);
      index = indexNumber == 4 ? Cpu.ZERO : indexNumber;
      scale = sib >> 6;
      noBase = base == 5 && mode == 0;
      stack = (base == 4 || base == 5 && mode != 0) && !rexB;
    } else {
      stack = base == 5 && mode != 0 && !rexB;
      if (base == 5 && mode == 0) {
        noBase = true;
        ripRelative = i.codeSize == 8;
      }
    }
    long displacement = 0;
    if (mode == 1) {
      displacement = (byte) next();
    } else if (mode == 2 || noBase) {
      displacement = signed(4);
    }
    if (ripRelative) {
      ripDisplacement = displacement;
    }
    makeMemory(i, noBase ? Cpu.ZERO : base | (rexB ? 8 : 0), index, scale, displacement, stack);
  }

  private static void makeMemory(Instruction i, int base, int index, int scale, long displacement, boolean stack) {
    int segment = i.segmentOverride >= 0 ? i.segmentOverride : stack ? Cpu.SS : Cpu.DS;
    i.stackSegment = segment == Cpu.SS;
    if (i.codeSize == 8 && segment < Cpu.FS) {
      segment = Cpu.NO_SEGMENT;
    }
    i.segment = segment;
    boolean checked = i.mustCheck(segment);
    i.memory = new MemoryOperand(base, index, scale, displacement, i.addressSize, segment, checked);
  }

  private long signed(int bytes) {
    long value = 0;
    for (int shift = 0; shift < bytes * 8; shift += 8) {
      value |= (long) next() << shift;
    }
    int unused = 64 - bytes * 8;
    return value << unused >> unused;
  }

  private void immediates(Instruction i, Encoding.Immediate immediate) {
    switch (immediate) {
      case NONE -> {}
      case IB -> i.immediate = (byte) next();
      case IW -> i.immediate = (short) signed(2);
      case IZ -> i.immediate = signed(Math.min(i.operandSize, 4));
      case IV -> i.immediate = signed(i.operandSize);
      case JZ -> i.immediate = signed(i.codeSize == 8 ? 4 : i.operandSize);
      case IW_IB -> {
        i.immediate = signed(2) & 0xffff;
        i.immediate2 = next();
      }
      case MOFFS -> {
        i.immediate = signed(i.addressSize);
        if (i.addressSize < 8) {
          i.immediate &= (1L << (i.addressSize * 8)) - 1;
        }
      }
      case FAR -> {
        i.immediate = signed(Math.min(i.operandSize, 4));
        i.immediate2 = (int) signed(2) & 0xffff;
      }
      case IB_IF_TEST -> {
        if (i.extension() < 2) {
          i.immediate = (byte) next();
        }
      }
      case IZ_IF_TEST -> {
        if (i.extension() < 2) {
          i.immediate = signed(Math.min(i.operandSize, 4));
        }
      }
    }
  }
}
