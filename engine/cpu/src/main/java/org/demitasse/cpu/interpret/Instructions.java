package org.demitasse.cpu.interpret;

import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.fpu.FpuOps;
import org.demitasse.cpu.integer.IntegerOps;
import org.demitasse.cpu.simd.SimdOps;
import org.demitasse.cpu.system.SystemOps;

/** The whole table of encodings, put together from the families. */
final class Instructions {
  static final OpcodeTable TABLE = assemble();

  private Instructions() {}

  private static OpcodeTable assemble() {
    OpcodeTable table = new OpcodeTable();
    IntegerOps.register(table, i -> i.extension() == 3 ? SystemOps.farCall(i) : SystemOps.farJump(i), SystemOps::arpl);
    SystemOps.register(table);
    FpuOps.register(table);
    SimdOps.register(table);
    return table;
  }
}
