package org.demitasse.cpu.simd;

import org.demitasse.cpu.decode.OpcodeTable;

/** All rows of MMX, SSE to SSE4.2, AES, PCLMULQDQ and SHA. */
public final class SimdOps {
  private SimdOps() {}

  /** Adds the rows; the table must not have them yet. */
  public static void register(OpcodeTable table) {
    Rows rows = new Rows(table);
    MoveRows.register(rows);
    IntegerRows.register(rows);
    ShuffleRows.register(rows);
    FloatRows.register(rows);
    ConvertRows.register(rows);
    Sums.register(rows);
    StringCompare.register(rows);
    Checksums.register(rows);
    Aes.register(rows);
    Sha.register(rows);
  }
}
