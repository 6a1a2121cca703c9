package org.demitasse.cpu.decode;

import org.demitasse.cpu.core.Op;
import org.jspecify.annotations.Nullable;

/** Makes the op of a decoded instruction. */
@FunctionalInterface
public interface OpFactory {
  /** The op, or null where these operands make an undefined encoding (#UD). */
  @Nullable Op create(Instruction instruction);
}
