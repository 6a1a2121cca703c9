package org.demitasse.differential;

/** Chooses registers and displacements so that an instruction's memory operands fall where something can be seen. */
final class OperandPlacer {
  private static final int RAX = 0;
  private static final int RCX = 1;
  private static final int RDX = 2;
  private static final int RBX = 3;
  private static final int RSP = 4;
  private static final int RBP = 5;
  private static final int RSI = 6;
  private static final int RDI = 7;

  private Random random = new Random(0);
  private TestCase test = new TestCase();
  private Shape shape = new Shape();

  /** Adjusts a case whose code has been put together and placed. */
  void place(Random random, TestCase test, Shape shape) {
    this.random = random;
    this.test = test;
    this.shape = shape;
    placeStack();
    placeImplicit();
    specialRegisters();
    if (shape.memory()) {
      placeModRm();
    }
  }

  private boolean is(int map, int opcode) {
    return shape.map == map && shape.opcode == opcode && !shape.vex;
  }

  private long segmentBase(int selector, long systemBase) {
    return switch (selector) {
      case 0 -> systemBase;
      case 0x07, 0x0f, 0x17, 0x2f -> Arena.DATA;
      default -> 0;
    };
  }

  private long baseOf(int prefix, boolean stack) {
    boolean flat = test.mode == Mode.LONG;
    return switch (prefix) {
      case 0x64 -> segmentBase(test.fs, flat ? test.fsBase : 0);
      case 0x65 -> segmentBase(test.gs, flat ? test.gsBase : 0);
      case 0x26 -> flat ? 0 : segmentBase(test.es, 0);
      case 0x2e -> flat ? 0 : test.mode.codeBase;
      case 0x36 -> flat ? 0 : segmentBase(test.ss, 0);
      case 0x3e -> flat ? 0 : segmentBase(test.ds, 0);
      default -> flat ? 0 : segmentBase(stack ? test.ss : test.ds, 0);
    };
  }

  private void placeStack() {
    long target = random.percent(80) ? Arena.DATA + 0x100 + random.below(0x1e00) & -8 : target(16);
    if (is(0, 0xcf)) {
      target = Arena.RETURN_FRAMES + 64L * random.below(4);
    } else if (is(0, 0xca) || is(0, 0xcb)) {
      target = (random.percent(70) ? Arena.RETURN_FRAMES : Arena.FAR_POINTERS) + 8L * random.below(16);
    } else if ((shape.map == 0 && (shape.opcode & 0xe7) == 7 || is(1, 0xa1) || is(1, 0xa9)) && random.percent(80)) {
      target = Arena.SELECTORS + 4L * random.below(30);
    } else if (random.percent(3)) {
      return;
    }
    long base = test.mode == Mode.LONG ? 0 : segmentBase(test.ss, 0);
    test.gpr[RSP] = target - base;
    if (random.percent(70)) {
      test.gpr[RBP] = (random.oneIn(2) ? target(16) : Arena.DATA + 0x200 + random.below(0x1c00)) - base;
    }
  }

  private void placeImplicit() {
    if (shape.map == 0
        && (shape.opcode >= 0xa4 && shape.opcode <= 0xaf || shape.opcode >= 0x6c && shape.opcode <= 0x6f)) {
      setAddress(RSI, target(8) - baseOf(shape.segment, false));
      setAddress(RDI, target(8) - (test.mode == Mode.LONG ? 0 : segmentBase(test.es, 0)));
    } else if (is(0, 0xd7)) {
      setAddress(RBX, target(1) - baseOf(shape.segment, false) - (test.gpr[RAX] & 0xff));
    } else if (is(1, 0xf7)) {
      setAddress(RDI, target(16) - baseOf(shape.segment, false));
    } else if (shape.map == 0 && shape.opcode >= 0xa0 && shape.opcode <= 0xa3) {
      long address = target(8) - baseOf(shape.segment, false);
      for (int i = 0; i < shape.addressBits(test.mode) / 8; i++) {
        test.code[shape.opcodeAt + 1 + i] = (byte) (address >> 8 * i);
      }
    }
  }

  /** Sets an address register; what lies above the address size stays random. */
  private void setAddress(int register, long value) {
    int bits = shape.addressBits(test.mode);
    if (bits == 64 || random.oneIn(2)) {
      test.gpr[register] = bits == 16 && random.oneIn(2) ? value & 0xffff : value;
    } else {
      test.gpr[register] = test.gpr[register] & (-1L << bits) | value & ((1L << bits) - 1);
    }
  }

  private void specialRegisters() {
    if (is(1, 0xae)) {
      test.gpr[RAX] &= 3; // the components that both sides have
      test.gpr[RDX] = 0;
    } else if (shape.map == 0 && (shape.opcode == 0xd2 || shape.opcode == 0xd3) || is(1, 0xa5) || is(1, 0xad)) {
      test.gpr[RCX] = random.oneIn(2) ? random.below(72) : test.gpr[RCX];
    } else if ((is(0, 0x8e) || is(1, 0x00) || is(1, 0x02) || is(1, 0x03)) && random.percent(85)) {
      int register = shape.rm() | (shape.rex & 1) << 3;
      test.gpr[register] =
          random.oneIn(2) ? Arena.selector(random) : test.gpr[register] & ~0xffffL | Arena.selector(random);
    } else if (isBitTest() && random.percent(85)) {
      int register = shape.reg() | (shape.rex & 4) << 1;
      test.gpr[register] = random.below(0x8000) - 0x4000;
    } else if (is(1, 0xb0) || is(1, 0xb1) || is(1, 0xc7)) {
      if (random.oneIn(2)) {
        test.gpr[RAX] = test.gpr[shape.rm() | (shape.rex & 1) << 3];
      }
    }
  }

  private boolean isBitTest() {
    return is(1, 0xa3) || is(1, 0xab) || is(1, 0xb3) || is(1, 0xbb);
  }

  /** A linear address for an operand of about so many bytes. */
  private long target(int bytes) {
    int raw = random.below(100);
    if (shape.addressBits(test.mode) == 16 && raw < 90) {
      return raw < 70
          ? Arena.LOW + random.below(Arena.PAGE - 64)
          : Arena.LOW + (random.oneIn(2) ? 0 : Arena.PAGE) - 16 + random.below(32);
    }
    if (raw < 40) {
      return Arena.DATA + random.below(2 * Arena.PAGE) & -16;
    }
    if (raw < 75) {
      return Arena.DATA + random.below(2 * Arena.PAGE - 64);
    }
    if (raw < 80) {
      return Arena.DATA + Arena.PAGE - 32 + random.below(32);
    }
    if (raw < 87) {
      return Arena.READ_ONLY - 16 + random.below(16 + bytes / 2);
    }
    if (raw < 90) {
      return Arena.READ_ONLY + random.below(Arena.PAGE) & -16;
    }
    if (raw < 94) {
      return Arena.READ_ONLY + Arena.PAGE - random.below(20);
    }
    if (raw < 96) {
      return Arena.DATA - random.below(10);
    }
    return raw < 98 ? random.nextLong() : 0x0000_8000_0000_0000L - random.below(12);
  }

  private long modRmTarget() {
    if (is(1, 0xae)) {
      int reg = shape.reg();
      if ((reg == 1 || reg == 5) && random.percent(85)) {
        return Arena.XSAVE_IMAGE;
      }
      return random.percent(80) ? Arena.DATA + random.below(2 * Arena.PAGE) & -64 : target(512);
    }
    boolean farBranch = is(0, 0xff) && (shape.reg() == 3 || shape.reg() == 5);
    boolean farLoad = is(0, 0xc4) || is(0, 0xc5) || is(1, 0xb2) || is(1, 0xb4) || is(1, 0xb5);
    if ((farBranch || farLoad) && random.percent(85)) {
      return shape.operandBits(test.mode) == 16
          ? Arena.FAR_POINTERS_16 + 4L * random.below(30)
          : Arena.FAR_POINTERS + 8L * random.below(31);
    }
    if (is(0, 0xff) && shape.reg() >= 2 && random.percent(60)) {
      return Arena.FAR_POINTERS + 8L * random.below(31);
    }
    if ((is(0, 0x8e) || is(1, 0x00) || is(1, 0x02) || is(1, 0x03)) && random.percent(85)) {
      return Arena.SELECTORS + 4L * random.below(30);
    }
    return target(16);
  }

  private void placeModRm() {
    if (random.percent(2)) {
      return;
    }
    long target = modRmTarget();
    if (shape.addressBits(test.mode) == 16) {
      place16(target);
    } else {
      place32(target);
    }
  }

  private static final int[] BASES_16 = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
  private static final int[] INDEXES_16 = {RSI, RDI, RSI, RDI, -1, -1, -1, -1};

  private void place16(long target) {
    int mod = shape.mod();
    int rm = shape.rm();
    int at = shape.opcodeAt + 2;
    boolean absolute = mod == 0 && rm == 6;
    long offset = target - baseOf(shape.segment, !absolute && (rm == 2 || rm == 3 || rm == 6));
    if (absolute) {
      putDisplacement(at, 2, offset);
      return;
    }
    if (mod == 1) {
      offset -= test.code[at];
    } else if (mod == 2) {
      offset -= test.code[at] & 0xff | test.code[at + 1] << 8;
    }
    int index = INDEXES_16[rm];
    if (index >= 0) {
      offset -= test.gpr[index];
    }
    setAddress(BASES_16[rm], offset);
  }

  private void putDisplacement(int at, int bytes, long value) {
    for (int i = 0; i < bytes; i++) {
      test.code[at + i] = (byte) (value >> 8 * i);
    }
  }

  private int int32(int at) {
    return test.code[at] & 0xff
        | (test.code[at + 1] & 0xff) << 8
        | (test.code[at + 2] & 0xff) << 16
        | test.code[at + 3] << 24;
  }

  private void place32(long target) {
    int mod = shape.mod();
    int at = shape.opcodeAt + 2;
    int base = shape.rm() | (shape.rex & 1) << 3;
    int index = -1;
    int scale = 0;
    boolean noBase = mod == 0 && shape.rm() == 5;
    if (shape.rm() == 4) {
      int sib = test.code[at++] & 0xff;
      base = sib & 7 | (shape.rex & 1) << 3;
      index = sib >>> 3 & 7 | (shape.rex & 2) << 2;
      scale = sib >>> 6;
      noBase = mod == 0 && (sib & 7) == 5;
    }
    boolean stack = !noBase && (base == RSP || base == RBP);
    long offset = target - baseOf(shape.segment, stack);
    if (index >= 0 && index != 4) {
      offset -= test.gpr[index] << scale;
    }
    if (noBase) {
      boolean ripRelative = test.mode == Mode.LONG && shape.rm() == 5;
      if (index >= 0 && index != 4 && test.mode == Mode.LONG && offset != (int) offset) {
        test.gpr[index] = random.below(256);
        offset = target - baseOf(shape.segment, false) - (test.gpr[index] << scale);
      }
      putDisplacement(at, 4, ripRelative ? offset - (test.rip + at + 4) : offset);
      return;
    }
    if (mod == 1) {
      offset -= test.code[at];
    } else if (mod == 2) {
      offset -= int32(at);
    }
    if (index == base && index != 4) {
      offset = offset + (test.gpr[index] << scale);
      if (scale == 0) {
        test.gpr[base] = offset >> 1;
      }
      return;
    }
    setAddress(base, offset);
  }
}
