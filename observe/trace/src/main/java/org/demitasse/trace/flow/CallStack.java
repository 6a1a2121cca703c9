package org.demitasse.trace.flow;

import java.util.Arrays;

/**
 * The calls that are open on one stack of the guest: where each return address lies, what it is, and which function
 * runs.
 */
final class CallStack {
  /** How far below its caller's return address a function's own lies at most, on the same stack. */
  private static final long MAX_FRAME = 4096;

  final int track;
  long[] slots = new long[32];
  long[] returns = new long[32];
  int[] functions = new int[32];
  int depth;

  /** The highest address of this stack that was seen. */
  long base;

  /** The lowest address of this stack that something is known to be at: where it went on last. */
  long last;

  boolean user;
  boolean offCpu;
  boolean named;

  CallStack(int track) {
    this.track = track;
  }

  /** Says whether an address is where this stack's next one may be: a little below the innermost, or on the way out. */
  boolean isNear(long slot) {
    long top = depth == 0 ? last : slots[depth - 1];
    return slot <= base + 512 && slot > top - MAX_FRAME;
  }

  /** The frame whose return address lies at an address, or -1. */
  int find(long slot) {
    for (int at = depth - 1; at >= 0 && slots[at] <= slot; at--) {
      if (slots[at] == slot) {
        return at;
      }
    }
    return -1;
  }

  void push(int function, long slot, long returnAddress) {
    if (depth == slots.length) {
      slots = Arrays.copyOf(slots, depth * 2);
      returns = Arrays.copyOf(returns, depth * 2);
      functions = Arrays.copyOf(functions, depth * 2);
    }
    slots[depth] = slot;
    returns[depth] = returnAddress;
    functions[depth++] = function;
    last = slot;
    base = depth == 1 && base == 0 ? slot : Math.max(base, slot);
  }
}
