package org.demitasse.cpu.interpret;

import org.demitasse.cpu.core.Cpu;

/**
 * Several blocks of one page as one JVM method. Its classes are made by the translator. It holds nothing of any
 * machine, so that all machines of the JVM may run it at once; a {@link Region} is its use by one of them.
 */
public abstract class TranslatedCode {
  /** Set by whoever runs it, taken back by {@link CodeStore} to see whether it is still in use. Races do no harm. */
  boolean used = true;

  /**
   * Instructions that all machines have executed in it, until it is to be improved; then {@link Long#MIN_VALUE}.
   * Machines of several threads may lose some.
   */
  long work;

  /** True when it is compiled quickly and not well: what runs long is made anew. */
  boolean quick;

  /** True when it must not be used any more: the JVM has too much translated code. */
  volatile boolean evicted;

  /** Made by generated classes only. */
  protected TranslatedCode() {}

  /**
   * Runs from a block's start until something outside the region is next, {@code cpu.remaining} is used up, or an
   * exception; then all registers are in the CPU.
   *
   * @param entry number of the block to start at
   * @param base RIP of the page's first byte
   */
  public abstract void run(Cpu cpu, int entry, long base);
}
