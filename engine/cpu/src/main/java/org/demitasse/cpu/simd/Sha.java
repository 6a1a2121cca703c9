package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.OpcodeTable.Map;

/**
 * The SHA extensions: steps of SHA-1 and SHA-256 (FIPS 180-4). Dword 3 of a register is the manual's first word.
 *
 * <p>A memory operand need not be aligned, as on AMD's Zen; Intel's manual wants it aligned.
 */
final class Sha {
  private static final int[] SHA1_CONSTANTS = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};

  private Sha() {}

  static void register(Rows rows) {
    rows.vector(Map.M0F38, 0xC8, Rows.P_NONE, VectorOp.UNALIGNED, Sha::nextE);
    rows.vector(Map.M0F38, 0xC9, Rows.P_NONE, VectorOp.UNALIGNED, Sha::sha1Message1);
    rows.vector(Map.M0F38, 0xCA, Rows.P_NONE, VectorOp.UNALIGNED, Sha::sha1Message2);
    rows.vector(Map.M0F38, 0xCB, Rows.P_NONE, VectorOp.UNALIGNED, Sha::sha256Rounds);
    rows.vector(Map.M0F38, 0xCC, Rows.P_NONE, VectorOp.UNALIGNED, Sha::sha256Message1);
    rows.vector(Map.M0F38, 0xCD, Rows.P_NONE, VectorOp.UNALIGNED, Sha::sha256Message2);
    rows.vectorImm(
        Map.M0F3A,
        0xCC,
        Rows.P_NONE,
        VectorOp.UNALIGNED,
        imm -> (cpu, d, low, high) -> sha1Rounds(cpu, d, low, high, imm & 3));
  }

  private static int upper(long a) {
    return (int) (a >>> 32);
  }

  /** SHA1NEXTE. */
  private static void nextE(Cpu cpu, int d, long low, long high) {
    int e = Integer.rotateLeft(upper(cpu.xmm[d + 1]), 30);
    cpu.xmm[d] = low;
    cpu.xmm[d + 1] = Lanes.pair((int) high, upper(high) + e);
  }

  /** SHA1MSG1. */
  private static void sha1Message1(Cpu cpu, int d, long low, long high) {
    long oldLow = cpu.xmm[d];
    cpu.xmm[d + 1] ^= oldLow;
    cpu.xmm[d] = oldLow ^ high;
  }

  /** SHA1MSG2. */
  private static void sha1Message2(Cpu cpu, int d, long low, long high) {
    long oldLow = cpu.xmm[d];
    long oldHigh = cpu.xmm[d + 1];
    int w16 = Integer.rotateLeft(upper(oldHigh) ^ (int) high, 1);
    int w17 = Integer.rotateLeft((int) oldHigh ^ upper(low), 1);
    int w18 = Integer.rotateLeft(upper(oldLow) ^ (int) low, 1);
    int w19 = Integer.rotateLeft((int) oldLow ^ w16, 1);
    cpu.xmm[d] = Lanes.pair(w19, w18);
    cpu.xmm[d + 1] = Lanes.pair(w17, w16);
  }

  /** SHA1RNDS4: four rounds; the first word of the source already has E added. */
  private static void sha1Rounds(Cpu cpu, int d, long low, long high, int function) {
    int a = upper(cpu.xmm[d + 1]);
    int b = (int) cpu.xmm[d + 1];
    int c = upper(cpu.xmm[d]);
    int dd = (int) cpu.xmm[d];
    int e = 0;
    for (int round = 0; round < 4; round++) {
      long half = round < 2 ? high : low;
      int word = (round & 1) == 0 ? upper(half) : (int) half;
      int next = mixed(function, b, c, dd) + Integer.rotateLeft(a, 5) + word + e + SHA1_CONSTANTS[function];
      e = dd;
      dd = c;
      c = Integer.rotateLeft(b, 30);
      b = a;
      a = next;
    }
    cpu.xmm[d] = Lanes.pair(dd, c);
    cpu.xmm[d + 1] = Lanes.pair(b, a);
  }

  private static int mixed(int function, int b, int c, int d) {
    return switch (function) {
      case 0 -> (b & c) ^ (~b & d);
      case 2 -> (b & c) ^ (b & d) ^ (c & d);
      default -> b ^ c ^ d;
    };
  }

  private static int sum0(int a) {
    return Integer.rotateRight(a, 2) ^ Integer.rotateRight(a, 13) ^ Integer.rotateRight(a, 22);
  }

  private static int sum1(int e) {
    return Integer.rotateRight(e, 6) ^ Integer.rotateRight(e, 11) ^ Integer.rotateRight(e, 25);
  }

  private static int sigma0(int w) {
    return Integer.rotateRight(w, 7) ^ Integer.rotateRight(w, 18) ^ w >>> 3;
  }

  private static int sigma1(int w) {
    return Integer.rotateRight(w, 17) ^ Integer.rotateRight(w, 19) ^ w >>> 10;
  }

  /** SHA256RNDS2: two rounds with the two words, constants added, in XMM0. */
  private static void sha256Rounds(Cpu cpu, int destination, long low, long high) {
    int a = upper(high);
    int b = (int) high;
    int e = upper(low);
    int f = (int) low;
    int c = upper(cpu.xmm[destination + 1]);
    int d = (int) cpu.xmm[destination + 1];
    int g = upper(cpu.xmm[destination]);
    int h = (int) cpu.xmm[destination];
    for (int round = 0; round < 2; round++) {
      int word = round == 0 ? (int) cpu.xmm[0] : upper(cpu.xmm[0]);
      int first = h + sum1(e) + ((e & f) ^ (~e & g)) + word;
      int second = sum0(a) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + first;
      d = c;
      c = b;
      b = a;
      a = first + second;
    }
    cpu.xmm[destination] = Lanes.pair(f, e);
    cpu.xmm[destination + 1] = Lanes.pair(b, a);
  }

  /** SHA256MSG1. */
  private static void sha256Message1(Cpu cpu, int d, long low, long high) {
    long w = cpu.xmm[d];
    long x = cpu.xmm[d + 1];
    cpu.xmm[d] = Lanes.pair((int) w + sigma0(upper(w)), upper(w) + sigma0((int) x));
    cpu.xmm[d + 1] = Lanes.pair((int) x + sigma0(upper(x)), upper(x) + sigma0((int) low));
  }

  /** SHA256MSG2. */
  private static void sha256Message2(Cpu cpu, int d, long low, long high) {
    int w16 = (int) cpu.xmm[d] + sigma1((int) high);
    int w17 = upper(cpu.xmm[d]) + sigma1(upper(high));
    int w18 = (int) cpu.xmm[d + 1] + sigma1(w16);
    int w19 = upper(cpu.xmm[d + 1]) + sigma1(w17);
    cpu.xmm[d] = Lanes.pair(w16, w17);
    cpu.xmm[d + 1] = Lanes.pair(w18, w19);
  }
}
