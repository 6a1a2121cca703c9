package org.demitasse.devices.port;

import org.demitasse.core.bus.BusDevice;

/**
 * A device with one-byte registers: a wider access is made of single bytes at rising offsets, as on an 8-bit ISA card.
 */
public interface BytePorts extends BusDevice {
  /** Reads the register at an offset: 0-255. */
  int readByte(int offset);

  /** Writes 0-255 to the register at an offset. */
  void writeByte(int offset, int value);

  @Override
  default long read(long offset, int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (readByte((int) offset + i) & 0xffL) << (8 * i);
    }
    return value;
  }

  @Override
  default void write(long offset, int size, long value) {
    for (int i = 0; i < size; i++) {
      writeByte((int) offset + i, (int) (value >>> (8 * i)) & 0xff);
    }
  }
}
