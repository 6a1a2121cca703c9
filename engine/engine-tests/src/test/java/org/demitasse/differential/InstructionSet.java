package org.demitasse.differential;

import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.fpu.FpuOps;
import org.demitasse.cpu.integer.IntegerOps;
import org.demitasse.cpu.simd.SimdOps;
import org.demitasse.cpu.system.SystemOps;

/** The table of everything that the CPU knows, put together as its interpreter does it. */
final class InstructionSet {
  private InstructionSet() {}

  static OpcodeTable table() {
    OpcodeTable table = new OpcodeTable();
    IntegerOps.register(table, i -> i.extension() == 3 ? SystemOps.farCall(i) : SystemOps.farJump(i), SystemOps::arpl);
    SystemOps.register(table);
    FpuOps.register(table);
    SimdOps.register(table);
    return table;
  }
}
