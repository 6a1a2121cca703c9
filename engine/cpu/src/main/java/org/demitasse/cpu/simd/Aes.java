package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.OpcodeTable.Map;

/** AES-NI: the rounds of FIPS 197 on a state of 16 bytes, column by column in memory order. */
final class Aes {
  private static final byte[] SUBSTITUTE = new byte[256];
  private static final byte[] INVERSE = new byte[256];

  static {
    int p = 1;
    int q = 1; // the inverse of p in GF(2^8)
    do {
      p = (p ^ p << 1 ^ (p >> 7) * 0x11b) & 0xff;
      q ^= q << 1;
      q ^= q << 2;
      q ^= q << 4;
      q &= 0xff;
      q ^= (q >> 7) * 0x09;
      define(p, q ^ rotate(q, 1) ^ rotate(q, 2) ^ rotate(q, 3) ^ rotate(q, 4) ^ 0x63);
    } while (p != 1);
    define(0, 0x63);
  }

  private Aes() {}

  private static void define(int from, int to) {
    SUBSTITUTE[from] = (byte) to;
    INVERSE[to] = (byte) from;
  }

  private static int rotate(int value, int by) {
    return (value << by | value >> (8 - by)) & 0xff;
  }

  static void register(Rows rows) {
    rows.vector(Map.M0F38, 0xDB, Rows.P_66, 16, Aes::inverseMixColumns);
    rows.vector(Map.M0F38, 0xDC, Rows.P_66, 16, (cpu, d, low, high) -> encrypt(cpu, d, low, high, false));
    rows.vector(Map.M0F38, 0xDD, Rows.P_66, 16, (cpu, d, low, high) -> encrypt(cpu, d, low, high, true));
    rows.vector(Map.M0F38, 0xDE, Rows.P_66, 16, (cpu, d, low, high) -> decrypt(cpu, d, low, high, false));
    rows.vector(Map.M0F38, 0xDF, Rows.P_66, 16, (cpu, d, low, high) -> decrypt(cpu, d, low, high, true));
    rows.vectorImm(Map.M0F3A, 0xDF, Rows.P_66, 16, imm -> (cpu, d, low, high) -> assistKeys(cpu, d, low, high, imm));
  }

  private static int at(long low, long high, int index) {
    return (int) ((index < 8 ? low : high) >>> (index & 7) * 8) & 0xff;
  }

  /** ShiftRows and SubBytes of one column: row r comes from the column r places on (back, for the inverse). */
  private static long column(long low, long high, int column, int direction, byte[] box) {
    long result = 0;
    for (int row = 0; row < 4; row++) {
      int from = (column + direction * row & 3) * 4 + row;
      result |= (box[at(low, high, from)] & 0xffL) << row * 8;
    }
    return result;
  }

  /** Doubles four bytes in GF(2^8). */
  private static int twice(int a) {
    return (a & 0x7f7f_7f7f) << 1 ^ (a >>> 7 & 0x0101_0101) * 0x1b;
  }

  private static int mixColumn(int a) {
    int doubled = twice(a);
    return doubled ^ Integer.rotateRight(a ^ doubled, 8) ^ Integer.rotateRight(a, 16) ^ Integer.rotateRight(a, 24);
  }

  /** InvMixColumns is MixColumns after a first multiplication by 4x^2 + 5 (FIPS 197 has their product). */
  private static int inverseMixColumn(int a) {
    int fourfold = twice(twice(a));
    return mixColumn(a ^ fourfold ^ Integer.rotateRight(fourfold, 16));
  }

  private static long mix(long columns) {
    return Lanes.pair(mixColumn((int) columns), mixColumn((int) (columns >>> 32)));
  }

  private static long inverseMix(long columns) {
    return Lanes.pair(inverseMixColumn((int) columns), inverseMixColumn((int) (columns >>> 32)));
  }

  private static void encrypt(Cpu cpu, int d, long keyLow, long keyHigh, boolean last) {
    long low = cpu.xmm[d];
    long high = cpu.xmm[d + 1];
    long first = column(low, high, 0, 1, SUBSTITUTE) | column(low, high, 1, 1, SUBSTITUTE) << 32;
    long second = column(low, high, 2, 1, SUBSTITUTE) | column(low, high, 3, 1, SUBSTITUTE) << 32;
    cpu.xmm[d] = (last ? first : mix(first)) ^ keyLow;
    cpu.xmm[d + 1] = (last ? second : mix(second)) ^ keyHigh;
  }

  private static void decrypt(Cpu cpu, int d, long keyLow, long keyHigh, boolean last) {
    long low = cpu.xmm[d];
    long high = cpu.xmm[d + 1];
    long first = column(low, high, 0, -1, INVERSE) | column(low, high, 1, -1, INVERSE) << 32;
    long second = column(low, high, 2, -1, INVERSE) | column(low, high, 3, -1, INVERSE) << 32;
    cpu.xmm[d] = (last ? first : inverseMix(first)) ^ keyLow;
    cpu.xmm[d + 1] = (last ? second : inverseMix(second)) ^ keyHigh;
  }

  private static void inverseMixColumns(Cpu cpu, int d, long low, long high) {
    cpu.xmm[d] = inverseMix(low);
    cpu.xmm[d + 1] = inverseMix(high);
  }

  private static int substituteWord(int word) {
    return SUBSTITUTE[word & 0xff] & 0xff
        | (SUBSTITUTE[word >>> 8 & 0xff] & 0xff) << 8
        | (SUBSTITUTE[word >>> 16 & 0xff] & 0xff) << 16
        | SUBSTITUTE[word >>> 24] << 24;
  }

  private static long assist(long half, int constant) {
    int word = substituteWord((int) (half >>> 32));
    return Lanes.pair(word, Integer.rotateRight(word, 8) ^ constant);
  }

  private static void assistKeys(Cpu cpu, int d, long low, long high, int constant) {
    cpu.xmm[d] = assist(low, constant);
    cpu.xmm[d + 1] = assist(high, constant);
  }
}
