package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable.Map;

/** Rows of floating-point arithmetic, comparison and rounding. */
final class FloatRows {
  private static final long LOW = 0xffff_ffffL;
  private static final int SUPPRESS_INEXACT = 8;
  private static final int MODE_OF_MXCSR = 4;

  private FloatRows() {}

  static void register(Rows rows) {
    scalarArithmetic(rows);
    packedArithmetic(rows, 0x58, PackedFloatOps.AddSingles::new, PackedFloatOps.AddDoubles::new);
    packedArithmetic(rows, 0x59, PackedFloatOps.MultiplySingles::new, PackedFloatOps.MultiplyDoubles::new);
    packedArithmetic(rows, 0x5C, PackedFloatOps.SubtractSingles::new, PackedFloatOps.SubtractDoubles::new);
    packed(rows, 0x5E, FastFloat::divideSingle, FastFloat::divideDouble);
    four(
        rows,
        0x51,
        (cpu, a, b) -> FastFloat.squareRootSingle(cpu, b),
        (cpu, a, b) -> FastFloat.squareRootDouble(cpu, b));
    four(rows, 0x5D, extreme(SoftFloat.LESS, true), FastFloat::minimumDouble);
    four(rows, 0x5F, extreme(SoftFloat.GREATER, true), FastFloat::maximumDouble);
    compares(rows);
    horizontal(rows);
    rounds(rows);
    dotProducts(rows);
    Approximations.register(rows);
  }

  private static void scalarArithmetic(Rows rows) {
    scalar(rows, 0x58, FloatOps.AddSingle::new, FloatOps.AddDouble::new);
    scalar(rows, 0x59, FloatOps.MultiplySingle::new, FloatOps.MultiplyDouble::new);
    scalar(rows, 0x5C, FloatOps.SubtractSingle::new, FloatOps.SubtractDouble::new);
    scalar(rows, 0x5E, FloatOps.DivideSingle::new, FloatOps.DivideDouble::new);
  }

  private static void scalar(Rows rows, int opcode, OpFactory single, OpFactory wide) {
    rows.row(Map.M0F, opcode, Rows.P_F3, single);
    rows.row(Map.M0F, opcode, Rows.P_F2, wide);
  }

  private static void packedArithmetic(Rows rows, int opcode, OpFactory singles, OpFactory doubles) {
    rows.row(Map.M0F, opcode, Rows.P_NONE, singles);
    rows.row(Map.M0F, opcode, Rows.P_66, doubles);
  }

  private static void packed(Rows rows, int opcode, FloatBinary single, FloatBinary wide) {
    rows.vector(Map.M0F, opcode, Rows.P_NONE, 16, FloatOps.packedSingle(single));
    rows.vector(Map.M0F, opcode, Rows.P_66, 16, FloatOps.packedDouble(wide));
  }

  /** The four forms PS, PD, SS, SD. */
  private static void four(Rows rows, int opcode, FloatBinary single, FloatBinary wide) {
    packed(rows, opcode, single, wide);
    scalar(rows, opcode, i -> new FloatOps.ScalarSingle(i, single), i -> new FloatOps.ScalarDouble(i, wide));
  }

  private static FloatBinary extreme(int wanted, boolean single) {
    return (cpu, a, b) -> SoftFloat.extreme(cpu, a, b, wanted, single);
  }

  private static void compares(Rows rows) {
    rows.row(Map.M0F, 0x2E, Rows.P_66, i -> new FloatOps.CompareDouble(i, false));
    rows.row(Map.M0F, 0x2F, Rows.P_66, i -> new FloatOps.CompareDouble(i, true));
    rows.row(Map.M0F, 0x2E, Rows.P_NONE, i -> new FloatOps.CompareSingle(i, false));
    rows.row(Map.M0F, 0x2F, Rows.P_NONE, i -> new FloatOps.CompareSingle(i, true));
    rows.vectorImm(Map.M0F, 0xC2, Rows.P_NONE, 16, imm -> FloatOps.packedSingle(FloatCompare.predicate(imm, true)));
    rows.vectorImm(Map.M0F, 0xC2, Rows.P_66, 16, imm -> FloatOps.packedDouble(FloatCompare.predicate(imm, false)));
    rows.imm(
        Map.M0F, 0xC2, Rows.P_F3, i -> new FloatOps.ScalarSingle(i, FloatCompare.predicate((int) i.immediate, true)));
    rows.imm(
        Map.M0F, 0xC2, Rows.P_F2, i -> new FloatOps.ScalarDouble(i, FloatCompare.predicate((int) i.immediate, false)));
  }

  private static void horizontal(Rows rows) {
    rows.vector(Map.M0F, 0x7C, Rows.P_66, 16, foldDoubles(FastFloat::addDouble));
    rows.vector(Map.M0F, 0x7D, Rows.P_66, 16, foldDoubles(FastFloat::subtractDouble));
    rows.vector(Map.M0F, 0x7C, Rows.P_F2, 16, foldSingles(FastFloat::addSingle));
    rows.vector(Map.M0F, 0x7D, Rows.P_F2, 16, foldSingles(FastFloat::subtractSingle));
    rows.vector(Map.M0F, 0xD0, Rows.P_66, 16, FloatRows::addSubtractDoubles);
    rows.vector(Map.M0F, 0xD0, Rows.P_F2, 16, FloatRows::addSubtractSingles);
  }

  private static Vectorwise foldDoubles(FloatBinary meaning) {
    return (cpu, d, low, high) -> {
      long first = meaning.apply(cpu, cpu.xmm[d], cpu.xmm[d + 1]);
      long second = meaning.apply(cpu, low, high);
      Mxcsr.commit(cpu);
      cpu.xmm[d] = first;
      cpu.xmm[d + 1] = second;
    };
  }

  private static Vectorwise foldSingles(FloatBinary meaning) {
    return (cpu, d, low, high) -> {
      long first = foldPair(cpu, meaning, cpu.xmm[d]) | foldPair(cpu, meaning, cpu.xmm[d + 1]) << 32;
      long second = foldPair(cpu, meaning, low) | foldPair(cpu, meaning, high) << 32;
      Mxcsr.commit(cpu);
      cpu.xmm[d] = first;
      cpu.xmm[d + 1] = second;
    };
  }

  private static long foldPair(Cpu cpu, FloatBinary meaning, long pair) {
    return meaning.apply(cpu, pair & LOW, pair >>> 32);
  }

  private static void addSubtractDoubles(Cpu cpu, int d, long low, long high) {
    long first = FastFloat.subtractDouble(cpu, cpu.xmm[d], low);
    long second = FastFloat.addDouble(cpu, cpu.xmm[d + 1], high);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = first;
    cpu.xmm[d + 1] = second;
  }

  private static void addSubtractSingles(Cpu cpu, int d, long low, long high) {
    long first = addSubtractPair(cpu, cpu.xmm[d], low);
    long second = addSubtractPair(cpu, cpu.xmm[d + 1], high);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = first;
    cpu.xmm[d + 1] = second;
  }

  private static long addSubtractPair(Cpu cpu, long a, long b) {
    return FastFloat.subtractSingle(cpu, a & LOW, b & LOW) | FastFloat.addSingle(cpu, a >>> 32, b >>> 32) << 32;
  }

  private static void rounds(Rows rows) {
    rows.vectorImm(Map.M0F3A, 0x08, Rows.P_66, 16, imm -> FloatOps.packedSingle(integral(imm, true)));
    rows.vectorImm(Map.M0F3A, 0x09, Rows.P_66, 16, imm -> FloatOps.packedDouble(integral(imm, false)));
    rows.imm(Map.M0F3A, 0x0A, Rows.P_66, i -> new FloatOps.ScalarSingle(i, integral((int) i.immediate, true)));
    rows.imm(Map.M0F3A, 0x0B, Rows.P_66, i -> new FloatOps.ScalarDouble(i, integral((int) i.immediate, false)));
  }

  private static FloatBinary integral(int immediate, boolean single) {
    boolean suppress = (immediate & SUPPRESS_INEXACT) != 0;
    boolean byMxcsr = (immediate & MODE_OF_MXCSR) != 0;
    int mode = immediate & 3;
    return (cpu, a, b) -> SoftFloat.toIntegral(cpu, b, byMxcsr ? Mxcsr.rounding(cpu.mxcsr) : mode, suppress, single);
  }

  private static void dotProducts(Rows rows) {
    rows.vectorImm(Map.M0F3A, 0x40, Rows.P_66, 16, imm -> (cpu, d, low, high) -> dotSingles(cpu, d, low, high, imm));
    rows.vectorImm(Map.M0F3A, 0x41, Rows.P_66, 16, imm -> (cpu, d, low, high) -> dotDoubles(cpu, d, low, high, imm));
  }

  /** DPPS: the products, then (0 + 1) + (2 + 3); each step can fault. */
  private static void dotSingles(Cpu cpu, int d, long low, long high, int control) {
    long x = cpu.xmm[d];
    long y = cpu.xmm[d + 1];
    long p0 = (control & 0x10) != 0 ? FastFloat.multiplySingle(cpu, x & LOW, low & LOW) : 0;
    long p1 = (control & 0x20) != 0 ? FastFloat.multiplySingle(cpu, x >>> 32, low >>> 32) : 0;
    long p2 = (control & 0x40) != 0 ? FastFloat.multiplySingle(cpu, y & LOW, high & LOW) : 0;
    long p3 = (control & 0x80) != 0 ? FastFloat.multiplySingle(cpu, y >>> 32, high >>> 32) : 0;
    Mxcsr.commit(cpu);
    long s0 = FastFloat.addSingle(cpu, p0, p1);
    long s1 = FastFloat.addSingle(cpu, p2, p3);
    Mxcsr.commit(cpu);
    long sum = FastFloat.addSingle(cpu, s0, s1);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = ((control & 1) != 0 ? sum : 0) | ((control & 2) != 0 ? sum << 32 : 0);
    cpu.xmm[d + 1] = ((control & 4) != 0 ? sum : 0) | ((control & 8) != 0 ? sum << 32 : 0);
  }

  private static void dotDoubles(Cpu cpu, int d, long low, long high, int control) {
    long p0 = (control & 0x10) != 0 ? FastFloat.multiplyDouble(cpu, cpu.xmm[d], low) : 0;
    long p1 = (control & 0x20) != 0 ? FastFloat.multiplyDouble(cpu, cpu.xmm[d + 1], high) : 0;
    Mxcsr.commit(cpu);
    long sum = FastFloat.addDouble(cpu, p0, p1);
    Mxcsr.commit(cpu);
    cpu.xmm[d] = (control & 1) != 0 ? sum : 0;
    cpu.xmm[d + 1] = (control & 2) != 0 ? sum : 0;
  }
}
