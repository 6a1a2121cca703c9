package org.demitasse.differential;

/**
 * What the manuals leave undefined, so that the host's answer binds nobody. Sections are those of the Intel SDM volume
 * 2 unless they say otherwise.
 */
final class Undefined {
  private static final int CF = 1;
  private static final int PF = 4;
  private static final int AF = 0x10;
  private static final int ZF = 0x40;
  private static final int SF = 0x80;
  private static final int OF = 0x800;
  private static final int UNDEFINED_OPCODE = 6;
  private static final int GENERAL_PROTECTION = 13;
  private static final long HOST_COMPONENTS = 4;
  private static final int ALL = CF | PF | AF | ZF | SF | OF;

  private final Shape shape = new Shape();

  /** The status flags that are undefined after a completed single instruction. */
  int flags(TestCase test) {
    if (test.sequence) {
      return (int) test.undefinedFlags;
    }
    shape.parse(test.code, test.mode);
    if (shape.vex) {
      return vexFlags();
    }
    return switch (shape.map) {
      case 0 -> oneByteFlags(test);
      case 1 -> twoByteFlags(test);
      default -> 0;
    };
  }

  private int oneByteFlags(TestCase test) {
    int opcode = shape.opcode;
    if (opcode < 0x40 && (opcode & 7) < 6) {
      return isLogic(opcode >>> 3) ? AF : 0; // AND, OR, XOR: "AF is undefined"
    }
    return switch (opcode) {
      case 0x80, 0x81, 0x82, 0x83 -> isLogic(shape.reg()) ? AF : 0;
      case 0x84, 0x85, 0xa8, 0xa9 -> AF; // TEST
      case 0x27, 0x2f -> OF; // DAA, DAS
      case 0x37, 0x3f -> OF | SF | ZF | PF; // AAA, AAS
      case 0xd4, 0xd5 -> OF | AF | CF; // AAM, AAD
      case 0x69, 0x6b -> SF | ZF | AF | PF; // IMUL
      case 0xf6, 0xf7 -> unaryGroupFlags();
      case 0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3 -> shiftFlags(test);
      default -> 0;
    };
  }

  private static boolean isLogic(int operation) {
    return operation == 1 || operation == 4 || operation == 6;
  }

  private int unaryGroupFlags() {
    return switch (shape.reg()) {
      case 0, 1 -> AF; // TEST
      case 4, 5 -> SF | ZF | AF | PF; // MUL, IMUL
      case 6, 7 -> ALL; // DIV, IDIV
      default -> 0;
    };
  }

  /** Offset of the byte after ModRM, SIB and displacement. */
  private int afterModRm(TestCase test) {
    int at = shape.opcodeAt + 2;
    if (shape.mod() == 3) {
      return at;
    }
    if (shape.addressBits(test.mode) == 16) {
      return at + (shape.mod() == 0 ? (shape.rm() == 6 ? 2 : 0) : shape.mod());
    }
    boolean wide = shape.mod() == 0 && shape.rm() == 5;
    if (shape.rm() == 4) {
      wide = shape.mod() == 0 && (test.code[at] & 7) == 5;
      at++;
    }
    return at + (wide || shape.mod() == 2 ? 4 : shape.mod());
  }

  private int count(TestCase test, int mask) {
    boolean immediate = shape.map == 0 ? shape.opcode < 0xd0 : (shape.opcode & 1) == 0;
    boolean one = shape.map == 0 && (shape.opcode == 0xd0 || shape.opcode == 0xd1);
    int raw = one ? 1 : immediate ? test.code[afterModRm(test)] : (int) test.gpr[1];
    return raw & mask;
  }

  /**
   * "OF is affected only for 1-bit shifts"; "AF is undefined"; "CF ... undefined for SHL and SHR with count >= size".
   */
  private int shiftFlags(TestCase test) {
    int bits = (shape.opcode & 1) == 0 ? 8 : shape.operandBits(test.mode);
    int count = count(test, bits == 64 ? 63 : 31);
    if (count == 0) {
      return 0;
    }
    int overflow = count == 1 ? 0 : OF;
    return switch (shape.reg()) {
      case 0, 1, 2, 3 -> overflow;
      case 4, 5, 6 -> overflow | AF | (count >= bits ? CF : 0);
      default -> overflow | AF;
    };
  }

  private int twoByteFlags(TestCase test) {
    return switch (shape.opcode) {
      case 0xa3, 0xab, 0xb3, 0xbb, 0xba -> OF | SF | AF | PF; // BT and others
      case 0xa4, 0xa5, 0xac, 0xad -> doubleShiftFlags(test);
      case 0xaf -> SF | ZF | AF | PF; // IMUL
      case 0xbc, 0xbd -> shape.repeat == 0xf3 ? OF | SF | PF | AF : CF | OF | SF | AF | PF; // TZCNT, LZCNT; BSF, BSR
      default -> 0;
    };
  }

  private int doubleShiftFlags(TestCase test) {
    int count = count(test, shape.operandBits(test.mode) == 64 ? 63 : 31);
    return count == 0 ? 0 : count == 1 ? AF : AF | OF;
  }

  private int vexFlags() {
    return switch (shape.opcode) {
      case 0xf2 -> AF | PF; // ANDN
      case 0xf3 -> AF | PF; // BLSR, BLSMSK, BLSI
      case 0xf5 -> shape.repeat == 0 ? AF | PF : 0; // BZHI; PDEP, PEXT
      case 0xf7 -> shape.repeat == 0 && !shape.operandSizePrefix ? AF | SF | PF : 0; // BEXTR; SHLX ...
      default -> 0;
    };
  }

  /**
   * Says whether a case proves nothing because the manuals leave its whole result open, or because the vendors differ
   * and no manual of one of them binds the other.
   */
  boolean whole(TestCase test, Outcome host, Outcome ours) {
    if (test.sequence) {
      return false;
    }
    // An undefined opcode that is also longer than 15 bytes.
    boolean protection = host.vector == GENERAL_PROTECTION || ours.vector == GENERAL_PROTECTION;
    if (protection && (host.vector == UNDEFINED_OPCODE || ours.vector == UNDEFINED_OPCODE) && isLong(test)) {
      return true;
    }
    if (isOddSegmentedAddress(test, host, ours)) {
      return true;
    }
    if (isFetchFault(host) && ours.vector == UNDEFINED_OPCODE
        || isFetchFault(ours) && host.vector == UNDEFINED_OPCODE) {
      return true; // how many more bytes an undefined opcode has before it is found out
    }
    shape.parse(test.code, test.mode);
    if (shape.vex) {
      return false;
    }
    return switch (shape.map) {
      case 0 -> oneByteOpen(test, host, ours);
      case 1 -> twoByteOpen(test, host, ours);
      // SHA: AMD does not mind operands that are not aligned.
      default -> isSha() && ours.vector == GENERAL_PROTECTION && host.vector != GENERAL_PROTECTION;
    };
  }

  /**
   * Says whether an instruction loads or stores so much that processors differ in which byte of it they touch first, so
   * that the address of a page fault tells nothing: x87 environments, FXSAVE, XSAVE and their opposites.
   */
  boolean faultAddress(TestCase test) {
    if (test.sequence) {
      return false;
    }
    shape.parse(test.code, test.mode);
    boolean environment =
        shape.map == 0 && (shape.opcode == 0xd9 || shape.opcode == 0xdd) && (shape.reg() == 4 || shape.reg() == 6);
    return shape.memory() && !shape.vex && (environment || shape.map == 1 && shape.opcode == 0xae);
  }

  /**
   * FS or GS with a base: AMD raises #GP for an offset that is not canonical even if the linear address is; and outside
   * 64-bit mode a linear address that wraps at 4 GiB may fault or not.
   */
  private boolean isOddSegmentedAddress(TestCase test, Outcome host, Outcome ours) {
    boolean long64 = test.mode == Mode.LONG;
    int general = (long64 ? host : ours).vector;
    int page = (long64 ? ours : host).vector;
    if (page != Outcome.PAGE_FAULT && page != Outcome.ALIGNMENT || general != GENERAL_PROTECTION) {
      return false;
    }
    shape.parse(test.code, test.mode);
    return shape.segment == 0x64 || shape.segment == 0x65;
  }

  private boolean isLong(TestCase test) {
    shape.parse(test.code, test.mode);
    boolean xop = shape.map == 0 && shape.opcode == 0x8f;
    return shape.opcodeAt >= 8 || xop;
  }

  private boolean isProcessorNumber(Outcome host, Outcome ours) {
    int register = shape.reg() | (shape.rex & 4) << 1;
    return host.completed() && (host.rflags & ours.rflags & ZF) != 0 && (ours.gpr[register] & 0xffff) == 0;
  }

  private boolean isSha() {
    return shape.map == 2 && shape.opcode >= 0xc8 && shape.opcode <= 0xcd || shape.map == 3 && shape.opcode == 0xcc;
  }

  private static boolean isAddressFault(Outcome outcome) {
    return outcome.vector >= 10 && outcome.vector <= Outcome.PAGE_FAULT || outcome.vector == Outcome.ALIGNMENT;
  }

  /** Says whether memory may have been written before the fault that ended the case: ENTER, PUSHA. */
  boolean partialStores(TestCase test, Outcome host) {
    if (test.sequence || host.completed()) {
      return false;
    }
    shape.parse(test.code, test.mode);
    return shape.map == 0 && (shape.opcode == 0xc8 || shape.opcode == 0x60);
  }

  private static boolean isFetchFault(Outcome outcome) {
    return outcome.vector == Outcome.PAGE_FAULT && outcome.cr2 == Arena.CODE + Arena.PAGE;
  }

  private boolean oneByteOpen(TestCase test, Outcome host, Outcome ours) {
    boolean long64 = test.mode == Mode.LONG;
    int opcode = shape.opcode;
    // LOOPE and LOOPNE with F2 or F3: AMD lets the prefix choose the condition, Intel reserves it.
    if ((opcode == 0xe0 || opcode == 0xe1) && shape.repeat != 0) {
      return true;
    }
    // POPA that faults: how many registers it has loaded by then.
    if (opcode == 0x61 && host.vector == ours.vector && !host.completed()) {
      return true;
    }
    // ENTER: AMD wants the place that the stack pointer ends at aligned, though nothing is stored there.
    if (opcode == 0xc8 && host.vector == Outcome.ALIGNMENT) {
      return true;
    }
    // MOVSXD with 16 bits: AMD reads 32.
    if (opcode == 0x63 && long64 && shape.operandSizePrefix && !shape.wide() && isAddressFault(host)) {
      return true;
    }
    // Far calls that fault: AMD pushes first, and by the rules of the mode that the call would have led to; where that
    // makes a page fault the host's kernel may try again and again.
    boolean farCall = opcode == 0x9a || opcode == 0xff && shape.reg() == 3;
    if (farCall && (host.timedOut || !host.completed() || !ours.completed())) {
      return true;
    }
    // Far returns: which of stack and descriptor is looked at first.
    if ((opcode == 0xca || opcode == 0xcb) && isAddressFault(host) && isAddressFault(ours)) {
      return true;
    }
    // Near branches with an operand-size prefix in 64-bit mode: AMD truncates RIP, Intel ignores the prefix.
    boolean nearBranch =
        opcode >= 0x70 && opcode < 0x80
            || opcode >= 0xe0 && opcode <= 0xe3
            || opcode == 0xe8
            || opcode == 0xe9
            || opcode == 0xeb
            || opcode == 0xc2
            || opcode == 0xc3
            || opcode == 0xff && (shape.reg() == 2 || shape.reg() == 4);
    if (long64 && nearBranch && shape.operandSizePrefix) {
      return true;
    }
    // Far pointers with REX.W in memory: 80 bits at Intel, 48 bits at AMD.
    return long64 && opcode == 0xff && (shape.reg() == 3 || shape.reg() == 5) && shape.wide();
  }

  private boolean twoByteOpen(TestCase test, Outcome host, Outcome ours) {
    int opcode = shape.opcode;
    boolean long64 = test.mode == Mode.LONG;
    if (long64 && opcode >= 0x80 && opcode < 0x90 && shape.operandSizePrefix) {
      return true;
    }
    if (long64 && (opcode == 0xb2 || opcode == 0xb4 || opcode == 0xb5) && shape.wide()) {
      return true;
    }
    // SYSRET outside 64-bit mode: #UD at Intel, #GP(0) at AMD. LOCK MOV CR0 is CR8 at AMD.
    if (opcode == 0x07 && !long64 || (opcode == 0x20 || opcode == 0x22) && shape.lock) {
      return true;
    }
    // LOCK VERR and VERW: AMD ignores LOCK. LSL of the descriptor whose limit is the number of the host's processor.
    if (opcode == 0x00 && shape.lock || opcode == 0x03 && isProcessorNumber(host, ours)) {
      return true;
    }
    // MASKMOVQ, MASKMOVDQU: which bytes are looked at before a fault "is implementation specific".
    if (opcode == 0xf7 && !host.completed()) {
      return true;
    }
    // SHLD, SHRD: "if the count is greater than the operand size, the result is undefined".
    if (opcode == 0xa4 || opcode == 0xa5 || opcode == 0xac || opcode == 0xad) {
      int bits = shape.operandBits(test.mode);
      return count(test, bits == 64 ? 63 : 31) > bits;
    }
    // XSAVE, XRSTOR, XSAVEOPT of components that only the host has (AVX).
    boolean stateGroup = opcode == 0xae && shape.memory();
    if (stateGroup && shape.reg() >= 4 && shape.reg() <= 6 && (test.gpr[0] & HOST_COMPONENTS) != 0) {
      return true;
    }
    // FXSAVE, FXRSTOR, XSAVE that are not aligned: "#AC ... is not guaranteed" in place of #GP.
    if (stateGroup && host.vector == Outcome.ALIGNMENT && ours.vector == GENERAL_PROTECTION) {
      return true;
    }
    // MXCSR bit 17 (misaligned exception mask) exists only at AMD.
    return stateGroup && (host.fx.getInt(XsaveImage.MXCSR) & 0x20000) != 0;
  }
}
