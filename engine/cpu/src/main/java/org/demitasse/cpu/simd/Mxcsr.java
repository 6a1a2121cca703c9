package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;

/** Control and status of SSE floating point (Intel SDM vol. 1, 10.2.3 and 11.5). */
final class Mxcsr {
  static final int IE = 1;
  static final int DE = 1 << 1;
  static final int ZE = 1 << 2;
  static final int OE = 1 << 3;
  static final int UE = 1 << 4;
  static final int PE = 1 << 5;
  static final int DAZ = 1 << 6;
  static final int FTZ = 1 << 15;

  /** Rounding: to nearest, down, up, to zero. */
  static final int RN = 0;

  static final int RD = 1;
  static final int RU = 2;
  static final int RZ = 3;

  private static final int FLAGS = 0x3f;
  private static final int MASK_SHIFT = 7;
  private static final int BEFORE_COMPUTATION = IE | DE | ZE;
  private static final int CONTROL = 0xffc0;
  private static final int PLAIN_CONTROL = 0x1f80;

  private Mxcsr() {}

  /** Rounding to nearest, all exceptions masked, neither DAZ nor FTZ: what Java's own arithmetic does. */
  static boolean isPlain(int mxcsr) {
    return (mxcsr & CONTROL) == PLAIN_CONTROL;
  }

  static int rounding(int mxcsr) {
    return mxcsr >> 13 & 3;
  }

  static boolean isMasked(int mxcsr, int exception) {
    return (mxcsr >> MASK_SHIFT & exception) != 0;
  }

  /** Notes exceptions of the instruction under way. */
  static void note(Cpu cpu, int exceptions) {
    cpu.sseExceptions |= exceptions;
  }

  /** Ends the computation, before the destination is written: sets the flags and raises what is not masked. */
  static void commit(Cpu cpu) {
    if (cpu.sseExceptions != 0) {
      commitNoted(cpu);
    }
  }

  private static void commitNoted(Cpu cpu) {
    int flags = cpu.sseExceptions;
    cpu.sseExceptions = 0;
    int unmasked = flags & ~(cpu.mxcsr >> MASK_SHIFT) & FLAGS;
    if ((unmasked & BEFORE_COMPUTATION) != 0) {
      flags &= BEFORE_COMPUTATION;
    }
    cpu.mxcsr |= flags;
    if (unmasked != 0) {
      boolean offered = (cpu.sys.cr4 & SystemRegisters.CR4_OSXMMEXCPT) != 0;
      throw cpu.raise(offered ? GuestFault.XM : GuestFault.UD, 0);
    }
  }
}
