package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.jspecify.annotations.Nullable;

/** Polynomials over GF(2): PCLMULQDQ and CRC32. */
final class Checksums {
  /** The polynomial of CRC-32C, bits reversed. */
  private static final int CASTAGNOLI = 0x82F6_3B78;

  private static final int[] REMAINDERS = new int[256];

  static {
    for (int n = 0; n < 256; n++) {
      int remainder = n;
      for (int bit = 0; bit < 8; bit++) {
        remainder = remainder >>> 1 ^ -(remainder & 1) & CASTAGNOLI;
      }
      REMAINDERS[n] = remainder;
    }
  }

  private Checksums() {}

  static void register(Rows rows) {
    rows.vectorImm(Map.M0F3A, 0x44, Rows.P_66, 16, imm -> (cpu, d, low, high) -> multiply(cpu, d, low, high, imm));
    rows.row(Map.M0F38, 0xF0, Rows.P_F2, i -> new Crc32(i, 1));
    rows.row(Map.M0F38, 0xF1, Rows.P_F2, i -> new Crc32(i, i.operandSize));
  }

  /** PCLMULQDQ. */
  private static void multiply(Cpu cpu, int d, long low, long high, int control) {
    long a = (control & 1) == 0 ? cpu.xmm[d] : cpu.xmm[d + 1];
    long b = (control & 0x10) == 0 ? low : high;
    long productLow = 0;
    long productHigh = 0;
    for (int n = 0; n < 64; n++) {
      long chosen = -(b >>> n & 1);
      productLow ^= a << n & chosen;
      productHigh ^= a >>> 1 >>> (63 - n) & chosen;
    }
    cpu.xmm[d] = productLow;
    cpu.xmm[d + 1] = productHigh;
  }

  /** CRC32 of 1, 2, 4 or 8 bytes; the upper half of the destination is cleared. No SSE state is used. */
  private static final class Crc32 extends Op {
    private final int destination;
    private final int source;
    private final int bytes;
    private final boolean rex;
    private final @Nullable MemoryOperand memory;

    Crc32(Instruction i, int bytes) {
      destination = i.reg;
      source = i.rm;
      this.bytes = bytes;
      rex = i.rex;
      memory = i.memory;
    }

    @Override
    public void execute(Cpu cpu) {
      MemoryOperand operand = memory;
      long value;
      if (operand != null) {
        value = cpu.memory.read(operand.forRead(cpu, bytes), bytes);
      } else {
        value = bytes == 1 ? cpu.read8(source, rex) : cpu.gpr[source];
      }
      int crc = (int) cpu.gpr[destination];
      for (int n = 0; n < bytes; n++) {
        crc = crc >>> 8 ^ REMAINDERS[(crc ^ (int) (value >>> n * 8)) & 0xff];
      }
      cpu.gpr[destination] = crc & 0xffff_ffffL;
    }
  }
}
