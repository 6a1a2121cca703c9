package org.demitasse.devices.lapic;

/**
 * The state of a local APIC's timer.
 *
 * @param mode 0 one-shot, 1 periodic, 2 TSC-deadline
 * @param divideConfiguration the divide configuration register
 * @param initialCount the initial count register
 * @param startNanos guest time when counting began
 * @param tscDeadline armed deadline in TSC ticks, or 0
 * @param deadlineNanos guest time of the next interrupt, or {@link Long#MAX_VALUE} for none
 */
public record ApicTimerState(
    int mode, int divideConfiguration, long initialCount, long startNanos, long tscDeadline, long deadlineNanos) {}
