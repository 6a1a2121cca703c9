package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.OpcodeTable.Map;

/** Rows of the conversions between integers, singles and doubles. */
final class ConvertRows {
  private static final long LOW = 0xffff_ffffL;

  private ConvertRows() {}

  static void register(Rows rows) {
    betweenFloats(rows);
    packedIntegers(rows);
    general(rows);
    mmx(rows);
  }

  private static void betweenFloats(Rows rows) {
    rows.row(Map.M0F, 0x5A, Rows.P_F3, ConvertOps.SingleToDouble::new);
    rows.row(Map.M0F, 0x5A, Rows.P_F2, ConvertOps.DoubleToSingle::new);
    rows.vector(Map.M0F, 0x5A, Rows.P_NONE, 8, ConvertRows::singlesToDoubles);
    rows.vector(Map.M0F, 0x5A, Rows.P_66, 16, ConvertRows::doublesToSingles);
  }

  private static void singlesToDoubles(Cpu cpu, int d, long low, long high) {
    long first = FastFloat.doubleFromSingle(cpu, low & LOW);
    long second = FastFloat.doubleFromSingle(cpu, low >>> 32);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = first;
    cpu.xmm[d + 1] = second;
  }

  private static void doublesToSingles(Cpu cpu, int d, long low, long high) {
    long both = FastFloat.singleFromDouble(cpu, low) | FastFloat.singleFromDouble(cpu, high) << 32;
    Mxcsr.commit(cpu);
    cpu.xmm[d] = both;
    cpu.xmm[d + 1] = 0;
  }

  private static void packedIntegers(Rows rows) {
    rows.vector(Map.M0F, 0x5B, Rows.P_NONE, 16, ConvertRows::dwordsToSingles);
    rows.vector(Map.M0F, 0x5B, Rows.P_66, 16, (cpu, d, low, high) -> singlesToDwords(cpu, d, low, high, false));
    rows.vector(Map.M0F, 0x5B, Rows.P_F3, 16, (cpu, d, low, high) -> singlesToDwords(cpu, d, low, high, true));
    rows.vector(Map.M0F, 0xE6, Rows.P_F3, 8, ConvertRows::dwordsToDoubles);
    rows.vector(Map.M0F, 0xE6, Rows.P_F2, 16, (cpu, d, low, high) -> doublesToDwords(cpu, d, low, high, false));
    rows.vector(Map.M0F, 0xE6, Rows.P_66, 16, (cpu, d, low, high) -> doublesToDwords(cpu, d, low, high, true));
  }

  private static void dwordsToSingles(Cpu cpu, int d, long low, long high) {
    long first = singles(cpu, low);
    long second = singles(cpu, high);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = first;
    cpu.xmm[d + 1] = second;
  }

  /** Two signed dwords as two singles. */
  static long singles(Cpu cpu, long dwords) {
    return FastFloat.singleFromLong(cpu, (int) dwords) | FastFloat.singleFromLong(cpu, dwords >> 32) << 32;
  }

  /** Two singles as two signed dwords. */
  static long dwordsOfSingles(Cpu cpu, long singles, boolean truncate) {
    int mode = truncate ? Mxcsr.RZ : Mxcsr.rounding(cpu.mxcsr);
    return SoftFloat.toInteger(cpu, singles & LOW, mode, false, true)
        | SoftFloat.toInteger(cpu, singles >>> 32, mode, false, true) << 32;
  }

  /** Two doubles as two signed dwords. */
  static long dwordsOfDoubles(Cpu cpu, long low, long high, boolean truncate) {
    int mode = truncate ? Mxcsr.RZ : Mxcsr.rounding(cpu.mxcsr);
    return SoftFloat.toInteger(cpu, low, mode, false, false) | SoftFloat.toInteger(cpu, high, mode, false, false) << 32;
  }

  private static void singlesToDwords(Cpu cpu, int d, long low, long high, boolean truncate) {
    long first = dwordsOfSingles(cpu, low, truncate);
    long second = dwordsOfSingles(cpu, high, truncate);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = first;
    cpu.xmm[d + 1] = second;
  }

  private static void dwordsToDoubles(Cpu cpu, int d, long low, long high) {
    cpu.xmm[d] = Double.doubleToRawLongBits((int) low);
    cpu.xmm[d + 1] = Double.doubleToRawLongBits((int) (low >>> 32));
  }

  private static void doublesToDwords(Cpu cpu, int d, long low, long high, boolean truncate) {
    long both = dwordsOfDoubles(cpu, low, high, truncate);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = both;
    cpu.xmm[d + 1] = 0;
  }

  private static void general(Rows rows) {
    rows.row(Map.M0F, 0x2A, Rows.P_F2, ConvertOps.IntegerToDouble::new);
    rows.row(Map.M0F, 0x2A, Rows.P_F3, ConvertOps.IntegerToSingle::new);
    rows.row(Map.M0F, 0x2C, Rows.P_F2, ConvertOps.TruncateDouble::new);
    rows.row(Map.M0F, 0x2D, Rows.P_F2, i -> new ConvertOps.ToInteger(i, false, false));
    rows.row(Map.M0F, 0x2C, Rows.P_F3, i -> new ConvertOps.ToInteger(i, true, true));
    rows.row(Map.M0F, 0x2D, Rows.P_F3, i -> new ConvertOps.ToInteger(i, false, true));
  }

  private static void mmx(Rows rows) {
    rows.row(Map.M0F, 0x2A, Rows.P_NONE, i -> new ConvertOps.MmxToFloats(i, true));
    rows.row(Map.M0F, 0x2A, Rows.P_66, i -> new ConvertOps.MmxToFloats(i, false));
    rows.row(Map.M0F, 0x2C, Rows.P_NONE, i -> new ConvertOps.FloatsToMmx(i, true, true));
    rows.row(Map.M0F, 0x2D, Rows.P_NONE, i -> new ConvertOps.FloatsToMmx(i, false, true));
    rows.row(Map.M0F, 0x2C, Rows.P_66, i -> new ConvertOps.FloatsToMmx(i, true, false));
    rows.row(Map.M0F, 0x2D, Rows.P_66, i -> new ConvertOps.FloatsToMmx(i, false, false));
  }
}
