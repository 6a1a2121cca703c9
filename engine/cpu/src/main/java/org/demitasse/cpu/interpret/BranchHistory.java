package org.demitasse.cpu.interpret;

/**
 * The places that a CPU last branched to, for who looks at it after a crash. A block that follows the one before in
 * memory is not noted, nor is a branch to where the last one went. Code that is translated shows where it was entered.
 */
public final class BranchHistory {
  /** How many places are kept; a power of two. */
  public static final int SIZE = 128;

  private final long[] targets = new long[SIZE];
  private int next;

  BranchHistory() {}

  /** Notes a branch to an instruction pointer. */
  public void add(long rip) {
    int last = next - 1 & SIZE - 1;
    if (targets[last] != rip) {
      targets[next] = rip;
      next = next + 1 & SIZE - 1;
    }
  }

  /** The places, the last one last; fewer than {@link #SIZE} if there were no more. */
  public long[] last() {
    long[] copy = new long[SIZE];
    int count = 0;
    for (int n = 0; n < SIZE; n++) {
      long target = targets[next + n & SIZE - 1];
      if (target != 0) {
        copy[count++] = target;
      }
    }
    return java.util.Arrays.copyOf(copy, count);
  }
}
