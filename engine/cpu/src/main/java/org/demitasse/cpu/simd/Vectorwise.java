package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;

/** The meaning of an instruction on whole XMM registers. */
@FunctionalInterface
public interface Vectorwise {
  /**
   * Computes and writes the destination.
   *
   * @param cpu whose registers are changed
   * @param destination index of the destination's low half in {@code cpu.xmm}
   * @param low low half of the source; a memory source of fewer than 8 bytes is zero-extended
   * @param high high half of the source; 0 for a memory source of 8 bytes or fewer
   */
  void apply(Cpu cpu, int destination, long low, long high);
}
