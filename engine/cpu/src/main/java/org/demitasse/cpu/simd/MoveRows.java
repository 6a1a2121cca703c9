package org.demitasse.cpu.simd;

import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable.Map;

/** Rows of the moves that do not change what they move. */
final class MoveRows {
  private static final int LOW = 0;
  private static final int HIGH = 1;

  private static final OpFactory LOAD_UNALIGNED =
      i -> i.isMemory() ? new MoveOps.Load16(i) : new MoveOps.Copy(i.reg, i.rm);
  private static final OpFactory LOAD_ALIGNED =
      i -> i.isMemory() ? new MoveOps.LoadAligned(i) : new MoveOps.Copy(i.reg, i.rm);
  private static final OpFactory STORE_UNALIGNED =
      i -> i.isMemory() ? new MoveOps.Store16(i) : new MoveOps.Copy(i.rm, i.reg);
  private static final OpFactory STORE_ALIGNED =
      i -> i.isMemory() ? new MoveOps.StoreAligned(i) : new MoveOps.Copy(i.rm, i.reg);
  private static final OpFactory STORE_NON_TEMPORAL = i -> i.isMemory() ? new MoveOps.StoreAligned(i) : null;

  private MoveRows() {}

  static void register(Rows rows) {
    whole(rows);
    scalar(rows);
    halves(rows);
    general(rows);
    mmx(rows);
  }

  private static void whole(Rows rows) {
    for (int prefix : new int[] {Rows.P_NONE, Rows.P_66}) {
      rows.row(Map.M0F, 0x10, prefix, LOAD_UNALIGNED);
      rows.row(Map.M0F, 0x11, prefix, STORE_UNALIGNED);
      rows.row(Map.M0F, 0x28, prefix, LOAD_ALIGNED);
      rows.row(Map.M0F, 0x29, prefix, STORE_ALIGNED);
      rows.row(Map.M0F, 0x2B, prefix, STORE_NON_TEMPORAL);
    }
    rows.row(Map.M0F, 0x6F, Rows.P_66, LOAD_ALIGNED);
    rows.row(Map.M0F, 0x7F, Rows.P_66, STORE_ALIGNED);
    rows.row(Map.M0F, 0x6F, Rows.P_F3, LOAD_UNALIGNED);
    rows.row(Map.M0F, 0x7F, Rows.P_F3, STORE_UNALIGNED);
    rows.row(Map.M0F, 0xE7, Rows.P_66, STORE_NON_TEMPORAL);
    rows.row(Map.M0F, 0xF0, Rows.P_F2, i -> i.isMemory() ? new MoveOps.Load16(i) : null);
    rows.row(Map.M0F38, 0x2A, Rows.P_66, i -> i.isMemory() ? new MoveOps.LoadAligned(i) : null);
    rows.row(Map.M0F, 0xF7, Rows.P_66, i -> i.isMemory() ? null : new MaskedStoreOp(i, 16));
  }

  private static void scalar(Rows rows) {
    rows.row(Map.M0F, 0x10, Rows.P_F3, i -> i.isMemory() ? new MoveOps.Load4(i) : new MoveOps.CopySingle(i.reg, i.rm));
    rows.row(Map.M0F, 0x11, Rows.P_F3, i -> i.isMemory() ? new MoveOps.Store4(i) : new MoveOps.CopySingle(i.rm, i.reg));
    rows.row(
        Map.M0F, 0x10, Rows.P_F2, i -> i.isMemory() ? new MoveOps.Load8(i) : new MoveOps.CopyHalf(2 * i.reg, 2 * i.rm));
    rows.row(
        Map.M0F,
        0x11,
        Rows.P_F2,
        i -> i.isMemory() ? new MoveOps.Store8(i, LOW) : new MoveOps.CopyHalf(2 * i.rm, 2 * i.reg));
    rows.row(Map.M0F, 0x7E, Rows.P_F3, i -> i.isMemory() ? new MoveOps.Load8(i) : new MoveOps.CopyLow(i.reg, i.rm));
    rows.row(
        Map.M0F, 0xD6, Rows.P_66, i -> i.isMemory() ? new MoveOps.Store8(i, LOW) : new MoveOps.CopyLow(i.rm, i.reg));
  }

  private static void halves(Rows rows) {
    rows.row(
        Map.M0F,
        0x12,
        Rows.P_NONE,
        i -> i.isMemory() ? new MoveOps.LoadHalf(i, LOW) : new MoveOps.CopyHalf(2 * i.reg, 2 * i.rm + 1));
    rows.row(
        Map.M0F,
        0x16,
        Rows.P_NONE,
        i -> i.isMemory() ? new MoveOps.LoadHalf(i, HIGH) : new MoveOps.CopyHalf(2 * i.reg + 1, 2 * i.rm));
    rows.row(Map.M0F, 0x12, Rows.P_66, i -> i.isMemory() ? new MoveOps.LoadHalf(i, LOW) : null);
    rows.row(Map.M0F, 0x16, Rows.P_66, i -> i.isMemory() ? new MoveOps.LoadHalf(i, HIGH) : null);
    for (int prefix : new int[] {Rows.P_NONE, Rows.P_66}) {
      rows.row(Map.M0F, 0x13, prefix, i -> i.isMemory() ? new MoveOps.Store8(i, LOW) : null);
      rows.row(Map.M0F, 0x17, prefix, i -> i.isMemory() ? new MoveOps.Store8(i, HIGH) : null);
    }
  }

  private static void general(Rows rows) {
    rows.row(
        Map.M0F,
        0x6E,
        Rows.P_66,
        i -> !i.isMemory() ? new MoveOps.FromGeneral(i) : i.rexW ? new MoveOps.Load8(i) : new MoveOps.Load4(i));
    rows.row(
        Map.M0F,
        0x7E,
        Rows.P_66,
        i -> !i.isMemory() ? new MoveOps.ToGeneral(i) : i.rexW ? new MoveOps.Store8(i, LOW) : new MoveOps.Store4(i));
    rows.row(Map.M0F, 0xC3, Rows.P_NONE, i -> i.isMemory() ? new MoveOps.StoreGeneral(i) : null);
  }

  private static void mmx(Rows rows) {
    rows.mmx(Map.M0F, 0x6F, (destination, source) -> source);
    rows.row(Map.M0F, 0x7F, Rows.P_NONE, i -> i.isMemory() ? new MmxMoves.Store(i, 8) : new MmxMoves.Copy(i.rm, i.reg));
    rows.row(Map.M0F, 0xE7, Rows.P_NONE, i -> i.isMemory() ? new MmxMoves.Store(i, 8) : null);
    rows.row(
        Map.M0F,
        0x6E,
        Rows.P_NONE,
        i ->
            i.isMemory() ? new MmxOp(i, i.rexW ? 8 : 4, (destination, source) -> source) : new MmxMoves.FromGeneral(i));
    rows.row(
        Map.M0F,
        0x7E,
        Rows.P_NONE,
        i -> i.isMemory() ? new MmxMoves.Store(i, i.rexW ? 8 : 4) : new MmxMoves.ToGeneral(i));
    rows.row(Map.M0F, 0xD6, Rows.P_F3, i -> i.isMemory() ? null : new MmxMoves.ToXmm(i));
    rows.row(Map.M0F, 0xD6, Rows.P_F2, i -> i.isMemory() ? null : new MmxMoves.FromXmm(i));
    rows.row(Map.M0F, 0xF7, Rows.P_NONE, i -> i.isMemory() ? null : new MaskedStoreOp(i, 8));
    rows.plain(Map.M0F, 0x77, Rows.P_NONE, i -> new MmxMoves.Emms());
  }
}
