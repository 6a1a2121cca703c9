package org.demitasse.core.bus;

/**
 * A device behind a range of ports or memory-mapped registers. It is told offsets; the bus knows where it sits.
 *
 * <p>All devices of a machine run under that machine's lock: no two calls ever overlap.
 */
public interface BusDevice {
  /**
   * Reads a register.
   *
   * @param offset bytes from the start of the device's range
   * @param size 1, 2, 4 or 8 bytes
   * @return the value, zero-extended; bits above {@code size} are ignored
   */
  long read(long offset, int size);

  /**
   * Writes a register.
   *
   * @param offset bytes from the start of the device's range
   * @param size 1, 2, 4 or 8 bytes
   * @param value the value, zero-extended
   */
  void write(long offset, int size, long value);
}
