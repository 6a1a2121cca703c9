package org.demitasse.trace.flow;

import java.util.Arrays;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;

/**
 * Holds back the records of a kernel that has just unpacked itself until its calls tell where it is, and some of those
 * before: the kernel began at its physical addresses, which only its place in memory tells from the unpacker's. Used by
 * one thread.
 */
final class SlideSearch {
  private static final int ENOUGH = 24;
  private static final String END_OF_FILE = "__bss_start";
  private static final int MOST_HELD = 1 << 16;

  /** Records in which a kernel has mapped itself, amply. */
  private static final int TAIL = 2048 * FlowLog.WORDS;

  private final Symbols symbols;
  private final Set<Long> targets = new HashSet<>();
  private long[] held = new long[2 * TAIL];
  private int used;
  private int mapped = -1; // where the first record of the kernel proper is
  private int nextLook = ENOUGH;
  private OptionalLong slide = OptionalLong.empty();

  SlideSearch(Symbols symbols) {
    this.symbols = symbols;
  }

  /** Takes a record. */
  void hold(long[] block, int at) {
    if (used == held.length) {
      held = Arrays.copyOf(held, used * 2);
    }
    System.arraycopy(block, at, held, used, FlowLog.WORDS);
    if (FlowLog.kindOf(block[at]) == FlowLog.CALL && KernelSlide.isInImage(block[at + 1])) {
      mapped = mapped < 0 ? used : mapped;
      targets.add(block[at + 1]);
    }
    used += FlowLog.WORDS;
    if (targets.size() >= nextLook) {
      nextLook *= 2;
      slide = KernelSlide.of(symbols, targets);
    }
  }

  /** How many words of the oldest records need not wait any longer; they are given up with {@link #drop}. */
  int spare() {
    return mapped < 0 && used >= 2 * TAIL ? TAIL : 0;
  }

  /** Gives up the oldest records. */
  void drop(int words) {
    System.arraycopy(held, words, held, 0, used - words);
    used -= words;
  }

  /** Whether there is no point in waiting longer. */
  boolean isOver() {
    return slide.isPresent() || mapped >= 0 && used - mapped >= MOST_HELD * FlowLog.WORDS;
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

  /** Where the first record of the kernel that has mapped itself is; {@link #used()} if it is not among them. */
  int mapped() {
    return mapped < 0 ? used : mapped;
  }

  /**
   * Where the first record of the kernel itself is, which is not mapped yet: from there on all is at addresses where
   * the kernel has been put. What has unpacked it lies elsewhere.
   *
   * @param physical by how much the kernel's place in memory differs from the one that its file wants
   */
  int begun(Linkage linkage, long physical) {
    int begun = mapped();
    for (int at = mapped() - FlowLog.WORDS; at >= 0; at -= FlowLog.WORDS) {
      int kind = FlowLog.kindOf(held[at]);
      if (kind == FlowLog.CALL || kind == FlowLog.RETURN) {
        long other = kind == FlowLog.CALL ? held[at + 3] : held[at + 1];
        if (!isKernels(linkage, held[at + 1] - physical) || !isKernels(linkage, other - physical)) {
          break;
        }
        begun = at;
      }
    }
    return begun;
  }

  /** Not behind what its file holds, where its variables will be: there the unpacker makes room for itself. */
  private boolean isKernels(Linkage linkage, long address) {
    OptionalLong linked = linkage.linear(address);
    return linked.isPresent() && symbols.named(END_OF_FILE).map(end -> linked.getAsLong() < end.address()).orElse(true);
  }
}
