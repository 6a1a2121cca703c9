package org.demitasse.cpu.simd;

/** The meaning of an instruction that treats each 64 bits alike: shared by MMX and SSE forms. */
@FunctionalInterface
public interface Lanewise {
  /** The new 64 bits of the destination, from its old ones and the source's. */
  long apply(long destination, long source);
}
