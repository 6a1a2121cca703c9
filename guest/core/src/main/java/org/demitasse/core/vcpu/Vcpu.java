package org.demitasse.core.vcpu;

/** One virtual CPU. Its state may be read and written only while the machine's engine is not running. */
public interface Vcpu {
  /** Number of the vCPU, from 0; also its APIC ID. */
  int index();

  /** Takes a copy of the architectural state. */
  VcpuState save();

  /**
   * Sets the architectural state.
   *
   * @throws IllegalArgumentException for a state that the engine cannot enter, saying which field
   */
  void restore(VcpuState state);

  /** Instructions retired since power-on, or -1 where the engine cannot know. */
  long instructionsRetired();

  /** Where this vCPU last branched to, as instruction pointers, the last one last; empty where nobody keeps them. */
  default long[] lastBranches() {
    return new long[0];
  }

  /** The debugger's way in. */
  DebugTarget debug();
}
