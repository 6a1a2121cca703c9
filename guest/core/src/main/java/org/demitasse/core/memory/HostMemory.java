package org.demitasse.core.memory;

import jdk.internal.misc.Unsafe;

/**
 * Little-endian loads and stores at absolute host addresses: the one place that chooses how. Callers have checked the
 * address; a wrong one ends the process. {@code jdk.internal.misc.Unsafe} is as fast as a MemorySegment in C2 code and
 * eight times faster before that (DESIGN 5); it needs {@code --add-exports
 * java.base/jdk.internal.misc=org.demitasse.core}.
 */
public final class HostMemory {
  private static final Unsafe UNSAFE = Unsafe.getUnsafe();
  private static final long LAZY_ZERO_BYTES = 32L << 20;
  private static final long PAGE = 4096;

  /** What one entry of the page tables maps at most on every host that we know, 1 GiB aside. */
  private static final long LARGE_PAGE = 2L << 20;

  private HostMemory() {}

  /**
   * Allocates zeroed memory, page-aligned; a large block is aligned to 2 MiB, so that an engine can map whole large
   * pages of guest memory, where the host gives them.
   *
   * <p>A large block is fresh from the operating system, which gives zero pages as they are first touched: guest memory
   * costs nothing until the guest uses it. glibc's malloc always maps blocks over 32 MiB (M_MMAP_THRESHOLD, malloc.h);
   * elsewhere the block is cleared by hand.
   *
   * @return the block to give back to {@link #free}
   */
  public static Block allocate(long bytes) {
    boolean freshPages = bytes >= LAZY_ZERO_BYTES && System.getProperty("os.name", "").equals("Linux");
    long alignment = freshPages ? LARGE_PAGE : PAGE;
    long raw = UNSAFE.allocateMemory(bytes + alignment);
    if (!freshPages) {
      UNSAFE.setMemory(raw, bytes + alignment, (byte) 0);
    }
    return new Block(raw, (raw + alignment - 1) & -alignment, bytes);
  }

  /** Frees a block; its addresses must not be used again. */
  public static void free(Block block) {
    UNSAFE.freeMemory(block.raw);
  }

  /** A block of host memory: {@code bytes} from {@code address}. */
  public record Block(long raw, long address, long bytes) {}

  public static byte getByte(long address) {
    return UNSAFE.getByte(address);
  }

  public static short getShort(long address) {
    return UNSAFE.getShort(address);
  }

  public static int getInt(long address) {
    return UNSAFE.getInt(address);
  }

  public static long getLong(long address) {
    return UNSAFE.getLong(address);
  }

  public static void putByte(long address, byte value) {
    UNSAFE.putByte(address, value);
  }

  public static void putShort(long address, short value) {
    UNSAFE.putShort(address, value);
  }

  public static void putInt(long address, int value) {
    UNSAFE.putInt(address, value);
  }

  public static void putLong(long address, long value) {
    UNSAFE.putLong(address, value);
  }

  /** Copies bytes between two non-overlapping blocks, or overlapping ones as memmove does. */
  public static void copy(long from, long to, long bytes) {
    UNSAFE.copyMemory(from, to, bytes);
  }

  /** Fills bytes with one value. */
  public static void fill(long address, long bytes, byte value) {
    UNSAFE.setMemory(address, bytes, value);
  }
}
