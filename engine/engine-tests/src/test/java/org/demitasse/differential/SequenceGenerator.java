package org.demitasse.differential;

import java.util.Arrays;

/**
 * Makes short programs of integer instructions, forward branches and small loops, which run to an INT3: what a block
 * builder, lazy flags and fused pairs can get wrong. Some fault on the way. RBX, RSI, RDI point to data and RSP to a
 * stack throughout; flags that the manuals leave undefined are never read and are left out of the comparison at the
 * end.
 */
final class SequenceGenerator {
  private static final int CF = 1;
  private static final int PF = 4;
  private static final int AF = 0x10;
  private static final int ZF = 0x40;
  private static final int SF = 0x80;
  private static final int OF = 0x800;
  private static final int ALL = CF | PF | AF | ZF | SF | OF;
  private static final int ROOM = TestCase.MAX_CODE - 40;

  /** Status flags that the sixteen conditions read, by half their number. */
  private static final int[] READ_BY_CONDITION = {OF, CF, ZF, CF | ZF, SF, PF, SF | OF, SF | OF | ZF};

  private static final int[] FREE = {0, 1, 2, 5, 8, 9, 10, 11, 12, 13, 14, 15};
  private static final int FREE_OUTSIDE_LONG_MODE = 4;
  private static final int[] POINTERS = {3, 6, 7};
  private static final int RCX = 1;
  private static final int RSP = 4;

  private final long seed;
  private Random random = new Random(0);
  private TestCase test = new TestCase();
  private int at;
  private int undefined;
  private int depth;
  private boolean counting;

  SequenceGenerator(long seed) {
    this.seed = seed;
  }

  /** Fills in the case of an index. */
  void generate(long index, TestCase into) {
    random = Random.of(~seed, index);
    test = into;
    test.mode = random.percent(75) ? Mode.LONG : Mode.COMPAT;
    test.sequence = true;
    test.patchBytes = 0;
    test.dataSeed = Random.mix(seed ^ Random.mix(index / Generator.BATCH + 1));
    Arrays.fill(test.code, (byte) 0);
    fillState();
    at = 0;
    depth = 0;
    undefined = 0;
    counting = false;
    int wanted = 5 + random.below(16);
    for (int i = 0; i < wanted && at < ROOM; i++) {
      instruction();
    }
    test.codeBytes = at;
    test.undefinedFlags = undefined;
  }

  private void fillState() {
    for (int i = 0; i < 16; i++) {
      test.gpr[i] = Values.integer(random);
    }
    for (int pointer : POINTERS) {
      test.gpr[pointer] = Arena.DATA + 0x200 + random.below(0x1c00);
    }
    if (random.oneIn(8)) { // some programs end with a fault, whose every register must be right
      long edge = random.oneIn(2) ? Arena.READ_ONLY : Arena.DATA;
      test.gpr[POINTERS[random.below(3)]] = edge - 100 + random.below(200);
    }
    test.gpr[RSP] = Arena.DATA + 0x400 + (random.below(0x1800) & ~7);
    test.rflags = 0x202 | random.nextInt() & ALL;
    test.rip = Arena.CODE + 0x400 + random.below(0x800);
    test.ss = 0x2b;
    test.ds = 0x2b;
    test.es = 0x2b;
    test.fs = 0;
    test.gs = 0;
    test.fsBase = 0;
    test.gsBase = 0;
    XsaveImage.putState(random, test.fx, 0);
  }

  // --- choosing
  // ----------------------------------------------------------------------------------------------------------

  private void instruction() {
    switch (random.below(24)) {
      case 0, 1, 2, 3, 4 -> arithmetic();
      case 5, 6 -> arithmeticImmediate();
      case 7, 8 -> move();
      case 9 -> unary();
      case 10, 11 -> shift();
      case 12 -> multiply();
      case 13 -> bits();
      case 14 -> stack();
      case 15 -> conditional();
      case 16, 17, 18 -> branch();
      case 19 -> loop();
      case 20 -> flagsAlone();
      case 21 -> exchange();
      case 22 -> addressOrExtend();
      default -> compareAndBranch();
    }
  }

  private boolean longMode() {
    return test.mode == Mode.LONG;
  }

  /** A register that may be written; not RCX while a loop counts with it. */
  private int free() {
    int register;
    do {
      register = FREE[random.below(longMode() ? FREE.length : FREE_OUTSIDE_LONG_MODE)];
    } while (counting && register == RCX);
    return register;
  }

  private int anyRegister() {
    return random.oneIn(6) ? POINTERS[random.below(3)] : free();
  }

  /** Operand size in bytes, without 1. */
  private int size() {
    int choice = random.below(8);
    return choice == 0 ? 2 : choice < 4 && longMode() ? 8 : 4;
  }

  private int sizeOrByte() {
    return random.oneIn(4) ? 1 : size();
  }

  // --- emitting
  // ----------------------------------------------------------------------------------------------------------

  private void emit(int... bytes) {
    for (int b : bytes) {
      test.code[at++] = (byte) b;
    }
  }

  private void prefixes(int size, int reg, int rm) {
    if (size == 2) {
      emit(0x66);
    }
    boolean bytes = size == 1 && (reg >= 4 || rm >= 4);
    int rex = (size == 8 ? 8 : 0) | (reg >= 8 ? 4 : 0) | (rm >= 8 ? 1 : 0);
    if (longMode() && (rex != 0 || bytes)) {
      emit(0x40 | rex);
    }
  }

  /**
   * Opcode with register operands; {@code escape} is 0 or 0x0F. Byte registers over 3 are AH and others outside REX.
   */
  private void registers(int escape, int opcode, int size, int reg, int rm) {
    prefixes(size, reg, rm);
    if (escape != 0) {
      emit(escape);
    }
    emit(opcode, 0xc0 | (reg & 7) << 3 | rm & 7);
  }

  /** Opcode with a memory operand near one of the pointers. */
  private void memory(int escape, int opcode, int size, int reg) {
    int pointer = POINTERS[random.below(3)];
    prefixes(size, reg, 0);
    if (escape != 0) {
      emit(escape);
    }
    emit(opcode, 0x40 | (reg & 7) << 3 | pointer, random.below(256));
  }

  private void either(int escape, int opcode, int size, int reg, int rm) {
    if (random.oneIn(3)) {
      memory(escape, opcode, size, reg);
    } else {
      registers(escape, opcode, size, reg, rm);
    }
  }

  private void immediate(int bytes) {
    long value = Values.integer(random);
    for (int i = 0; i < bytes; i++) {
      emit((int) (value >>> 8 * i) & 0xff);
    }
  }

  private int byteSafe(int register, int size) {
    return size == 1 && !longMode() ? register & 3 : register;
  }

  private int safeFree(int size) {
    int register = byteSafe(free(), size);
    return counting && register == RCX ? 0 : register;
  }

  private void defines(int flags, int undefines) {
    undefined = undefined & ~flags | undefines;
  }

  // --- instructions
  // ------------------------------------------------------------------------------------------------------

  private boolean readsCarry(int operation) {
    return operation == 2 || operation == 3;
  }

  private static boolean isLogic(int operation) {
    return operation == 1 || operation == 4 || operation == 6;
  }

  private int operation() {
    int operation = random.below(8);
    return readsCarry(operation) && (undefined & CF) != 0 ? 0 : operation;
  }

  private void arithmetic() {
    int size = sizeOrByte();
    int operation = operation();
    int low = size == 1 ? 0 : 1;
    int target = safeFree(size);
    int source = byteSafe(anyRegister(), size);
    switch (random.below(4)) {
      case 0 -> memory(0, operation << 3 | low, size, source);
      case 1 -> memory(0, operation << 3 | 2 | low, size, target);
      default -> registers(0, operation << 3 | low, size, source, target);
    }
    defines(ALL, isLogic(operation) ? AF : 0);
  }

  private void arithmeticImmediate() {
    int size = sizeOrByte();
    int operation = operation();
    boolean small = size != 1 && random.oneIn(2);
    either(0, size == 1 ? 0x80 : small ? 0x83 : 0x81, size, operation, safeFree(size));
    immediate(size == 1 || small ? 1 : Math.min(size, 4));
    defines(ALL, isLogic(operation) ? AF : 0);
  }

  private void move() {
    int size = sizeOrByte();
    int low = size == 1 ? 0 : 1;
    switch (random.below(4)) {
      case 0 -> memory(0, 0x88 | low, size, byteSafe(anyRegister(), size));
      case 1 -> memory(0, 0x8a | low, size, safeFree(size));
      case 2 -> registers(0, 0x88 | low, size, byteSafe(anyRegister(), size), safeFree(size));
      default -> {
        int target = safeFree(4);
        prefixes(4, 0, target);
        emit(0xb8 | target & 7);
        immediate(4);
      }
    }
  }

  private void unary() {
    int size = sizeOrByte();
    int low = size == 1 ? 0 : 1;
    int target = safeFree(size);
    switch (random.below(4)) {
      case 0, 1 -> {
        either(0, 0xfe | low, size, random.below(2), target);
        defines(ALL & ~CF, 0);
      }
      case 2 -> either(0, 0xf6 | low, size, 2, target);
      default -> {
        either(0, 0xf6 | low, size, 3, target);
        defines(ALL, 0);
      }
    }
  }

  private void shift() {
    int size = sizeOrByte();
    int low = size == 1 ? 0 : 1;
    int operation = random.below(8);
    if ((operation == 2 || operation == 3) && (undefined & CF) != 0) {
      operation = 4;
    }
    int target = safeFree(size);
    boolean rotate = operation < 4;
    if (random.oneIn(3)) {
      either(0, 0xd2 | low, size, operation, target);
      boolean carryOpen = size < 4 && !rotate; // the count may reach the size
      undefined |= rotate ? OF : OF | AF | (carryOpen ? CF : 0);
      return;
    }
    int count = 1 + random.below(size * 8 - 1);
    if (random.oneIn(3)) {
      count = 1;
      either(0, 0xd0 | low, size, operation, target);
    } else {
      either(0, 0xc0 | low, size, operation, target);
      emit(count);
    }
    int overflow = count == 1 ? 0 : OF;
    defines(rotate ? CF | OF : ALL, rotate ? overflow : overflow | AF);
  }

  private void multiply() {
    if (random.oneIn(2)) {
      either(0x0f, 0xaf, size(), safeFree(4), anyRegister());
    } else {
      int size = size();
      registers(0, 0xf7, size, 4 + random.below(2), anyRegister()); // MUL, IMUL: RDX:RAX
    }
    defines(CF | OF, SF | ZF | AF | PF);
  }

  private void bits() {
    int size = size();
    switch (random.below(4)) {
      case 0 -> {
        registers(0x0f, 0xa3 + 8 * random.below(4), size, anyRegister(), safeFree(size));
        defines(CF, OF | SF | AF | PF);
      }
      case 1 -> {
        emit(0xf3);
        int target = safeFree(4);
        int source = anyRegister();
        int wide = size == 2 ? 4 : size;
        registers(0x0f, 0xb8, wide, target, source); // POPCNT
        defines(ALL, 0);
      }
      case 2 -> {
        registers(0x0f, 0xbc + random.below(2), size, safeFree(size), anyRegister()); // BSF, BSR
        defines(ZF, CF | OF | SF | AF | PF);
      }
      default -> {
        int target = safeFree(4);
        int wide = longMode() && random.oneIn(2) ? 8 : 4;
        prefixes(wide, 0, target);
        emit(0x0f, 0xc8 | target & 7); // BSWAP
      }
    }
  }

  private void stack() {
    int register = anyRegister();
    if (depth > 0 && random.oneIn(2)) {
      int target = safeFree(4);
      prefixes(4, 0, target);
      emit(0x58 | target & 7);
      depth--;
    } else if (random.oneIn(4)) {
      emit(0xe8, 0, 0, 0, 0); // CALL to the next instruction
      depth++;
    } else {
      prefixes(4, 0, register);
      emit(0x50 | register & 7);
      depth++;
    }
  }

  /** A condition that reads no undefined flag, or -1. */
  private int condition() {
    int first = random.below(8);
    for (int i = 0; i < 8; i++) {
      int pair = first + i & 7;
      if ((READ_BY_CONDITION[pair] & undefined) == 0) {
        return 2 * pair + random.below(2);
      }
    }
    return -1;
  }

  private void conditional() {
    int condition = condition();
    if (condition < 0) {
      return;
    }
    if (random.oneIn(2)) {
      either(0x0f, 0x90 | condition, 1, 0, safeFree(1)); // SETcc
    } else {
      either(0x0f, 0x40 | condition, size(), safeFree(4), anyRegister()); // CMOVcc
    }
  }

  /** Jcc or JMP over one to three instructions. */
  private void branch() {
    int condition = condition();
    boolean always = condition < 0 || random.oneIn(8);
    jumpOver(always ? 0xeb : 0x70 | condition, 1 + random.below(3));
  }

  private void jumpOver(int opcode, int count) {
    int before = undefined;
    int depthBefore = depth;
    emit(opcode, 0);
    int from = at;
    for (int i = 0; i < count && at < ROOM; i++) {
      straight();
    }
    test.code[from - 1] = (byte) (at - from);
    undefined |= before;
    depth = depthBefore;
  }

  /** An instruction that neither branches nor uses the stack. */
  private void straight() {
    switch (random.below(8)) {
      case 0, 1, 2 -> arithmetic();
      case 3 -> arithmeticImmediate();
      case 4 -> move();
      case 5 -> unary();
      case 6 -> shift();
      default -> conditional();
    }
  }

  private void compareAndBranch() {
    int size = size();
    if (random.oneIn(2)) {
      registers(0, 0x39, size, anyRegister(), anyRegister()); // CMP
      defines(ALL, 0);
    } else {
      registers(0, 0x85, size, anyRegister(), anyRegister()); // TEST
      defines(ALL, AF);
    }
    jumpOver(0x70 | random.below(16), 1 + random.below(3));
  }

  /** MOV ECX, n; body; DEC ECX; JNZ body. */
  private void loop() {
    if (counting || at > ROOM - 60) {
      return;
    }
    emit(0xb9, 1 + random.below(6), 0, 0, 0);
    counting = true;
    undefined = ALL; // what a round leaves undefined the next must not read
    int body = at;
    int count = 1 + random.below(3);
    for (int i = 0; i < count; i++) {
      straight();
    }
    if (random.oneIn(3)) {
      emit(0xe2, body - (at + 2)); // LOOP
    } else {
      if (longMode()) {
        emit(0xff, 0xc9);
      } else {
        emit(0x49);
      }
      defines(ALL & ~CF, 0);
      emit(0x75, body - (at + 2));
    }
    counting = false;
  }

  private void flagsAlone() {
    switch (random.below(5)) {
      case 0 -> {
        emit(0xf8 + random.below(2)); // CLC, STC
        defines(CF, 0);
      }
      case 1 -> {
        if ((undefined & CF) == 0) {
          emit(0xf5); // CMC
        }
      }
      case 2 -> {
        if ((undefined & ALL & ~OF) == 0) {
          emit(0x9f); // LAHF
        }
      }
      case 3 -> {
        emit(0x9e); // SAHF
        defines(ALL & ~OF, 0);
      }
      default -> {
        if (undefined == 0) {
          emit(0x9c); // PUSHF
          depth++;
        }
      }
    }
  }

  private void exchange() {
    int size = size();
    switch (random.below(3)) {
      case 0 -> either(0, 0x87, size, safeFree(size), safeFree(size));
      case 1 -> {
        either(0x0f, 0xc1, size, safeFree(size), safeFree(size)); // XADD
        defines(ALL, 0);
      }
      default -> {
        either(0x0f, 0xb1, size, anyRegister(), safeFree(size)); // CMPXCHG
        defines(ALL, 0);
      }
    }
  }

  private void addressOrExtend() {
    int size = size();
    switch (random.below(3)) {
      case 0 -> memory(0, 0x8d, size, safeFree(size)); // LEA
      case 1 -> either(0x0f, 0xb6 + 8 * random.below(2), size, safeFree(size), byteSafe(free(), 1)); // MOVZX, MOVSX
      default -> emit(longMode() && random.oneIn(2) ? 0x48 : 0x66, 0x98 + random.below(2)); // CDQE, CQO, CBW, CWD
    }
  }
}
