package org.demitasse.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A note (gABI chapter 5).
 *
 * @param name its owner, without the terminating NUL
 * @param type what it means to its owner
 * @param descriptor its content
 */
public record ElfNote(String name, int type, byte[] descriptor) {
  /** The descriptor as a little-endian unsigned number of up to eight bytes: 0 if it is empty. */
  public long number() {
    byte[] wide = new byte[8];
    System.arraycopy(descriptor, 0, wide, 0, Math.min(8, descriptor.length));
    return ByteBuffer.wrap(wide).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /** The descriptor as text up to its first NUL. */
  public String text() {
    int length = 0;
    while (length < descriptor.length && descriptor[length] != 0) {
      length++;
    }
    return new String(descriptor, 0, length, StandardCharsets.UTF_8);
  }
}
