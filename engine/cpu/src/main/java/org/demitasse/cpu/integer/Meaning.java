package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;

/** Shapes of meanings: what an instruction does to values and flags, apart from where its operands are. */
public final class Meaning {
  private Meaning() {}

  /**
   * Two operands, one result. {@code shift} is 64 minus the operand size in bits: meanings work in the top bits of a
   * long, so that bits of the operands above their size never matter. The result's bits above its size are zero.
   */
  @FunctionalInterface
  public interface Binary {
    long apply(Cpu cpu, long a, long b, int shift);
  }

  /** One operand, one result; as {@link Binary}. */
  @FunctionalInterface
  public interface Unary {
    long apply(Cpu cpu, long a, int shift);
  }

  /** Three operands, one result (SHLD, SHRD); as {@link Binary}. */
  @FunctionalInterface
  public interface Ternary {
    long apply(Cpu cpu, long a, long b, long c, int shift);
  }

  /** Applies a meaning: with its arguments in the order that suits generated code. */
  public static long apply(long a, long b, Cpu cpu, Binary meaning, int shift) {
    return meaning.apply(cpu, a, b, shift);
  }
}
