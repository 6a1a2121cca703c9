package org.demitasse.cpu.simd;

import org.demitasse.cpu.decode.OpcodeTable.Map;

/** Rows of the packed integer instructions that treat each 64 bits alike. */
final class IntegerRows {
  private static final long B = Lanes.BYTES;
  private static final long W = Lanes.WORDS;
  private static final long D = Lanes.DWORDS;

  private IntegerRows() {}

  static void register(Rows rows) {
    hot(rows);
    arithmetic(rows);
    saturated(rows);
    compares(rows);
    extremes(rows);
    products(rows);
    shifts(rows);
    supplemental(rows);
  }

  private static void hot(Rows rows) {
    rows.row(Map.M0F, 0xEF, Rows.P_66, HotLanes.Pxor::new);
    rows.row(Map.M0F, 0xDB, Rows.P_66, HotLanes.Pand::new);
    rows.row(Map.M0F, 0xEB, Rows.P_66, HotLanes.Por::new);
    rows.row(Map.M0F, 0xDF, Rows.P_66, HotLanes.Pandn::new);
    for (int prefix : new int[] {Rows.P_NONE, Rows.P_66}) {
      rows.row(Map.M0F, 0x54, prefix, HotLanes.Pand::new);
      rows.row(Map.M0F, 0x55, prefix, HotLanes.Pandn::new);
      rows.row(Map.M0F, 0x56, prefix, HotLanes.Por::new);
      rows.row(Map.M0F, 0x57, prefix, HotLanes.Pxor::new);
    }
    rows.row(Map.M0F, 0xFC, Rows.P_66, HotLanes.Paddb::new);
    rows.row(Map.M0F, 0xFD, Rows.P_66, HotLanes.Paddw::new);
    rows.row(Map.M0F, 0xFE, Rows.P_66, HotLanes.Paddd::new);
    rows.row(Map.M0F, 0xD4, Rows.P_66, HotLanes.Paddq::new);
    rows.row(Map.M0F, 0xF8, Rows.P_66, HotLanes.Psubb::new);
    rows.row(Map.M0F, 0xFA, Rows.P_66, HotLanes.Psubd::new);
    rows.row(Map.M0F, 0xFB, Rows.P_66, HotLanes.Psubq::new);
    rows.row(Map.M0F, 0x74, Rows.P_66, HotLanes.Pcmpeqb::new);
    rows.row(Map.M0F, 0x76, Rows.P_66, HotLanes.Pcmpeqd::new);
    rows.row(Map.M0F, 0x64, Rows.P_66, HotLanes.Pcmpgtb::new);
    rows.row(Map.M0F, 0xDA, Rows.P_66, HotLanes.Pminub::new);
    rows.row(Map.M0F, 0xF4, Rows.P_66, HotLanes.Pmuludq::new);
    rows.row(Map.M0F, 0xD7, Rows.P_66, i -> i.isMemory() ? null : new HotLanes.Pmovmskb(i));
    rows.imm(Map.M0F, 0x70, Rows.P_66, HotLanes.Pshufd::new);
  }

  private static void arithmetic(Rows rows) {
    rows.mmx(Map.M0F, 0xEF, (d, s) -> d ^ s);
    rows.mmx(Map.M0F, 0xDB, (d, s) -> d & s);
    rows.mmx(Map.M0F, 0xEB, (d, s) -> d | s);
    rows.mmx(Map.M0F, 0xDF, (d, s) -> ~d & s);
    rows.mmx(Map.M0F, 0xFC, (d, s) -> Lanes.add(d, s, B));
    rows.mmx(Map.M0F, 0xFD, (d, s) -> Lanes.add(d, s, W));
    rows.mmx(Map.M0F, 0xFE, (d, s) -> Lanes.add(d, s, D));
    rows.mmx(Map.M0F, 0xD4, Long::sum);
    rows.mmx(Map.M0F, 0xF8, (d, s) -> Lanes.subtract(d, s, B));
    rows.both(Map.M0F, 0xF9, (d, s) -> Lanes.subtract(d, s, W));
    rows.mmx(Map.M0F, 0xFA, (d, s) -> Lanes.subtract(d, s, D));
    rows.mmx(Map.M0F, 0xFB, (d, s) -> d - s);
    rows.both(Map.M0F, 0xE0, (d, s) -> Lanes.average(d, s, B, 8));
    rows.both(Map.M0F, 0xE3, (d, s) -> Lanes.average(d, s, W, 16));
  }

  private static void saturated(Rows rows) {
    rows.both(Map.M0F, 0xDC, (d, s) -> Lanes.addUnsignedSaturated(d, s, B, 8));
    rows.both(Map.M0F, 0xDD, (d, s) -> Lanes.addUnsignedSaturated(d, s, W, 16));
    rows.both(Map.M0F, 0xD8, (d, s) -> Lanes.subtractUnsignedSaturated(d, s, B, 8));
    rows.both(Map.M0F, 0xD9, (d, s) -> Lanes.subtractUnsignedSaturated(d, s, W, 16));
    rows.both(Map.M0F, 0xEC, (d, s) -> Lanes.addSigned(d, s, B, 8));
    rows.both(Map.M0F, 0xED, (d, s) -> Lanes.addSigned(d, s, W, 16));
    rows.both(Map.M0F, 0xE8, (d, s) -> Lanes.subtractSigned(d, s, B, 8));
    rows.both(Map.M0F, 0xE9, (d, s) -> Lanes.subtractSigned(d, s, W, 16));
  }

  private static void compares(Rows rows) {
    rows.mmx(Map.M0F, 0x74, (d, s) -> Lanes.equal(d, s, B, 8));
    rows.both(Map.M0F, 0x75, (d, s) -> Lanes.equal(d, s, W, 16));
    rows.mmx(Map.M0F, 0x76, (d, s) -> Lanes.equal(d, s, D, 32));
    rows.lanes(Map.M0F38, 0x29, (d, s) -> d == s ? -1L : 0);
    rows.mmx(Map.M0F, 0x64, (d, s) -> Lanes.greater(d, s, B, 8));
    rows.both(Map.M0F, 0x65, (d, s) -> Lanes.greater(d, s, W, 16));
    rows.both(Map.M0F, 0x66, (d, s) -> Lanes.greater(d, s, D, 32));
    rows.lanes(Map.M0F38, 0x37, (d, s) -> d > s ? -1L : 0);
  }

  private static void extremes(Rows rows) {
    rows.mmx(Map.M0F, 0xDA, (d, s) -> Lanes.minimumUnsigned(d, s, B, 8));
    rows.both(Map.M0F, 0xDE, (d, s) -> Lanes.maximumUnsigned(d, s, B, 8));
    rows.both(Map.M0F, 0xEA, (d, s) -> Lanes.minimum(d, s, W, 16));
    rows.both(Map.M0F, 0xEE, (d, s) -> Lanes.maximum(d, s, W, 16));
    rows.lanes(Map.M0F38, 0x38, (d, s) -> Lanes.minimum(d, s, B, 8));
    rows.lanes(Map.M0F38, 0x39, (d, s) -> Lanes.minimum(d, s, D, 32));
    rows.lanes(Map.M0F38, 0x3A, (d, s) -> Lanes.minimumUnsigned(d, s, W, 16));
    rows.lanes(Map.M0F38, 0x3B, (d, s) -> Lanes.minimumUnsigned(d, s, D, 32));
    rows.lanes(Map.M0F38, 0x3C, (d, s) -> Lanes.maximum(d, s, B, 8));
    rows.lanes(Map.M0F38, 0x3D, (d, s) -> Lanes.maximum(d, s, D, 32));
    rows.lanes(Map.M0F38, 0x3E, (d, s) -> Lanes.maximumUnsigned(d, s, W, 16));
    rows.lanes(Map.M0F38, 0x3F, (d, s) -> Lanes.maximumUnsigned(d, s, D, 32));
  }

  private static void products(Rows rows) {
    rows.both(Map.M0F, 0xD5, Lanes::multiplyLow);
    rows.both(Map.M0F, 0xE5, Lanes::multiplyHigh);
    rows.both(Map.M0F, 0xE4, Lanes::multiplyHighUnsigned);
    rows.both(Map.M0F, 0xF5, Lanes::multiplyAddWords);
    rows.both(Map.M0F, 0xF6, Lanes::sumOfDifferences);
    rows.mmx(Map.M0F, 0xF4, Lanes::multiplyUnsignedDword);
    rows.both(Map.M0F38, 0x04, Lanes::multiplyAddBytes);
    rows.both(Map.M0F38, 0x0B, Lanes::multiplyHighRounded);
    rows.lanes(Map.M0F38, 0x28, Lanes::multiplySignedDword);
    rows.lanes(Map.M0F38, 0x40, Lanes::multiplyLowDwords);
  }

  /** Shifts whose count is the source's low 64 bits, and those by an immediate. */
  private static void shifts(Rows rows) {
    shift(rows, 0xD1, (d, s) -> Lanes.shiftRight(d, s, W, 16));
    shift(rows, 0xD2, (d, s) -> Lanes.shiftRight(d, s, D, 32));
    shift(rows, 0xD3, (d, s) -> Lanes.shiftRight(d, s, Long.MIN_VALUE, 64));
    shift(rows, 0xE1, (d, s) -> Lanes.shiftRightSigned(d, s, W, 16));
    shift(rows, 0xE2, (d, s) -> Lanes.shiftRightSigned(d, s, D, 32));
    shift(rows, 0xF1, (d, s) -> Lanes.shiftLeft(d, s, W, 16));
    shift(rows, 0xF2, (d, s) -> Lanes.shiftLeft(d, s, D, 32));
    shift(rows, 0xF3, (d, s) -> Lanes.shiftLeft(d, s, Long.MIN_VALUE, 64));
    for (int opcode = 0x71; opcode <= 0x73; opcode++) {
      rows.imm(Map.M0F, opcode, Rows.P_66, ImmediateShifts::xmm);
      rows.imm(Map.M0F, opcode, Rows.P_NONE, ImmediateShifts::mmx);
    }
  }

  private static void shift(Rows rows, int opcode, Lanewise meaning) {
    rows.mmx(Map.M0F, opcode, meaning);
    rows.vector(
        Map.M0F,
        opcode,
        Rows.P_66,
        16,
        (cpu, d, low, high) -> {
          cpu.xmm[d] = meaning.apply(cpu.xmm[d], low);
          cpu.xmm[d + 1] = meaning.apply(cpu.xmm[d + 1], low);
        });
  }

  private static void supplemental(Rows rows) {
    rows.both(Map.M0F38, 0x08, (d, s) -> Lanes.sign(d, s, B, 8));
    rows.both(Map.M0F38, 0x09, (d, s) -> Lanes.sign(d, s, W, 16));
    rows.both(Map.M0F38, 0x0A, (d, s) -> Lanes.sign(d, s, D, 32));
    rows.both(Map.M0F38, 0x1C, (d, s) -> Lanes.absolute(s, B, 8));
    rows.both(Map.M0F38, 0x1D, (d, s) -> Lanes.absolute(s, W, 16));
    rows.both(Map.M0F38, 0x1E, (d, s) -> Lanes.absolute(s, D, 32));
  }
}
