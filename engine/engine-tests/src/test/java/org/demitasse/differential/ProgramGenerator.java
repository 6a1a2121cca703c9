package org.demitasse.differential;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes the program of an index: some 5 to 30 instructions of 64-bit or flat 32-bit code with branches, loops, calls
 * and memory operands, most of which go well. It ends at the INT3s behind it, or wherever something faults.
 *
 * <p>RSI, RDI, RBP, R12 and R13 point at data and are rarely written; R15 counts loops, EBX in 32-bit code.
 */
final class ProgramGenerator {
  private static final int RAX = 0;
  private static final int RCX = 1;
  private static final int RSP = 4;
  private static final int AF = 0x10;
  private static final int[] POINTERS_64 = {6, 7, 5, 12, 13};
  private static final int[] POINTERS_32 = {6, 7, 5};
  private static final int[] FREE_64 = {0, 1, 2, 3, 8, 9, 10, 11, 14};
  private static final int[] FREE_32 = {0, 1, 2};
  private static final int MOST_BYTES = 168;

  private final long seed;
  private final boolean definedFlagsOnly;
  private Random random = new Random(0);
  private TestCase test = new TestCase();
  private int at;
  private int made;
  private boolean longMode;
  private int[] pointers = POINTERS_64;
  private int[] free = FREE_64;
  private int counter;

  /** A jump whose target is not known yet. */
  private record Pending(int operandAt, int bytes, int target) {}

  private final List<Pending> pending = new ArrayList<>();
  private final List<Integer> starts = new ArrayList<>();

  /**
   * Makes a generator.
   *
   * @param definedFlagsOnly true if no program may look at flags that the manuals leave open: what the host can be
   *     asked
   */
  ProgramGenerator(long seed, boolean definedFlagsOnly) {
    this.seed = seed;
    this.definedFlagsOnly = definedFlagsOnly;
  }

  /** Fills in the case of an index. The same seed and index always give the same case. */
  void generate(long index, TestCase into) {
    random = Random.of(seed, index);
    test = into;
    longMode = random.percent(70);
    pointers = longMode ? POINTERS_64 : POINTERS_32;
    free = longMode ? FREE_64 : FREE_32;
    counter = longMode ? 15 : 3;
    test.mode = longMode ? Mode.LONG : Mode.COMPAT;
    test.sequence = true;
    test.undefinedFlags = AF;
    test.patchBytes = 0;
    test.dataSeed = Random.mix(seed ^ Random.mix(index / Generator.BATCH + 1));
    fillState();
    write(5 + random.below(26));
    test.codeBytes = at;
    int cut = definedFlagsOnly ? 0 : random.below(3); // what defines the flags could be cut off
    int offset = random.oneIn(20) ? Arena.PAGE - at + cut : 0x400 + random.below(0x800);
    test.codeBytes = Math.min(at, Arena.PAGE - offset);
    test.rip = Arena.CODE + offset;
  }

  private void fillState() {
    for (int i = 0; i < 16; i++) {
      test.gpr[i] = Values.integer(random);
    }
    for (int pointer : pointers) {
      test.gpr[pointer] = Arena.DATA + 0x200 + random.below(0x1c00);
    }
    test.gpr[RSP] = Arena.DATA + 0x400 + random.below(0x1800) & -8;
    test.gpr[RCX] = random.below(64);
    test.gpr[counter] = 1 + random.below(6);
    if (random.percent(20)) {
      int which = random.below(pointers.length + 1);
      test.gpr[which == pointers.length ? RSP : pointers[which]] = badAddress();
    }
    test.rflags = 0x202 | random.nextInt() & 0x8d5 | (random.oneIn(10) ? 0x400 : 0);
    XsaveImage.putState(random, test.fx, 0);
    test.ss = 0x2b;
    test.ds = 0x2b;
    test.es = 0x2b;
    test.fs = longMode || random.oneIn(4) ? 0 : 0x2b;
    test.gs = longMode || random.oneIn(4) ? 0 : 0x2b;
    test.fsBase = longMode && random.oneIn(3) ? Arena.DATA : 0;
    test.gsBase = longMode && random.oneIn(3) ? 0x40 : 0;
  }

  private long badAddress() {
    return switch (random.below(6)) {
      case 0 -> Arena.READ_ONLY + random.below(Arena.PAGE) - 8;
      case 1 -> Arena.READ_ONLY + Arena.PAGE - random.below(64);
      case 2 -> Arena.DATA - random.below(64);
      case 3 -> (longMode ? 0x0000_8000_0000_0000L : 0x1_0000_0000L) - random.below(96);
      case 4 -> random.nextLong();
      default -> Arena.CODE + random.below(Arena.PAGE);
    };
  }

  private void write(int instructions) {
    at = 0;
    pending.clear();
    starts.clear();
    for (made = 0; made < instructions && at < MOST_BYTES; made++) {
      starts.add(at);
      settle(made);
      instruction();
    }
    settle(Integer.MAX_VALUE);
  }

  private void settle(int number) {
    for (Pending jump : List.copyOf(pending)) {
      if (jump.target <= number) {
        pending.remove(jump);
        int displacement = at - (jump.operandAt + jump.bytes);
        for (int i = 0; i < jump.bytes; i++) {
          test.code[jump.operandAt + i] = (byte) (displacement >> 8 * i);
        }
      }
    }
  }

  private void instruction() {
    int kind = random.below(100);
    if (kind < 42) {
      arithmetic(kind);
    } else if (kind < 60) {
      move(kind - 42);
    } else if (kind < 76) {
      branch(kind - 60);
    } else if (kind < 84) {
      stack();
    } else if (kind < 92) {
      bits(kind - 84);
    } else {
      other(kind - 92);
    }
  }

  // --- bytes
  // ---------------------------------------------------------------------------------------------------------------

  private void put(int... bytes) {
    for (int b : bytes) {
      test.code[at++] = (byte) b;
    }
  }

  private void putInt(long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      put((int) (value >> 8 * i));
    }
  }

  private int free() {
    int other = random.below(longMode ? 16 : 8);
    boolean counts = other == counter || !longMode && other == 7; // BH is EBX's; else loops would not end
    return random.percent(3) && !counts ? other : free[random.below(free.length)];
  }

  private int any() {
    return random.percent(85) ? free[random.below(free.length)] : random.below(longMode ? 16 : 8);
  }

  /** Operand size 1, 2, 4 or, in 64-bit code, 8; mostly 4 and 8. */
  private int size() {
    int raw = random.below(20);
    return raw < 2 ? 1 : raw < 4 ? 2 : raw < 12 || !longMode ? 4 : 8;
  }

  /** Prefixes of an operand size, REX with its bits, then the opcode. */
  private void opcode(int size, int reg, int index, int base, int... opcode) {
    if (size == 2) {
      put(0x66);
    }
    int rex = (size == 8 ? 8 : 0) | (reg >>> 3) << 2 | (index >>> 3) << 1 | base >>> 3;
    if (longMode && (rex != 0 || size == 1 && random.oneIn(2))) {
      put(0x40 | rex);
    }
    put(opcode);
  }

  private void registers(int size, int reg, int rm, int... opcode) {
    opcode(size, reg, 0, rm, opcode);
    put(0xc0 | (reg & 7) << 3 | rm & 7);
  }

  private void memory(int size, int reg, int... opcode) {
    memoryPrefixed(size, reg, 0, opcode);
  }

  /** An instruction with a memory operand near one of the pointers. */
  private void memoryPrefixed(int size, int reg, int immediateBytes, int... opcode) {
    if (random.oneIn(25)) {
      put(random.oneIn(2) ? 0x64 : 0x65);
    }
    if (longMode && random.oneIn(25)) {
      put(0x67);
    }
    if (random.oneIn(12)) {
      opcode(size, reg, 0, 0, opcode);
      put((reg & 7) << 3 | 5);
      long target = Arena.DATA + random.below(2 * Arena.PAGE);
      putInt(longMode ? target - Arena.CODE - 0x800 - at - 4 - immediateBytes : target, 4);
      return;
    }
    int base = random.oneIn(6) ? RSP : pointers[random.below(pointers.length)];
    boolean indexed = base == RSP || random.oneIn(5);
    int index = indexed && random.oneIn(2) ? RCX : RSP;
    boolean far = random.oneIn(6);
    opcode(size, reg, indexed ? index : 0, base, opcode);
    int mod = far ? 0x80 : 0x40;
    put(mod | (reg & 7) << 3 | (indexed || (base & 7) == RSP ? 4 : base & 7));
    if (indexed || (base & 7) == RSP) {
      put(random.below(4) << 6 | (indexed ? index & 7 : RSP) << 3 | base & 7);
    }
    putInt(random.below(far ? 512 : 256) - (far ? 256 : 128), far ? 4 : 1);
  }

  private void immediate(int size) {
    putInt(Values.integer(random), Math.min(4, size));
  }

  /** Makes all six flags defined after an instruction that leaves some open, where that matters. */
  private void defineFlags() {
    if (definedFlagsOnly) {
      registers(4, any(), any(), 0x39);
    }
  }

  // --- kinds
  // ---------------------------------------------------------------------------------------------------------------

  private void arithmetic(int kind) {
    int size = size();
    int wide = size == 1 ? 0 : 1;
    int operation = random.below(8);
    switch (kind % 14) {
      case 0, 1 -> registers(size, any(), free(), operation * 8 + wide);
      case 2 -> registers(size, free(), any(), operation * 8 + 2 + wide);
      case 3, 4 -> {
        if (size == 1 || random.oneIn(2)) {
          registers(size, operation, free(), size == 1 ? 0x80 : 0x83);
          immediate(1);
        } else {
          registers(size, operation, free(), 0x81);
          immediate(size);
        }
      }
      case 5, 6 -> memory(size, free(), operation * 8 + 2 + wide);
      case 7 -> memory(size, any(), operation * 8 + wide);
      case 8 -> {
        memoryPrefixed(size, operation, 1, size == 1 ? 0x80 : 0x83);
        immediate(1);
      }
      case 9 -> test(size, wide);
      case 10 -> shift(size, wide);
      case 11 -> {
        int group = random.below(4);
        if (group < 2) {
          oneOperand(size, group, 0xfe + wide);
        } else {
          oneOperand(size, group, 0xf6 + wide);
        }
      }
      case 12 -> multiply(size, wide);
      default -> {
        put(0x40 | (random.oneIn(2) ? 8 : 0), random.oneIn(2) ? 0x98 : 0x99);
      }
    }
  }

  private void oneOperand(int size, int extension, int opcode) {
    if (random.oneIn(3)) {
      memory(size, extension, opcode);
    } else {
      registers(size, extension, free(), opcode);
    }
  }

  private void test(int size, int wide) {
    switch (random.below(4)) {
      case 0 -> memory(size, any(), 0x84 + wide);
      case 1 -> {
        registers(size, 0, any(), 0xf6 + wide);
        immediate(size);
      }
      case 2 -> {
        memoryPrefixed(size, 0, Math.min(4, size), 0xf6 + wide);
        immediate(size);
      }
      default -> registers(size, any(), any(), 0x84 + wide);
    }
  }

  private void shift(int size, int wide) {
    int extension = random.below(8);
    switch (random.below(3)) {
      case 0 -> oneOperand(size, extension, 0xd0 + wide);
      case 1 -> {
        oneOperand(size, extension, 0xd2 + wide);
        defineFlags();
      }
      default -> {
        registers(size, extension, free(), 0xc0 + wide);
        immediate(1);
        defineFlags();
      }
    }
  }

  private void multiply(int size, int wide) {
    int word = Math.max(2, size);
    switch (random.below(4)) {
      case 0 -> registers(word, free(), any(), 0x0f, 0xaf);
      case 1 -> memory(word, free(), 0x0f, 0xaf);
      case 2 -> {
        registers(word, free(), any(), 0x6b);
        immediate(1);
      }
      default -> {
        int extension = random.oneIn(4) ? 6 + random.below(2) : 4 + random.below(2);
        if (extension >= 6 && random.percent(80)) {
          registers(8, 2, 2, 0x31); // a quotient that fits more often
        }
        oneOperand(size, extension, 0xf6 + wide);
      }
    }
    defineFlags();
  }

  private void move(int kind) {
    int size = size();
    int wide = size == 1 ? 0 : 1;
    int word = Math.max(2, size);
    switch (kind) {
      case 0, 1, 2 -> memory(size, free(), 0x8a + wide);
      case 3, 4 -> memory(size, any(), 0x88 + wide);
      case 5, 6 -> registers(size, any(), free(), 0x88 + wide);
      case 7 -> {
        memoryPrefixed(size, 0, Math.min(4, size), 0xc6 + wide);
        immediate(size);
      }
      case 8 -> {
        int register = free();
        opcode(word, 0, 0, register, 0xb8 | register & 7);
        putInt(Values.integer(random), word);
      }
      case 9, 10 -> memory(word, free(), 0x8d);
      case 11 -> memory(word, free(), 0x0f, 0xb6 + random.below(2) + 8 * random.below(2));
      case 12 -> registers(word, free(), any(), 0x0f, 0xb6 + random.below(2) + 8 * random.below(2));
      case 13 -> registers(8, free(), any(), longMode ? 0x63 : 0x8b); // MOVSXD is ARPL in 32-bit code
      case 14 -> registers(word, free(), any(), 0x0f, 0x40 + random.below(16));
      case 15 -> memory(word, free(), 0x0f, 0x40 + random.below(16));
      case 16 -> registers(1, 0, free(), 0x0f, 0x90 + random.below(16));
      default -> {
        if (random.oneIn(2)) {
          registers(size, free(), free(), 0x86 + wide);
        } else {
          memory(size, free(), 0x86 + wide);
        }
      }
    }
  }

  private void forward(int bytes) {
    pending.add(new Pending(at, bytes, made + 1 + random.below(5)));
    putInt(0, bytes);
  }

  private void branch(int kind) {
    switch (kind) {
      case 0, 1, 2, 3, 4, 5 -> {
        put(0x70 + random.below(16));
        forward(1);
      }
      case 6, 7 -> {
        put(0x0f, 0x80 + random.below(16));
        forward(4);
      }
      case 8 -> {
        put(0xeb);
        forward(1);
      }
      case 9 -> {
        put(0xe0 + random.below(4));
        forward(1);
      }
      case 10 -> {
        put(0xe8);
        forward(4);
      }
      case 11 -> indirect();
      default -> loopBack();
    }
  }

  /** LEA of a place some instructions on, then JMP or CALL there. */
  private void indirect() {
    int register = free[random.below(free.length)];
    if (longMode) {
      opcode(8, register, 0, 0, 0x8d);
      put((register & 7) << 3 | 5);
    } else {
      put(
          0xe8,
          0,
          0,
          0,
          0,
          0x58 | register); // CALL the next, POP: that place is 10 bytes before the end of the second LEA
      put(0x8d, 0x40 | register << 3 | register, 10);
      put(0x8d, 0x80 | register << 3 | register);
    }
    pending.add(new Pending(at, 4, made + 1 + random.below(3)));
    putInt(0, 4);
    opcode(4, 0, 0, register, 0xff);
    put(0xc0 | (random.oneIn(2) ? 4 : 2) << 3 | register & 7);
  }

  /** SUB counter, 1; JNS or JG back: mostly ends. */
  private void loopBack() {
    registers(8, 5, counter, 0x83);
    put(1);
    int target = starts.get(random.below(starts.size()));
    if (at + 2 - target <= 128) {
      put(random.oneIn(3) ? 0x7f : 0x79, target - at - 2);
    }
  }

  private void stack() {
    switch (random.below(12)) {
      case 0, 1, 2 -> {
        int register = any();
        opcode(4, 0, 0, register, 0x50 | register & 7);
      }
      case 3, 4, 5 -> {
        int register = free();
        opcode(4, 0, 0, register, 0x58 | register & 7);
      }
      case 6 -> {
        put(0x6a);
        immediate(1);
      }
      case 7 -> memory(4, 6, 0xff);
      case 8 -> memory(4, 0, 0x8f);
      case 9 -> put(random.oneIn(4) ? 0xc9 : 0x90);
      case 10 -> put(random.oneIn(3) ? 0xc3 : 0x90);
      default -> {
        if (!definedFlagsOnly) {
          put(0x9c);
        }
      }
    }
  }

  private void bits(int kind) {
    int word = Math.max(2, size());
    switch (kind) {
      case 0 -> {
        registers(word, 4 + random.below(4), free(), 0x0f, 0xba);
        immediate(1);
        defineFlags();
      }
      case 1 -> {
        registers(word, any(), free(), 0x0f, 0xa3 + 8 * random.below(4));
        defineFlags();
      }
      case 2 -> {
        put(0xf3);
        registers(word == 2 ? 4 : word, free(), any(), 0x0f, 0xb8);
      }
      case 3 -> {
        registers(word, any(), free(), 0x0f, random.oneIn(2) ? 0xa4 : 0xac);
        put(1 + random.below(15));
        defineFlags();
      }
      case 4 -> {
        int register = free();
        opcode(word == 2 ? 4 : word, 0, 0, register, 0x0f, 0xc8 | register & 7);
      }
      case 5 -> {
        if (random.oneIn(2)) {
          registers(word, free(), free(), 0x0f, 0xc1);
        } else {
          memory(word, free(), 0x0f, 0xc1);
        }
      }
      case 6 -> memory(word, any(), 0x0f, 0xb1);
      default -> {
        if (definedFlagsOnly) {
          put(random.oneIn(2) ? 0xf8 : 0xf9);
        } else {
          put(random.oneIn(2) ? 0x9e : 0x9f);
        }
      }
    }
  }

  private void other(int kind) {
    switch (kind) {
      case 0, 1 -> string();
      case 2 -> sse(0x6f, true, true);
      case 3 -> sse(0x7f, false, true);
      case 4 -> sse(0xef, random.oneIn(2), false);
      case 5 -> {
        put(0xf2);
        registers(8, random.below(16), any(), 0x0f, 0x2a); // CVTSI2SD
      }
      case 6 -> {
        put(0x66);
        registers(8, random.below(16), free(), 0x0f, random.oneIn(2) ? 0x6e : 0x7e); // MOVQ
      }
      default -> put(random.oneIn(2) ? 0xfc : 0x90);
    }
  }

  private void sse(int opcode, boolean mayBeRegister, boolean unaligned) {
    if (mayBeRegister && random.oneIn(2)) {
      put(0x66);
      registers(4, random.below(16), random.below(16), 0x0f, opcode);
    } else {
      int base = pointers[random.below(2)];
      put(unaligned ? 0xf3 : 0x66, 0x0f, opcode, 0x40 | random.below(8) << 3 | base, random.below(128));
    }
  }

  private void string() {
    int opcode = new int[] {0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xae, 0xa6}[random.below(7)];
    boolean repeated = random.percent(75);
    if (repeated && random.percent(80)) {
      put(0xb9);
      putInt(random.below(random.oneIn(5) ? 600 : 40), 4);
    }
    if (random.oneIn(4)) {
      put(random.oneIn(2) ? 0xfd : 0xfc);
    }
    if (repeated) {
      put(random.oneIn(2) ? 0xf3 : opcode >= 0xa6 && opcode != 0xaa && opcode != 0xab && opcode != 0xac ? 0xf2 : 0xf3);
    }
    if (longMode && random.oneIn(2)) {
      put(0x48);
    }
    put(opcode);
    if (repeated && opcode == RAX) {
      defineFlags();
    }
  }
}
