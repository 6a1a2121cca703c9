package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;

/** Meanings of floating-point comparisons. */
final class FloatCompare {
  private static final int UNORDERED_PREDICATE = 3;

  private FloatCompare() {}

  /** Sets ZF, PF, CF from an order and clears OF, SF, AF (UCOMISD and so on). */
  static void setFlags(Cpu cpu, int order) {
    int flags =
        switch (order) {
          case SoftFloat.LESS -> Flags.CF;
          case SoftFloat.EQUAL -> Flags.ZF;
          case SoftFloat.GREATER -> 0;
          default -> Flags.ZF | Flags.PF | Flags.CF;
        };
    cpu.setArithmeticFlags(flags);
  }

  /** CMPPS, CMPPD, CMPSS, CMPSD for one element: all ones or 0 (Intel SDM vol. 2, CMPPD, table 3-1). */
  static FloatBinary predicate(int immediate, boolean single) {
    int predicate = immediate & 3;
    boolean negated = (immediate & 4) != 0;
    boolean signalling = predicate == 1 || predicate == 2;
    long yes = single ? 0xffff_ffffL : -1L;
    return (cpu, a, b) -> {
      int order = SoftFloat.compare(cpu, a, b, signalling, single);
      boolean holds =
          switch (predicate) {
            case 0 -> order == SoftFloat.EQUAL;
            case 1 -> order == SoftFloat.LESS;
            case 2 -> order == SoftFloat.LESS || order == SoftFloat.EQUAL;
            case UNORDERED_PREDICATE -> order == SoftFloat.UNORDERED;
            default -> throw new IllegalStateException("predicate %d".formatted(predicate));
          };
      return holds != negated ? yes : 0;
    };
  }
}
