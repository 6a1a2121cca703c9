package org.demitasse.cpu.decode;

import org.demitasse.cpu.decode.Encoding.Immediate;
import org.demitasse.cpu.decode.Encoding.Size;
import org.jspecify.annotations.Nullable;

/**
 * Every encoding that the CPU knows: seven opcode maps of 256 opcodes, each split four ways by mandatory prefix. What
 * is not here raises #UD.
 */
public final class OpcodeTable {
  /** The opcode maps. */
  public enum Map {
    ONE_BYTE,
    M0F,
    M0F38,
    M0F3A,
    VEX_0F,
    VEX_0F38,
    VEX_0F3A
  }

  /** Mandatory prefix of a row: none. */
  public static final int P_NONE = 0;

  /** Mandatory prefix of a row: 66. */
  public static final int P_66 = 1;

  /** Mandatory prefix of a row: F3. */
  public static final int P_F3 = 2;

  /** Mandatory prefix of a row: F2. */
  public static final int P_F2 = 3;

  private final @Nullable Encoding[][] rows = new @Nullable Encoding[Map.values().length][256 * 4];

  /** Finds a row; null means #UD. */
  @Nullable Encoding find(Map map, int opcode, int prefix) {
    return rows[map.ordinal()][opcode * 4 + prefix];
  }

  /** Adds a row for one mandatory prefix. A second row for the same place is our mistake. */
  public void add(Map map, int opcode, int prefix, boolean modrm, Immediate immediate, OpFactory factory) {
    put(map, opcode, prefix, new Encoding(modrm, immediate, Size.NORMAL, false, factory));
  }

  /** Adds a row for one mandatory prefix, saying all. */
  public void put(Map map, int opcode, int prefix, Encoding encoding) {
    int place = opcode * 4 + prefix;
    @Nullable Encoding[] row = rows[map.ordinal()];
    if (row[place] != null) {
      throw new IllegalStateException("opcode %s 0x%x prefix %d has two rows".formatted(map, opcode, prefix));
    }
    row[place] = encoding;
  }

  /** Adds a row that holds whatever prefix is there (66 is then an operand size, F2/F3 a repeat or ignored). */
  public void any(Map map, int opcode, Encoding encoding) {
    for (int prefix = 0; prefix < 4; prefix++) {
      put(map, opcode, prefix, encoding);
    }
  }

  /** Adds a row for any prefix that has ModRM and no immediate. */
  public void modrm(Map map, int opcode, OpFactory factory) {
    any(map, opcode, new Encoding(true, Immediate.NONE, Size.NORMAL, false, factory));
  }

  /** Adds a row for any prefix that has neither ModRM nor an immediate. */
  public void plain(Map map, int opcode, OpFactory factory) {
    any(map, opcode, new Encoding(false, Immediate.NONE, Size.NORMAL, false, factory));
  }
}
