package org.demitasse.cpu.simd;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The instructions to try, as bytes: prefixes and opcodes, with what may follow. */
final class SimdInstructions {
  private static final String MAP_0F = "0F";
  private static final String MAP_0F38 = "0F38";
  private static final String MAP_0F3A = "0F3A";

  /**
   * One instruction.
   *
   * @param prefix hex of the prefixes before 0F
   * @param opcode hex from 0F on
   * @param registers ModRM.mod may be 3
   * @param memory ModRM.mod may be 0
   * @param immediate an immediate byte follows
   * @param extension -1, or ModRM.reg
   */
  record Form(String prefix, String opcode, boolean registers, boolean memory, boolean immediate, int extension) {
    String name() {
      return prefix + " " + opcode + (extension >= 0 ? "/" + extension : "");
    }

    /** Bytes up to ModRM. */
    byte[] bytes() {
      return HexFormat.of().parseHex(prefix + opcode);
    }
  }

  private final List<Form> forms = new ArrayList<>();

  private void add(String prefix, String map, boolean registers, boolean memory, boolean imm, String opcodes) {
    for (String opcode : opcodes.split(" ")) {
      forms.add(new Form(prefix, map + opcode, registers, memory, imm, -1));
    }
  }

  private void all(String prefix, String map, String opcodes) {
    add(prefix, map, true, true, false, opcodes);
  }

  private void imm(String prefix, String map, String opcodes) {
    add(prefix, map, true, true, true, opcodes);
  }

  /** Moves, packed integers, shuffles. */
  static List<Form> integer() {
    SimdInstructions list = new SimdInstructions();
    list.moves();
    list.packed();
    list.shifts();
    return list.forms;
  }

  private void moves() {
    for (String prefix : new String[] {"", "66"}) {
      all(prefix, MAP_0F, "10 11 28 29");
      add(prefix, MAP_0F, false, true, false, "2B 13 17 E7");
      all(prefix, MAP_0F, "6E 6F 7E 7F 54 55 56 57 14 15");
      add(prefix, MAP_0F, true, false, false, "50 D7 F7");
      imm(prefix, MAP_0F, "C4 C6 70");
      add(prefix, MAP_0F, true, false, true, "C5");
    }
    all("", MAP_0F, "12 16");
    add("66", MAP_0F, false, true, false, "12 16");
    all("F2", MAP_0F, "10 11 12");
    all("F3", MAP_0F, "10 11 12 16 6F 7F 7E");
    all("66", MAP_0F, "D6");
    add("F2", MAP_0F, true, false, false, "D6");
    add("F3", MAP_0F, true, false, false, "D6");
    add("F2", MAP_0F, false, true, false, "F0");
    add("", MAP_0F, false, true, false, "C3");
    add("48", MAP_0F, false, true, false, "C3");
    add("66", MAP_0F38, false, true, false, "2A");
    all("48", MAP_0F, "6E 7E");
    all("6648", MAP_0F, "6E 7E");
    imm("F2", MAP_0F, "70");
    imm("F3", MAP_0F, "70");
    imm("66", MAP_0F3A, "14 15 16 17 20 21 22 0C 0D 0E");
    imm("6648", MAP_0F3A, "14 15 16 17 20 22");
  }

  private void packed() {
    String mmx =
        "60 61 62 63 64 65 66 67 68 69 6A 6B 74 75 76 D1 D2 D3 D4 D5 D8 D9 DA DB DC DD DE DF E0 E1 E2 E3 E4 E5 E8 E9 "
            + "EA EB EC ED EE EF F1 F2 F3 F4 F5 F6 F8 F9 FA FB FC FD FE";
    String supplemental = "00 01 02 03 04 05 06 07 08 09 0A 0B 1C 1D 1E";
    for (String prefix : new String[] {"", "66"}) {
      all(prefix, MAP_0F, mmx);
      all(prefix, MAP_0F38, supplemental);
      imm(prefix, MAP_0F3A, "0F");
    }
    all("66", MAP_0F, "6C 6D");
    all("66", MAP_0F38, "10 14 15 20 21 22 23 24 25 28 29 2B 30 31 32 33 34 35 37 38 39 3A 3B 3C 3D 3E 3F 40");
  }

  private void shifts() {
    for (String prefix : new String[] {"", "66"}) {
      for (int extension : new int[] {2, 4, 6}) {
        forms.add(new Form(prefix, "0F71", true, false, true, extension));
        forms.add(new Form(prefix, "0F72", true, false, true, extension));
      }
      forms.add(new Form(prefix, "0F73", true, false, true, 2));
      forms.add(new Form(prefix, "0F73", true, false, true, 6));
    }
    forms.add(new Form("66", "0F73", true, false, true, 3));
    forms.add(new Form("66", "0F73", true, false, true, 7));
  }

  /** String comparison, sums, tests, checksums, AES, SHA, carry-less products. */
  static List<Form> special() {
    SimdInstructions list = new SimdInstructions();
    list.all("66", MAP_0F38, "17 41 DB DC DD DE DF");
    list.all("", MAP_0F38, "C8 C9 CA CB CC CD");
    list.imm("", MAP_0F3A, "CC");
    list.imm("66", MAP_0F3A, "42 44 DF 60 61 62 63");
    list.imm("6648", MAP_0F3A, "60 61");
    list.all("F2", MAP_0F38, "F0 F1");
    list.all("66F2", MAP_0F38, "F1");
    list.all("F248", MAP_0F38, "F0 F1");
    return list.forms;
  }

  /** Floating point. */
  static List<Form> floating() {
    SimdInstructions list = new SimdInstructions();
    for (String prefix : new String[] {"", "66", "F2", "F3"}) {
      list.all(prefix, MAP_0F, "51 58 59 5C 5D 5E 5F 5A");
      list.imm(prefix, MAP_0F, "C2");
      list.all(prefix, MAP_0F, "2A 2C 2D");
      if (!prefix.isEmpty()) {
        list.all(prefix, MAP_0F, "E6");
      }
      if (!prefix.equals("F2")) {
        list.all(prefix, MAP_0F, "5B");
      }
    }
    for (String prefix : new String[] {"F248", "F348"}) {
      list.all(prefix, MAP_0F, "2A 2C 2D");
    }
    for (String prefix : new String[] {"", "66"}) {
      list.all(prefix, MAP_0F, "2E 2F");
    }
    for (String prefix : new String[] {"66", "F2"}) {
      list.all(prefix, MAP_0F, "7C 7D D0");
    }
    list.imm("66", MAP_0F3A, "08 09 0A 0B 40 41");
    return list.forms;
  }

  /** Approximations: the same as on AMD processors. */
  static List<Form> approximate() {
    SimdInstructions list = new SimdInstructions();
    list.all("", MAP_0F, "52 53");
    list.all("F3", MAP_0F, "52 53");
    return list.forms;
  }
}
