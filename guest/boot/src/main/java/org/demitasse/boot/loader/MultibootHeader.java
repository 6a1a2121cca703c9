package org.demitasse.boot.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.demitasse.boot.BootException;

/**
 * A multiboot header (Multiboot Specification 0.6.96, 3.1). The five addresses matter only with {@link
 * #hasAddresses()}.
 *
 * @param offset where it is in the file
 * @param flags what the kernel demands
 * @param headerAddress where the header itself is loaded
 * @param loadAddress where the text starts
 * @param loadEnd where the data ends; 0 for the end of the file
 * @param bssEnd where BSS ends; 0 for no BSS
 * @param entry the first instruction
 */
record MultibootHeader(
    int offset, int flags, long headerAddress, long loadAddress, long loadEnd, long bssEnd, long entry) {
  private static final int MAGIC = 0x1badb002;
  private static final int SEARCH = 8192;
  private static final int MAGIC_2 = 0xe85250d6;
  private static final int SEARCH_2 = 32768;
  private static final int KNOWN = 0b111; // page-aligned modules, memory sizes, a video mode that may be ignored

  /**
   * Finds the header in the first 8192 bytes of a file.
   *
   * @throws BootException if it demands a feature that does not exist
   */
  static Optional<MultibootHeader> find(String name, ByteBuffer file) throws BootException {
    ByteBuffer bytes = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int end = Math.min(SEARCH, bytes.limit());
    for (int at = 0; at + 12 <= end; at += 4) {
      if (bytes.getInt(at) == MAGIC && bytes.getInt(at) + bytes.getInt(at + 4) + bytes.getInt(at + 8) == 0) {
        int flags = bytes.getInt(at + 4);
        if ((flags & 0xffff & ~KNOWN) != 0) {
          throw new BootException(
              "the multiboot header of %s demands features 0x%x that nobody defined"
                  .formatted(name, flags & 0xffff & ~KNOWN));
        }
        return Optional.of(read(bytes, at, flags));
      }
    }
    return Optional.empty();
  }

  /** Says whether a file is for the other multiboot (Multiboot2 Specification 2.0, 3.1), which shares no field. */
  static boolean isOfVersion2(ByteBuffer file) {
    ByteBuffer bytes = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + 16 <= Math.min(SEARCH_2, bytes.limit()); at += 8) {
      if (bytes.getInt(at) == MAGIC_2
          && MAGIC_2 + bytes.getInt(at + 4) + bytes.getInt(at + 8) + bytes.getInt(at + 12) == 0) {
        return true;
      }
    }
    return false;
  }

  private static MultibootHeader read(ByteBuffer bytes, int at, int flags) {
    long[] addresses = new long[5];
    for (int i = 0; i < 5 && at + 16 + 4 * i <= bytes.limit(); i++) {
      addresses[i] = bytes.getInt(at + 12 + 4 * i) & 0xffff_ffffL;
    }
    return new MultibootHeader(at, flags, addresses[0], addresses[1], addresses[2], addresses[3], addresses[4]);
  }

  /** Says whether the header itself tells where to load the file (the "a.out kludge", flag bit 16). */
  boolean hasAddresses() {
    return (flags & 1 << 16) != 0;
  }
}
