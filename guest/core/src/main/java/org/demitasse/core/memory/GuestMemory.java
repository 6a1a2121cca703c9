package org.demitasse.core.memory;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The RAM of a machine: up to 3 GiB from gpa 0, and what is more from 4 GiB up. Between them is the hole for devices.
 *
 * <p>All addresses are unsigned gpa; every access is checked and a range that is not wholly inside one region throws
 * {@link OutsideMemoryException}. Values are little-endian; no alignment is needed. Writes mark the dirty bitmap.
 */
public final class GuestMemory implements AutoCloseable {
  /** Where low RAM ends at the latest: the start of the device hole. */
  public static final long LOW_LIMIT = 0xC000_0000L;

  /** Where RAM goes on. */
  public static final long HIGH_START = 0x1_0000_0000L;

  private final HostMemory.Block block;
  private final long lowBytes;
  private final long highBytes;
  private final long hostLow;
  private final long hostHigh;
  private final DirtyBitmap dirty;
  private final MemorySegment everything;
  private WriteListener listener = (gpa, bytes) -> {};
  private boolean closed; // under the machine lock

  /**
   * Allocates zeroed RAM.
   *
   * @param bytes a positive multiple of 4096
   * @throws IllegalArgumentException if it is not
   * @throws OutOfMemoryError if the host has not as much
   */
  public GuestMemory(long bytes) {
    if (bytes <= 0 || (bytes & 4095) != 0) {
      throw new IllegalArgumentException(
          "guest memory of 0x%x bytes is not a positive multiple of 4096".formatted(bytes));
    }
    block = HostMemory.allocate(bytes);
    lowBytes = Math.min(bytes, LOW_LIMIT);
    highBytes = bytes - lowBytes;
    hostLow = block.address();
    hostHigh = block.address() + lowBytes;
    dirty = new DirtyBitmap(bytes >>> DirtyBitmap.PAGE_SHIFT);
    everything = view(block);
  }

  @SuppressWarnings("restricted") // the only view of the block that this class itself allocated
  private static MemorySegment view(HostMemory.Block block) {
    return MemorySegment.ofAddress(block.address()).reinterpret(block.bytes());
  }

  /** Sets who is told of writes through this object (not of those that an engine makes at host addresses). */
  public void onWrite(WriteListener writeListener) {
    listener = writeListener;
  }

  /** Size of RAM in bytes. */
  public long bytes() {
    return lowBytes + highBytes;
  }

  /** The regions in gpa order: one, or two when RAM goes on above 4 GiB. */
  public List<MemoryRegion> regions() {
    MemoryRegion low = new MemoryRegion(0, lowBytes, hostLow);
    return highBytes == 0 ? List.of(low) : List.of(low, new MemoryRegion(HIGH_START, highBytes, hostHigh));
  }

  /** The dirty bitmap; its page numbers are {@link #pageIndex}. */
  public DirtyBitmap dirty() {
    return dirty;
  }

  /** Says whether [gpa, gpa + bytes) is wholly RAM. */
  public boolean contains(long gpa, long bytes) {
    return bytes >= 0
        && ((gpa >= 0 && gpa <= lowBytes && bytes <= lowBytes - gpa)
            || (gpa >= HIGH_START && gpa - HIGH_START <= highBytes && bytes <= highBytes - (gpa - HIGH_START)));
  }

  /** Host address of a gpa, or 0 if it is not RAM. Good for the rest of its 4 KiB page. */
  public long hostAddress(long gpa) {
    if (Long.compareUnsigned(gpa, lowBytes) < 0) {
      return hostLow + gpa;
    }
    long high = gpa - HIGH_START;
    return Long.compareUnsigned(high, highBytes) < 0 ? hostHigh + high : 0;
  }

  /** Number of the page that holds a gpa in the dirty bitmap; the gpa must be RAM. */
  public long pageIndex(long gpa) {
    return (gpa < HIGH_START ? gpa : gpa - HIGH_START + lowBytes) >>> DirtyBitmap.PAGE_SHIFT;
  }

  /** Marks the pages of a range as written. */
  public void markDirty(long gpa, long bytes) {
    if (bytes > 0) {
      long last = pageIndex(gpa + bytes - 1);
      for (long page = pageIndex(gpa); page <= last; page++) {
        dirty.mark(page);
      }
    }
  }

  private long checked(long gpa, long bytes) {
    if (!contains(gpa, bytes)) {
      throw new OutsideMemoryException(gpa, bytes);
    }
    return gpa < HIGH_START ? hostLow + gpa : hostHigh + (gpa - HIGH_START);
  }

  private long checkedForWrite(long gpa, long bytes) {
    long address = checked(gpa, bytes);
    markDirty(gpa, bytes);
    listener.written(gpa, bytes);
    return address;
  }

  /** A view of [gpa, gpa + bytes) for reading: no copy. Valid until the memory is closed. */
  public MemorySegment slice(long gpa, long bytes) {
    return everything.asSlice(checked(gpa, bytes) - hostLow, bytes).asReadOnly();
  }

  /** A view of [gpa, gpa + bytes) for writing, already marked dirty: no copy. Valid until the memory is closed. */
  public MemorySegment sliceForWrite(long gpa, long bytes) {
    return everything.asSlice(checkedForWrite(gpa, bytes) - hostLow, bytes);
  }

  /** Reads 1 byte, zero-extended. */
  public int readByte(long gpa) {
    return HostMemory.getByte(checked(gpa, 1)) & 0xff;
  }

  /** Reads 2 bytes, zero-extended. */
  public int readShort(long gpa) {
    return HostMemory.getShort(checked(gpa, 2)) & 0xffff;
  }

  /** Reads 4 bytes. */
  public int readInt(long gpa) {
    return HostMemory.getInt(checked(gpa, 4));
  }

  /** Reads 8 bytes. */
  public long readLong(long gpa) {
    return HostMemory.getLong(checked(gpa, 8));
  }

  /** Writes 1 byte. */
  public void writeByte(long gpa, int value) {
    HostMemory.putByte(checkedForWrite(gpa, 1), (byte) value);
  }

  /** Writes 2 bytes. */
  public void writeShort(long gpa, int value) {
    HostMemory.putShort(checkedForWrite(gpa, 2), (short) value);
  }

  /** Writes 4 bytes. */
  public void writeInt(long gpa, int value) {
    HostMemory.putInt(checkedForWrite(gpa, 4), value);
  }

  /** Writes 8 bytes. */
  public void writeLong(long gpa, long value) {
    HostMemory.putLong(checkedForWrite(gpa, 8), value);
  }

  /** Copies bytes out of the guest. */
  public byte[] readBytes(long gpa, int bytes) {
    byte[] copy = new byte[bytes];
    MemorySegment.copy(slice(gpa, bytes), 0, MemorySegment.ofArray(copy), 0, bytes);
    return copy;
  }

  /** Copies bytes into the guest. */
  public void writeBytes(long gpa, byte[] source) {
    MemorySegment.copy(MemorySegment.ofArray(source), 0, sliceForWrite(gpa, source.length), 0, source.length);
  }

  /** Frees the RAM. No engine, device or view may use it afterwards. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      HostMemory.free(block);
    }
  }
}
