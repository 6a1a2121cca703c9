package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.demitasse.cpu.state.Flags;

/** PTEST, PHMINPOSUW and MPSADBW. */
final class Sums {
  private Sums() {}

  static void register(Rows rows) {
    rows.row(Map.M0F38, 0x17, Rows.P_66, i -> new VectorOp(i, 16, Sums::test, false));
    rows.vector(Map.M0F38, 0x41, Rows.P_66, 16, Sums::minimumWord);
    rows.vectorImm(
        Map.M0F3A, 0x42, Rows.P_66, 16, imm -> (cpu, d, low, high) -> sumsOfDifferences(cpu, d, low, high, imm));
  }

  /** PTEST: ZF if no bit is common, CF if the source has no bit that the destination has not. */
  private static void test(Cpu cpu, int d, long low, long high) {
    boolean disjoint = ((cpu.xmm[d] & low) | (cpu.xmm[d + 1] & high)) == 0;
    boolean covered = ((~cpu.xmm[d] & low) | (~cpu.xmm[d + 1] & high)) == 0;
    cpu.setArithmeticFlags((disjoint ? Flags.ZF : 0) | (covered ? Flags.CF : 0));
  }

  /** PHMINPOSUW: the smallest unsigned word and the first place where it is. */
  private static void minimumWord(Cpu cpu, int d, long low, long high) {
    int best = 0x1_0000;
    int place = 0;
    for (int n = 0; n < 8; n++) {
      int word = (int) ((n < 4 ? low : high) >>> (n & 3) * 16) & 0xffff;
      if (word < best) {
        best = word;
        place = n;
      }
    }
    cpu.xmm[d] = best | (long) place << 16;
    cpu.xmm[d + 1] = 0;
  }

  private static int at(long low, long high, int index) {
    return (int) ((index < 8 ? low : high) >>> (index & 7) * 8) & 0xff;
  }

  /**
   * MPSADBW: eight sums of absolute differences of four bytes of the source and a window sliding over the destination.
   */
  private static void sumsOfDifferences(Cpu cpu, int d, long low, long high, int control) {
    int from = control & 4;
    int block = (control & 3) * 4;
    long oldLow = cpu.xmm[d];
    long oldHigh = cpu.xmm[d + 1];
    for (int n = 0; n < 8; n++) {
      int sum = 0;
      for (int k = 0; k < 4; k++) {
        sum += Math.abs(at(oldLow, oldHigh, from + n + k) - at(low, high, block + k));
      }
      Shuffles.insert(cpu.xmm, d, n * 16, 16, sum);
    }
  }
}
