package org.demitasse.core.vcpu;

import java.util.function.LongSupplier;

/**
 * Takes what an engine that can see them tells of calls, returns and other changes of flow, and of what happens around
 * them. Records are kept as {@link #WORDS} longs each in blocks, which go to a {@link Drain} when they are full: an
 * engine's thread spends a few nanoseconds on one. Used under the machine's lock.
 *
 * <p>Words of a record: time, vCPU and kind ({@link #timeOf}, {@link #vcpuOf}, {@link #kindOf}); an address; the
 * address on the stack that belongs to it; and one thing more. Time is in instructions retired by all vCPUs, plus
 * nanoseconds in which all of them were idle.
 */
public final class FlowLog {
  /** Longs of a record. */
  public static final int WORDS = 4;

  /** A near call: target, where the return address was pushed, return address. */
  public static final int CALL = 0;

  /** A near return: target, where it was popped from, 0. */
  public static final int RETURN = 1;

  /**
   * An interrupt or exception in supervisor mode: handler, where RIP was pushed, vector and 256 if from an outer level.
   */
  public static final int INTERRUPT = 2;

  /** IRET: target, where RIP was popped from, 1 if to an outer level. */
  public static final int INTERRUPT_RETURN = 3;

  /** SYSCALL or SYSENTER: target, the stack pointer before it, 0. */
  public static final int SYSTEM_CALL = 4;

  /** SYSRET or SYSEXIT: target, stack pointer after it, 0. */
  public static final int SYSTEM_RETURN = 5;

  /** Another vCPU begins its turn: 0, 0, 0. */
  public static final int TURN = 6;

  /** All vCPUs were idle up to now: nanoseconds, 0, 0. */
  public static final int IDLE = 7;

  /** A device was touched: number of its name, 1 for a write, offset. */
  public static final int DEVICE = 8;

  /** A text that the machine told: number of the text, kind of event, 0. */
  public static final int TEXT = 9;

  /** The CPU's own clock was read: 0 for the TSC, 1 for the local APIC's timer; 0, 0. */
  public static final int CLOCK = 10;

  /** Where full blocks go. */
  public interface Drain {
    /**
     * Takes a block.
     *
     * @param block records from its start
     * @param words how many longs of it are used
     * @return an empty block of the same length
     */
    long[] swap(long[] block, int words);
  }

  private final Drain drain;
  private long[] block;
  private int used;
  private LongSupplier now = () -> 0;

  /** Starts with a block of the drain's. */
  public FlowLog(Drain drain, int records) {
    this.drain = drain;
    block = new long[records * WORDS];
  }

  /** Tells the time, for records that the engine does not make itself. Set by the engine. */
  public void clock(LongSupplier supplier) {
    now = supplier;
  }

  /** The time of a record that is made now. */
  public long now() {
    return now.getAsLong();
  }

  /** Adds a record. */
  public void add(int kind, int vcpu, long time, long address, long slot, long more) {
    int at = used;
    long[] to = block;
    to[at] = time << 16 | (long) vcpu << 8 | kind;
    to[at + 1] = address;
    to[at + 2] = slot;
    to[at + 3] = more;
    used = at + WORDS;
    if (at + WORDS == to.length) {
      flush();
    }
  }

  /** Gives away what there is. To be called at the end, and by an engine that goes to sleep. */
  public void flush() {
    if (used > 0) {
      block = drain.swap(block, used);
      used = 0;
    }
  }

  /** The time in a record's first word. */
  public static long timeOf(long head) {
    return head >>> 16;
  }

  /** The vCPU in a record's first word. */
  public static int vcpuOf(long head) {
    return (int) (head >>> 8) & 0xff;
  }

  /** The kind in a record's first word. */
  public static int kindOf(long head) {
    return (int) head & 0xff;
  }
}
