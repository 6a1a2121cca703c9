package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.OpcodeTable.Map;

/** Rows of the instructions that move lanes: unpack, pack, shuffle, horizontal, blend, insert, extract, widen. */
final class ShuffleRows {
  private ShuffleRows() {}

  static void register(Rows rows) {
    unpacks(rows);
    packs(rows);
    shuffles(rows);
    blends(rows);
    widens(rows);
    duplicates(rows);
    LaneMoves.register(rows);
  }

  private static void unpacks(Rows rows) {
    unpackLow(rows, 0x60, Lanes::interleaveLowBytes, Lanes::interleaveHighBytes);
    unpackLow(rows, 0x61, Lanes::interleaveLowWords, Lanes::interleaveHighWords);
    unpackLow(rows, 0x62, Lanes::interleaveLowDwords, Lanes::interleaveHighDwords);
    unpackHigh(rows, 0x68, Lanes::interleaveLowBytes, Lanes::interleaveHighBytes);
    unpackHigh(rows, 0x69, Lanes::interleaveLowWords, Lanes::interleaveHighWords);
    unpackHigh(rows, 0x6A, Lanes::interleaveLowDwords, Lanes::interleaveHighDwords);
    rows.vector(Map.M0F, 0x6C, Rows.P_66, 16, (cpu, d, low, high) -> cpu.xmm[d + 1] = low);
    rows.vector(Map.M0F, 0x6D, Rows.P_66, 16, ShuffleRows::unpackHighQwords);
    rows.vector(Map.M0F, 0x14, Rows.P_66, 16, (cpu, d, low, high) -> cpu.xmm[d + 1] = low);
    rows.vector(Map.M0F, 0x15, Rows.P_66, 16, ShuffleRows::unpackHighQwords);
    rows.vector(Map.M0F, 0x14, Rows.P_NONE, 16, unpackLow(Lanes::interleaveLowDwords, Lanes::interleaveHighDwords));
    rows.vector(Map.M0F, 0x15, Rows.P_NONE, 16, unpackHigh(Lanes::interleaveLowDwords, Lanes::interleaveHighDwords));
  }

  private static void unpackHighQwords(Cpu cpu, int d, long low, long high) {
    cpu.xmm[d] = cpu.xmm[d + 1];
    cpu.xmm[d + 1] = high;
  }

  private static void unpackLow(Rows rows, int opcode, Lanewise lows, Lanewise highs) {
    rows.row(Map.M0F, opcode, Rows.P_NONE, i -> new MmxOp(i, 4, lows));
    rows.vector(Map.M0F, opcode, Rows.P_66, 16, unpackLow(lows, highs));
  }

  private static Vectorwise unpackLow(Lanewise lows, Lanewise highs) {
    return (cpu, d, low, high) -> {
      long old = cpu.xmm[d];
      cpu.xmm[d] = lows.apply(old, low);
      cpu.xmm[d + 1] = highs.apply(old, low);
    };
  }

  private static void unpackHigh(Rows rows, int opcode, Lanewise lows, Lanewise highs) {
    rows.mmx(Map.M0F, opcode, highs);
    rows.vector(Map.M0F, opcode, Rows.P_66, 16, unpackHigh(lows, highs));
  }

  private static Vectorwise unpackHigh(Lanewise lows, Lanewise highs) {
    return (cpu, d, low, high) -> {
      long old = cpu.xmm[d + 1];
      cpu.xmm[d] = lows.apply(old, high);
      cpu.xmm[d + 1] = highs.apply(old, high);
    };
  }

  /**
   * Instructions that make 64 bits from 128: the low half from the destination's two, the high half from the source's.
   */
  private static Vectorwise folding(Lanewise meaning) {
    return (cpu, d, low, high) -> {
      cpu.xmm[d] = meaning.apply(cpu.xmm[d], cpu.xmm[d + 1]);
      cpu.xmm[d + 1] = meaning.apply(low, high);
    };
  }

  private static void fold(Rows rows, Map map, int opcode, Lanewise meaning) {
    rows.mmx(map, opcode, meaning);
    rows.vector(map, opcode, Rows.P_66, 16, folding(meaning));
  }

  private static void packs(Rows rows) {
    fold(rows, Map.M0F, 0x63, Lanes::packSignedBytes);
    fold(rows, Map.M0F, 0x67, Lanes::packUnsignedBytes);
    fold(rows, Map.M0F, 0x6B, Lanes::packSignedWords);
    rows.vector(Map.M0F38, 0x2B, Rows.P_66, 16, folding(Lanes::packUnsignedWords));
    fold(rows, Map.M0F38, 0x01, Lanes::horizontalAddWords);
    fold(rows, Map.M0F38, 0x02, Lanes::horizontalAddDwords);
    fold(rows, Map.M0F38, 0x03, Lanes::horizontalAddSaturated);
    fold(rows, Map.M0F38, 0x05, Lanes::horizontalSubtractWords);
    fold(rows, Map.M0F38, 0x06, Lanes::horizontalSubtractDwords);
    fold(rows, Map.M0F38, 0x07, Lanes::horizontalSubtractSaturated);
  }

  private static void shuffles(Rows rows) {
    rows.mmxImm(Map.M0F, 0x70, order -> (d, s) -> Shuffles.words(s, order));
    rows.vectorImm(
        Map.M0F,
        0x70,
        Rows.P_F3,
        16,
        order ->
            (cpu, d, low, high) -> {
              cpu.xmm[d] = low;
              cpu.xmm[d + 1] = Shuffles.words(high, order);
            });
    rows.vectorImm(
        Map.M0F,
        0x70,
        Rows.P_F2,
        16,
        order ->
            (cpu, d, low, high) -> {
              cpu.xmm[d] = Shuffles.words(low, order);
              cpu.xmm[d + 1] = high;
            });
    rows.vectorImm(
        Map.M0F,
        0xC6,
        Rows.P_NONE,
        16,
        order -> (cpu, d, low, high) -> Shuffles.shuffleSingles(cpu, d, low, high, order));
    rows.vectorImm(
        Map.M0F,
        0xC6,
        Rows.P_66,
        16,
        order -> (cpu, d, low, high) -> Shuffles.shuffleDoubles(cpu, d, low, high, order));
    rows.mmx(Map.M0F38, 0x00, (d, s) -> Shuffles.shuffleBytes(d, 0, s & 0x8787_8787_8787_8787L));
    rows.vector(Map.M0F38, 0x00, Rows.P_66, 16, Shuffles::pshufb);
    rows.mmxImm(Map.M0F3A, 0x0F, from -> (d, s) -> Shuffles.alignRight(d, s, from));
    rows.vectorImm(
        Map.M0F3A, 0x0F, Rows.P_66, 16, from -> (cpu, d, low, high) -> Shuffles.palignr(cpu, d, low, high, from));
  }

  private static void blends(Rows rows) {
    blend(rows, 0x0C, 32);
    blend(rows, 0x0D, 64);
    blend(rows, 0x0E, 16);
    blendByXmm0(rows, 0x10, Lanes.BYTES, 8);
    blendByXmm0(rows, 0x14, Lanes.DWORDS, 32);
    blendByXmm0(rows, 0x15, Long.MIN_VALUE, 64);
  }

  private static void blend(Rows rows, int opcode, int bits) {
    rows.vectorImm(
        Map.M0F3A,
        opcode,
        Rows.P_66,
        16,
        chosen -> (cpu, d, low, high) -> Shuffles.blend(cpu, d, low, high, chosen, bits));
  }

  private static void blendByXmm0(Rows rows, int opcode, long top, int bits) {
    rows.vector(
        Map.M0F38,
        opcode,
        Rows.P_66,
        16,
        (cpu, d, low, high) ->
            Shuffles.blendBy(
                cpu, d, low, high, Lanes.spread(cpu.xmm[0] & top, bits), Lanes.spread(cpu.xmm[1] & top, bits)));
  }

  /** PMOVSX and PMOVZX. */
  private static void widens(Rows rows) {
    int[] from = {8, 8, 8, 16, 16, 32};
    int[] to = {16, 32, 64, 32, 64, 64};
    for (int n = 0; n < 6; n++) {
      int narrow = from[n];
      int wide = to[n];
      int bytes = 16 * narrow / wide;
      rows.vector(Map.M0F38, 0x20 + n, Rows.P_66, bytes, (cpu, d, low, high) -> widen(cpu, d, low, narrow, wide, true));
      rows.vector(
          Map.M0F38, 0x30 + n, Rows.P_66, bytes, (cpu, d, low, high) -> widen(cpu, d, low, narrow, wide, false));
    }
  }

  private static void widen(Cpu cpu, int d, long source, int narrow, int wide, boolean signed) {
    for (int n = 0; n < 128 / wide; n++) {
      long lane = source << (64 - narrow - n * narrow);
      lane = signed ? lane >> (64 - narrow) : lane >>> (64 - narrow);
      Shuffles.insert(cpu.xmm, d, n * wide, wide, lane);
    }
  }

  private static void duplicates(Rows rows) {
    rows.vector(
        Map.M0F,
        0x12,
        Rows.P_F2,
        8,
        (cpu, d, low, high) -> {
          cpu.xmm[d] = low;
          cpu.xmm[d + 1] = low;
        });
    rows.vector(
        Map.M0F,
        0x12,
        Rows.P_F3,
        16,
        (cpu, d, low, high) -> {
          cpu.xmm[d] = Lanes.interleaveLowDwords(low, low);
          cpu.xmm[d + 1] = Lanes.interleaveLowDwords(high, high);
        });
    rows.vector(
        Map.M0F,
        0x16,
        Rows.P_F3,
        16,
        (cpu, d, low, high) -> {
          cpu.xmm[d] = Lanes.interleaveHighDwords(low, low);
          cpu.xmm[d + 1] = Lanes.interleaveHighDwords(high, high);
        });
  }
}
