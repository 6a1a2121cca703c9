package org.demitasse.gdb;

import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One register as a client sees it.
 *
 * @param name as in gdb's own descriptions
 * @param bits a multiple of 8
 * @param type of the description's types
 * @param feature the set that it belongs to
 * @param group a group to print it with, or an empty string
 * @param get its bytes, little-endian
 * @param set takes them
 */
record Register(
    String name,
    int bits,
    String type,
    String feature,
    String group,
    Function<StateDraft, byte[]> get,
    BiConsumer<StateDraft, byte[]> set) {
  /** The 16 low bytes at most of a value. */
  static byte[] bytes(long value, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < Math.min(8, count); i++) {
      bytes[i] = (byte) (value >>> i * 8);
    }
    return bytes;
  }

  /** The number in up to 8 little-endian bytes. */
  static long number(byte[] bytes) {
    long value = 0;
    for (int i = Math.min(8, bytes.length) - 1; i >= 0; i--) {
      value = value << 8 | bytes[i] & 0xff;
    }
    return value;
  }
}
