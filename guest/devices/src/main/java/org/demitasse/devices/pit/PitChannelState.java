package org.demitasse.devices.pit;

/**
 * The state of one counter.
 *
 * @param mode 0-5
 * @param access 1 low byte, 2 high byte, 3 both
 * @param bcd counts in decimal
 * @param gate the GATE pin
 * @param counting a count is loaded and triggered
 * @param nullCount the last count written is not in use yet
 * @param reload the count in use, 1-65536
 * @param nextReload the count that waits for the end of the period, or 0
 * @param startTick when counting began
 * @param frozenTicks ticks counted when the gate closed
 * @param highByteNextWrite the next write is the high byte
 * @param highByteNextRead the next read is the high byte
 * @param lowByteWritten the low byte that waits for its high byte
 * @param latchedCount a latched count, or -1
 * @param latchedStatus a latched status, or -1
 */
public record PitChannelState(
    int mode,
    int access,
    boolean bcd,
    boolean gate,
    boolean counting,
    boolean nullCount,
    int reload,
    int nextReload,
    long startTick,
    long frozenTicks,
    boolean highByteNextWrite,
    boolean highByteNextRead,
    int lowByteWritten,
    int latchedCount,
    int latchedStatus) {}
