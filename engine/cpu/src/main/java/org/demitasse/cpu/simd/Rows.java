package org.demitasse.cpu.simd;

import org.demitasse.cpu.decode.Encoding.Immediate;
import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.decode.OpcodeTable.Map;

/** Ways to add the usual kinds of SIMD rows to the opcode table. */
record Rows(OpcodeTable table) {
  static final int P_NONE = OpcodeTable.P_NONE;
  static final int P_66 = OpcodeTable.P_66;
  static final int P_F3 = OpcodeTable.P_F3;
  static final int P_F2 = OpcodeTable.P_F2;

  /** What an instruction with an immediate byte means, given that byte. */
  @FunctionalInterface
  interface ByImmediate<M> {
    /** The meaning; {@code immediate} is 0-255. */
    M meaning(int immediate);
  }

  /** A row with ModRM. */
  void row(Map map, int opcode, int prefix, OpFactory factory) {
    table.add(map, opcode, prefix, true, Immediate.NONE, factory);
  }

  /** A row without ModRM. */
  void plain(Map map, int opcode, int prefix, OpFactory factory) {
    table.add(map, opcode, prefix, false, Immediate.NONE, factory);
  }

  /** A row with ModRM and an immediate byte. */
  void imm(Map map, int opcode, int prefix, OpFactory factory) {
    table.add(map, opcode, prefix, true, Immediate.IB, factory);
  }

  /** xmm, xmm/m128 with prefix 66, both halves alike. */
  void lanes(Map map, int opcode, Lanewise meaning) {
    row(map, opcode, P_66, i -> new LanewiseOp(i, meaning));
  }

  /** mm, mm/m64 without prefix. */
  void mmx(Map map, int opcode, Lanewise meaning) {
    row(map, opcode, P_NONE, i -> new MmxOp(i, 8, meaning));
  }

  /** Both the MMX and the SSE form. */
  void both(Map map, int opcode, Lanewise meaning) {
    mmx(map, opcode, meaning);
    lanes(map, opcode, meaning);
  }

  /** xmm, xmm/m with the given prefix and size of the memory source. */
  void vector(Map map, int opcode, int prefix, int bytes, Vectorwise meaning) {
    row(map, opcode, prefix, i -> new VectorOp(i, bytes, meaning));
  }

  /** xmm, xmm/m, imm8. */
  void vectorImm(Map map, int opcode, int prefix, int bytes, ByImmediate<Vectorwise> meaning) {
    imm(map, opcode, prefix, i -> new VectorOp(i, bytes, meaning.meaning((int) i.immediate & 0xff)));
  }

  /** mm, mm/m64, imm8. */
  void mmxImm(Map map, int opcode, ByImmediate<Lanewise> meaning) {
    imm(map, opcode, P_NONE, i -> new MmxOp(i, 8, meaning.meaning((int) i.immediate & 0xff)));
  }
}
