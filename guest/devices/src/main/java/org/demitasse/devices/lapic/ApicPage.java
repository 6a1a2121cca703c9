package org.demitasse.devices.lapic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The page of registers that a vCPU sees of its local APIC (Intel SDM volume 3, table 11-1), which is also how KVM
 * keeps one, to and from {@link LocalApicState}. IA32_APIC_BASE and IA32_TSC_DEADLINE are not in it, but MSRs.
 */
public final class ApicPage {
  /** Length of the part that has registers. */
  public static final int BYTES = 0x400;

  private static final int REGISTER_SHIFT = 4;
  private static final int ID_SHIFT = 24;
  private static final int LVT_CMCI = 0x2f;
  private static final int LVT_MODE_SHIFT = 17;
  private static final int SET_WORDS = 8;

  private ApicPage() {}

  /**
   * Writes a page.
   *
   * @param id APIC ID
   * @param nanos guest time now, from which the timer's current count follows
   */
  public static byte[] of(LocalApicState state, int id, long nanos) {
    ByteBuffer page = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    put(page, ApicRegisters.ID, id << ID_SHIFT);
    put(page, ApicRegisters.VERSION, LocalApic.VERSION);
    put(page, ApicRegisters.TPR, state.taskPriority());
    put(page, ApicRegisters.LDR, state.logicalDestination());
    put(page, ApicRegisters.DFR, state.destinationFormat());
    put(page, ApicRegisters.SVR, state.spuriousVector());
    put(page, ApicRegisters.ISR, state.inService());
    put(page, ApicRegisters.TMR, state.levelTriggered());
    put(page, ApicRegisters.IRR, state.requests());
    put(page, ApicRegisters.ESR, state.errorStatus());
    put(page, LVT_CMCI, LocalApic.LVT_MASKED);
    put(page, ApicRegisters.ICR, (int) state.interruptCommand());
    put(page, ApicRegisters.ICR_HIGH, (int) (state.interruptCommand() >>> 32));
    for (int i = 0; i < state.localVectorTable().length; i++) {
      put(page, ApicRegisters.LVT_TIMER + i, state.localVectorTable()[i]);
    }
    put(page, ApicRegisters.INITIAL_COUNT, (int) state.timer().initialCount());
    put(page, ApicRegisters.CURRENT_COUNT, (int) currentCount(state.timer(), nanos));
    put(page, ApicRegisters.DIVIDE_CONFIGURATION, state.timer().divideConfiguration());
    return page.array();
  }

  private static void put(ByteBuffer page, int register, int value) {
    page.putInt(register << REGISTER_SHIFT, value);
  }

  private static void put(ByteBuffer page, int register, long[] set) {
    for (int i = 0; i < SET_WORDS; i++) {
      put(page, register + i, (int) (set[i >> 1] >>> (i & 1) * 32));
    }
  }

  private static long currentCount(ApicTimerState timer, long nanos) {
    boolean counts = timer.mode() != ApicTimer.TSC_DEADLINE && timer.deadlineNanos() != Long.MAX_VALUE;
    long left = counts ? Math.max(1, timer.deadlineNanos() - nanos >> divideShift(timer.divideConfiguration())) : 0;
    return Math.min(left, timer.initialCount());
  }

  /** log2 of what bits 0, 1 and 3 of the divide configuration stand for (figure 11-10). */
  private static int divideShift(int configuration) {
    return (configuration & 3 | configuration >> 1 & 4) + 1 & 7;
  }

  /**
   * Reads a page.
   *
   * @param apicBase IA32_APIC_BASE
   * @param tscDeadline IA32_TSC_DEADLINE in nanoseconds of guest time, or 0
   * @param nanos guest time now
   * @throws IllegalArgumentException if it is too short
   */
  public static LocalApicState state(byte[] page, long apicBase, long tscDeadline, long nanos) {
    if (page.length < BYTES) {
      throw new IllegalArgumentException("a local APIC's page has %d bytes, not %d".formatted(BYTES, page.length));
    }
    ByteBuffer from = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
    int[] vectors = new int[LocalApic.LVT_ENTRIES];
    Arrays.setAll(vectors, i -> get(from, ApicRegisters.LVT_TIMER + i));
    return new LocalApicState(
        apicBase,
        get(from, ApicRegisters.TPR),
        get(from, ApicRegisters.LDR),
        get(from, ApicRegisters.DFR),
        get(from, ApicRegisters.SVR),
        get(from, ApicRegisters.ICR) & 0xffff_ffffL | (long) get(from, ApicRegisters.ICR_HIGH) << 32,
        get(from, ApicRegisters.ESR),
        0,
        vectors,
        set(from, ApicRegisters.IRR),
        set(from, ApicRegisters.ISR),
        set(from, ApicRegisters.TMR),
        false,
        timer(from, vectors[LocalApic.TIMER] >> LVT_MODE_SHIFT & 3, tscDeadline, nanos));
  }

  private static int get(ByteBuffer page, int register) {
    return page.getInt(register << REGISTER_SHIFT);
  }

  private static long[] set(ByteBuffer page, int register) {
    long[] words = new long[4];
    for (int i = 0; i < SET_WORDS; i++) {
      words[i >> 1] |= (get(page, register + i) & 0xffff_ffffL) << (i & 1) * 32;
    }
    return words;
  }

  private static ApicTimerState timer(ByteBuffer page, int mode, long tscDeadline, long nanos) {
    int divide = get(page, ApicRegisters.DIVIDE_CONFIGURATION);
    if (mode == ApicTimer.TSC_DEADLINE) {
      return new ApicTimerState(mode, divide, 0, nanos, tscDeadline, tscDeadline == 0 ? Long.MAX_VALUE : tscDeadline);
    }
    long initial = get(page, ApicRegisters.INITIAL_COUNT) & 0xffff_ffffL;
    long left = get(page, ApicRegisters.CURRENT_COUNT) & 0xffff_ffffL;
    int shift = divideShift(divide);
    long start = nanos - (initial - left << shift);
    boolean counts = left > 0 || mode == ApicTimer.PERIODIC && initial > 0;
    return new ApicTimerState(mode, divide, initial, start, 0, counts ? nanos + (left << shift) : Long.MAX_VALUE);
  }
}
