package org.demitasse.differential;

import java.util.Arrays;
import org.demitasse.differential.OpcodeSpace.Cell;

/** Makes the case of an index: one instruction from the walk over the opcode space, with operands that matter to it. */
final class Generator {
  /** Cases that share one data seed. */
  static final int BATCH = 2048;

  private static final int[] SEGMENT_PREFIXES = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x64, 0x65};
  private static final int DIRECTION = 0x400;
  private static final int STATUS_FLAGS = 0x8d5;
  private static final int ALIGNMENT_CHECK = 0x40000;

  private final long seed;
  private final OpcodeSpace space = new OpcodeSpace();
  private final Shape shape = new Shape();
  private final OperandPlacer placer = new OperandPlacer();
  private Random random = new Random(0);
  private TestCase test = new TestCase();

  Generator(long seed) {
    this.seed = seed;
  }

  int lap() {
    return space.laps();
  }

  /** Fills in the case of an index. The same seed and index always give the same case. */
  void generate(long index, TestCase into) {
    random = Random.of(seed, index);
    test = into;
    test.sequence = false;
    test.undefinedFlags = 0;
    test.patchBytes = 0;
    test.dataSeed = Random.mix(seed ^ Random.mix(index / BATCH + 1));
    Cell cell = space.at(index);
    int raw = random.below(100);
    test.mode = raw < 70 && !isPrefixInLongMode(cell) ? Mode.LONG : raw < 94 ? Mode.COMPAT : Mode.CODE16;
    fillState();
    int bytes = encode(cell);
    shape.parse(test.code, test.mode);
    placeCode(bytes);
    placer.place(random, test, shape);
    boundStringCount();
  }

  /** REX, and VEX, which would make some instruction of AVX. */
  private static boolean isPrefixInLongMode(Cell cell) {
    return cell.map() == 0 && ((cell.opcode() & 0xf0) == 0x40 || cell.opcode() == 0xc4 || cell.opcode() == 0xc5);
  }

  private void fillState() {
    for (int i = 0; i < 16; i++) {
      test.gpr[i] = random.percent(25) ? Arena.DATA + random.below(2 * Arena.PAGE) : Values.integer(random);
    }
    int flags = random.nextInt();
    test.rflags = 0x202 | flags & STATUS_FLAGS | TestCase.TRAP_FLAG | ((flags >>> 20 & 7) == 0 ? DIRECTION : 0);
    if ((flags >>> 24 & 31) == 0) {
      test.rflags |= ALIGNMENT_CHECK;
    }
    XsaveImage.putState(random, test.fx, 0);
    boolean long64 = test.mode == Mode.LONG;
    test.ss = 0x2b;
    test.ds = 0x2b;
    test.es = 0x2b;
    test.fs = 0;
    test.gs = 0;
    test.fsBase = random.oneIn(3) ? 0 : random.oneIn(2) ? Arena.DATA : random.nextInt();
    test.gsBase = random.oneIn(3) ? 0 : random.oneIn(2) ? Arena.DATA : random.nextLong() >> 17;
    if (!long64 || random.oneIn(20)) {
      test.ds = dataSelector();
      test.es = dataSelector();
      test.fs = dataSelector();
      test.gs = dataSelector();
      test.ss = random.percent(85) ? 0x2b : random.oneIn(2) ? 0x07 : 0x2f;
    }
    if (test.fs != 0) {
      test.fsBase = 0;
    }
    if (test.gs != 0) {
      test.gsBase = 0;
    }
  }

  private int dataSelector() {
    return switch (random.below(12)) {
      case 0 -> 0x07;
      case 1 -> 0x0f;
      case 2 -> 0x17;
      case 3 -> 0x2f;
      case 4 -> random.oneIn(3) ? 0 : 0x2b;
      case 5 -> random.oneIn(4) ? 0x33 : 0x2b;
      default -> 0x2b;
    };
  }

  /**
   * Writes prefixes, opcode, ModRM and random bytes for the rest; returns how many bytes may belong to the instruction.
   */
  private int encode(Cell cell) {
    int at = cell.vex() ? 0 : prefixes(cell);
    if (cell.vex()) {
      at = vexPrefix(cell);
    } else {
      if (cell.map() > 0) {
        test.code[at++] = 0x0f;
      }
      if (cell.map() > 1) {
        test.code[at++] = (byte) (cell.map() == 2 ? 0x38 : 0x3a);
      }
    }
    test.code[at++] = (byte) cell.opcode();
    int end = at + 20;
    for (int i = at; i < end; i += 4) {
      int raw = random.nextInt();
      test.code[i] = (byte) raw;
      test.code[i + 1] = (byte) (raw >> 8);
      test.code[i + 2] = (byte) (raw >> 16);
      test.code[i + 3] = (byte) (raw >> 24);
    }
    if (cell.map() == 0 && (cell.opcode() == 0x17 || cell.opcode() == 0x8e)) {
      Arrays.fill(test.code, at, end, (byte) 0x90); // the instruction after a load of SS runs, too
    }
    if (cell.vex() || Shape.hasModRm(cell.map(), cell.opcode(), test.mode)) {
      test.code[at] = (byte) modRm(cell);
    } else if (cell.map() == 0) {
      chooseImmediate(cell.opcode(), at);
    }
    return end;
  }

  private int modRm(Cell cell) {
    if (cell.modRm() != OpcodeSpace.ANY) {
      return cell.modRm();
    }
    int raw = random.nextInt() & 0xff;
    boolean x87 = cell.map() == 0 && cell.opcode() >= 0xd8 && cell.opcode() <= 0xdf;
    if (!x87 && random.percent(35)) {
      raw |= 0xc0;
    }
    if (x87 && raw >= 0xc0) {
      raw &= 0x3f;
    }
    if (cell.reg() != OpcodeSpace.ANY) {
      raw = raw & 0xc7 | cell.reg() << 3;
    }
    boolean answersRandom = cell.map() == 1 && cell.opcode() == 0xc7; // RDRAND, RDSEED, RDPID
    boolean vex = cell.map() == 0 && (cell.opcode() == 0xc4 || cell.opcode() == 0xc5);
    if ((answersRandom || vex) && raw >= 0xc0) {
      raw &= 0x3f;
    }
    return raw;
  }

  private void chooseImmediate(int opcode, int at) {
    switch (opcode) {
      case 0xcd -> {
        int vector = test.code[at] & 0xff;
        test.code[at] = (byte) (random.oneIn(3) ? 3 + random.below(2) : vector == 0x80 ? 0x81 : vector);
      }
      case 0xc8 -> {
        if (random.percent(80)) {
          test.code[at + 1] &= 3;
        }
      }
      case 0x9a, 0xea -> {
        int offsetBytes = (test.mode.defaultBits == 32) == hasOperandSizePrefix(at) ? 2 : 4;
        int target = (int) (Arena.CODE - test.mode.codeBase) + random.below(Arena.PAGE);
        for (int i = 0; i < offsetBytes; i++) {
          test.code[at + i] = (byte) (target >> 8 * i);
        }
        int selector = Arena.selector(random);
        test.code[at + offsetBytes] = (byte) selector;
        test.code[at + offsetBytes + 1] = (byte) (selector >> 8);
      }
      default -> {}
    }
  }

  private boolean hasOperandSizePrefix(int end) {
    for (int i = 0; i < end; i++) {
      if (test.code[i] == 0x66) {
        return true;
      }
    }
    return false;
  }

  private int prefixes(Cell cell) {
    int at = 0;
    boolean lockable = isLockable(cell);
    int raw = random.nextInt();
    if ((raw & 15) == 0) {
      test.code[at++] = (byte) SEGMENT_PREFIXES[raw >>> 4 & 7];
    }
    if ((raw >>> 8 & 15) == 0) {
      test.code[at++] = 0x67;
    }
    if (lockable ? (raw >>> 12 & 3) == 0 : (raw >>> 12 & 63) == 0) {
      test.code[at++] = (byte) 0xf0;
    }
    at = mandatoryPrefix(cell, at);
    if (random.oneIn(100)) {
      at = redundantPrefixes(at);
    }
    if (test.mode == Mode.LONG && random.percent(50)) {
      int rex = 0x40 | random.below(16);
      test.code[at++] = (byte) (random.oneIn(3) ? rex | 8 : rex);
      if (random.oneIn(60)) {
        test.code[at++] = 0x66; // a REX that is not the last prefix does not count
      }
    }
    return at;
  }

  private int mandatoryPrefix(Cell cell, int at) {
    int choice = random.below(100);
    if (cell.map() == 0) {
      choice = choice < 20 ? 45 : choice < 26 ? 65 : choice < 32 ? 85 : 0;
      if (isString(cell.opcode()) && random.oneIn(2)) {
        choice = random.oneIn(2) ? 65 : 85;
      }
    }
    if (choice >= 40 && choice < 60 || random.oneIn(40)) {
      test.code[at++] = 0x66;
    }
    if (choice >= 60) {
      boolean sse4a = cell.map() == 1 && cell.opcode() == 0x2b; // MOVNTSS, MOVNTSD
      if (!sse4a) {
        test.code[at++] = (byte) (choice < 80 ? 0xf2 : 0xf3);
      }
    }
    return at;
  }

  private int redundantPrefixes(int at) {
    int count = random.below(13);
    for (int i = 0; i < count; i++) {
      test.code[at++] = (byte) (random.oneIn(2) ? 0x66 : random.oneIn(2) ? 0x3e : 0x2e);
    }
    return at;
  }

  private static boolean isString(int opcode) {
    return opcode >= 0xa4 && opcode <= 0xa7 || opcode >= 0xaa && opcode <= 0xaf;
  }

  private static boolean isLockable(Cell cell) {
    int opcode = cell.opcode();
    return switch (cell.map()) {
      case 0 ->
          opcode < 0x32 && (opcode & 7) < 2
              || opcode >= 0x80 && opcode <= 0x87
              || opcode >= 0xf6 && opcode != 0xf8 && opcode > 0xfd
              || opcode == 0xf6
              || opcode == 0xf7;
      case 1 ->
          opcode == 0xab
              || opcode == 0xb3
              || opcode == 0xbb
              || opcode == 0xba
              || opcode == 0xb0
              || opcode == 0xb1
              || opcode == 0xc0
              || opcode == 0xc1
              || opcode == 0xc7;
      default -> false;
    };
  }

  private int vexPrefix(Cell cell) {
    int raw = random.nextInt();
    int at = 0;
    if (random.oneIn(20)) {
      test.code[at++] = (byte) (random.oneIn(2) ? 0x67 : SEGMENT_PREFIXES[raw & 7]);
    }
    if (random.oneIn(40)) {
      test.code[at++] =
          (byte) (random.oneIn(2) ? 0x66 : random.oneIn(2) ? 0xf3 : test.mode == Mode.LONG ? 0x48 : 0xf0); // all #UD
    }
    test.code[at++] = (byte) 0xc4;
    int inverted = test.mode == Mode.LONG ? raw & 0xe0 : raw & 0x20 | 0xc0;
    test.code[at++] = (byte) (inverted | cell.map() - 16);
    int last = raw >>> 8 & 0xfb | (random.oneIn(20) ? 4 : 0);
    if (test.mode != Mode.LONG && random.percent(80)) {
      last |= 0x40; // vvvv 0-7
    }
    test.code[at++] = (byte) last;
    return at;
  }

  /**
   * Puts the code somewhere in its page: mostly in the middle, sometimes against the end, where the next fetch faults.
   */
  private void placeCode(int bytes) {
    test.codeBytes = bytes;
    int offset = 0x400 + random.below(0x800);
    if (random.oneIn(24)) {
      int left = 1 + random.below(14);
      offset = Arena.PAGE - left;
      test.codeBytes = Math.min(bytes, left);
    }
    test.rip = Arena.CODE - test.mode.codeBase + offset;
  }

  /** Lets some repeated string instructions run to their end instead of stopping at each step. */
  private void boundStringCount() {
    if (shape.map != 0 || !isString(shape.opcode) || shape.repeat == 0 || random.oneIn(3)) {
      return;
    }
    int count = random.below(random.oneIn(4) ? 700 : 20);
    int bits = shape.addressBits(test.mode);
    test.gpr[1] = bits == 64 ? count : test.gpr[1] & (-1L << bits) | count;
    test.codeBytes = Math.min(test.codeBytes, shape.opcodeAt + 1);
    test.rflags &= ~TestCase.TRAP_FLAG;
  }
}
