package org.demitasse.virtio.device;

/**
 * A device's configuration space: little-endian fields of 1 to 8 bytes, read at any offset and size (VirtIO 1.2 2.5).
 */
public final class ConfigSpace {
  private final byte[] bytes;

  /** Makes a space of zeroes. */
  public ConfigSpace(int bytes) {
    this.bytes = new byte[bytes];
  }

  /** Its length in bytes. */
  public int length() {
    return bytes.length;
  }

  /** Reads {@code size} bytes from an offset, zero-extended; what is past the end reads as zero. */
  public long read(int offset, int size) {
    long value = 0;
    for (int i = 0; i < size && offset + i < bytes.length; i++) {
      value |= (bytes[offset + i] & 0xffL) << (8 * i);
    }
    return value;
  }

  /** Sets a field of {@code size} bytes. */
  public void set(int offset, int size, long value) {
    for (int i = 0; i < size; i++) {
      bytes[offset + i] = (byte) (value >>> (8 * i));
    }
  }
}
