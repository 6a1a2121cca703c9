package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;

/**
 * The meaning of a floating-point instruction for one element; a single is in the low half of a long, zero-extended.
 */
@FunctionalInterface
public interface FloatBinary {
  /** The result; exceptions are noted with {@link Mxcsr#note}, or flags set at once where all are masked. */
  long apply(Cpu cpu, long destination, long source);
}
