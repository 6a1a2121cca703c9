package org.demitasse.virtio.console;

/** Bytes on their way to the guest: first in, first out, and no more than fit. */
final class ByteFifo {
  private final byte[] ring;
  private int first;
  private int size;

  ByteFifo(int capacity) {
    ring = new byte[capacity];
  }

  int size() {
    return size;
  }

  int room() {
    return ring.length - size;
  }

  /** Takes bytes [from, from + count) of an array, as far as there is room; tells how many. */
  int put(byte[] bytes, int from, int count) {
    int taken = Math.min(count, room());
    for (int i = 0; i < taken; i++) {
      ring[(first + size + i) % ring.length] = bytes[from + i];
    }
    size += taken;
    return taken;
  }

  /** Removes and gives the first {@code count} bytes, which must be there. */
  byte[] take(int count) {
    byte[] bytes = peek(count);
    first = (first + count) % ring.length;
    size -= count;
    return bytes;
  }

  /** Gives the first {@code count} bytes, which must be there. */
  byte[] peek(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = ring[(first + i) % ring.length];
    }
    return bytes;
  }

  void clear() {
    size = 0;
  }
}
