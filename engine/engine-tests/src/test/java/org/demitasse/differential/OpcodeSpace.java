package org.demitasse.differential;

import java.util.ArrayList;
import java.util.List;

/**
 * The walk over every opcode that a user program may execute, defined or not, with a weight each. What is left out is
 * listed here with its reason, and nowhere else.
 */
final class OpcodeSpace {
  /** ModRM is free. */
  static final int ANY = -1;

  /**
   * One stop of the walk.
   *
   * @param map 0 one-byte, 1 0F, 2 0F38, 3 0F3A; 16 added for VEX
   * @param reg ModRM.reg, or ANY
   * @param modRm the whole ModRM, or ANY
   */
  record Cell(int map, int opcode, int reg, int modRm, int weight) {
    boolean vex() {
      return map >= 16;
    }
  }

  private static final String GROUPS_0 = "80 81 82 83 8f c0 c1 c6 c7 d0 d1 d2 d3 f6 f7 fe ff";
  private static final String GROUPS_1 = "00 0d 18 71 72 73 ae ba c7";
  private static final String DEFINED_2 =
      "00 01 02 03 04 05 06 07 08 09 0a 0b 10 14 15 17 1c 1d 1e 20 21 22 23 24 25 28 29 2a 2b 30 31 32 33 34 35 37 38"
          + " 39 3a 3b 3c 3d 3e 3f 40 41 82 c8 c9 ca cb cc cd db dc dd de df f0 f1";
  private static final String DEFINED_3 = "08 09 0a 0b 0c 0d 0e 0f 14 15 16 17 20 21 22 40 41 42 44 60 61 62 63 cc df";

  private final Cell[] walk;
  private final List<Cell> cells = new ArrayList<>();

  OpcodeSpace() {
    addOneByte();
    addTwoByte();
    for (int opcode = 0; opcode < 256; opcode++) {
      if (opcode != 0xf6) { // ADCX and ADOX: the host has them, our CPUID does not offer them
        add(2, opcode, ANY, ANY, contains(DEFINED_2, opcode) ? 24 : 1);
      }
      add(3, opcode, ANY, ANY, contains(DEFINED_3, opcode) ? 24 : 1);
    }
    for (int opcode : new int[] {0xf2, 0xf3, 0xf5, 0xf6, 0xf7}) {
      add(16 + 2, opcode, ANY, ANY, 40);
    }
    add(16 + 3, 0xf0, ANY, ANY, 40);
    walk = shuffled();
  }

  private static boolean contains(String list, int opcode) {
    return list.contains("%02x".formatted(opcode));
  }

  private void add(int map, int opcode, int reg, int modRm, int weight) {
    cells.add(new Cell(map, opcode, reg, modRm, weight));
  }

  private void addOneByte() {
    for (int opcode = 0; opcode < 256; opcode++) {
      switch (opcode) {
        // Prefixes and the escape are not opcodes. REX in 64-bit mode is made as a prefix, INC/DEC elsewhere is a cell.
        case 0x0f, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> {}
        // INT1: a hypervisor that steps the host machine leaves RIP before the instruction.
        case 0xf1 -> {}
        default -> {
          if (opcode >= 0xd8 && opcode <= 0xdf) {
            addX87(opcode);
          } else if (contains(GROUPS_0, opcode)) {
            addGroup(0, opcode, opcode >= 0xf6 ? 8 : 5);
          } else {
            add(0, opcode, ANY, ANY, 12);
          }
        }
      }
    }
  }

  private void addX87(int opcode) {
    addGroup(0, opcode, 12);
    for (int modRm = 0xc0; modRm < 256; modRm++) {
      add(0, opcode, modRm >>> 3 & 7, modRm, 3);
    }
  }

  private void addGroup(int map, int opcode, int weight) {
    for (int reg = 0; reg < 8; reg++) {
      add(map, opcode, reg, ANY, weight);
    }
  }

  private void addTwoByte() {
    for (int opcode = 0; opcode < 256; opcode++) {
      switch (opcode) {
        // Escapes.
        case 0x38, 0x3a -> {}
        // SYSCALL and SYSENTER enter the host's kernel.
        case 0x05, 0x34 -> {}
        // RDTSC, RDPMC, CPUID: the answers belong to the host.
        case 0x31, 0x33, 0xa2 -> {}
        // EXTRQ and INSERTQ (SSE4a): the host has them, our CPUID does not offer them.
        case 0x78, 0x79 -> {}
        // SGDT, SIDT and SMSW are emulated by the host's kernel under UMIP; register forms are system instructions.
        case 0x01 -> {
          for (int reg : new int[] {2, 3, 6, 7}) {
            add(1, opcode, reg, reg << 3, 3);
          }
        }
        // SLDT and STR as SGDT.
        case 0x00 -> {
          for (int reg = 2; reg < 8; reg++) {
            add(1, opcode, reg, ANY, 6);
          }
        }
        // CMPXCHG8B/16B. Others: XSAVEC, XSAVES (not offered), VMX, RDRAND, RDSEED, RDPID.
        case 0xc7 -> add(1, opcode, 1, ANY, 40);
        default -> {
          if (contains(GROUPS_1, opcode)) {
            addGroup(1, opcode, 10);
          } else {
            add(1, opcode, ANY, ANY, opcode >= 0x80 && opcode < 0x90 ? 4 : 24);
          }
        }
      }
    }
  }

  private Cell[] shuffled() {
    List<Cell> all = new ArrayList<>();
    for (Cell cell : cells) {
      for (int i = 0; i < cell.weight; i++) {
        all.add(cell);
      }
    }
    Random random = new Random(1);
    Cell[] result = all.toArray(new Cell[0]);
    for (int i = result.length - 1; i > 0; i--) {
      int j = random.below(i + 1);
      Cell other = result[j];
      result[j] = result[i];
      result[i] = other;
    }
    return result;
  }

  /** The cell of a case: every lap over {@link #laps} cases visits every cell as often as its weight says. */
  Cell at(long index) {
    return walk[(int) Long.remainderUnsigned(index, walk.length)];
  }

  /** Length of one lap. */
  int laps() {
    return walk.length;
  }
}
