package org.demitasse.trace.flow;

import java.util.Arrays;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.elf.Symbols;

/**
 * Holds back the records of a kernel that has just unpacked itself until its calls tell where it is. Used by one
 * thread.
 */
final class SlideSearch {
  private static final int ENOUGH = 24;
  private static final int MOST_HELD = 1 << 16;

  private final Symbols symbols;
  private final Set<Long> targets = new HashSet<>();
  private long[] held = new long[1 << 12];
  private int used;
  private int nextLook = ENOUGH;
  private OptionalLong slide = OptionalLong.empty();

  SlideSearch(Symbols symbols) {
    this.symbols = symbols;
  }

  /** Takes a record if it has to wait; the first that has to is the first in the kernel proper. */
  boolean holds(long[] block, int at) {
    boolean isCall = FlowLog.kindOf(block[at]) == FlowLog.CALL;
    if (used == 0 && !(isCall && KernelSlide.isInImage(block[at + 1]))) {
      return false;
    }
    if (used == held.length) {
      held = Arrays.copyOf(held, used * 2);
    }
    System.arraycopy(block, at, held, used, FlowLog.WORDS);
    used += FlowLog.WORDS;
    if (isCall && KernelSlide.isInImage(block[at + 1])) {
      targets.add(block[at + 1]);
    }
    if (targets.size() >= nextLook) {
      nextLook *= 2;
      slide = KernelSlide.of(symbols, targets);
    }
    return true;
  }

  /** Whether there is no point in waiting longer. */
  boolean isOver() {
    return slide.isPresent() || used >= MOST_HELD * FlowLog.WORDS;
  }

  /** By how much the kernel has moved, if that is known. */
  OptionalLong slide() {
    return slide;
  }

  /** The records that wait, as many words of it as {@link #used()}. */
  long[] held() {
    return held;
  }

  int used() {
    return used;
  }
}
