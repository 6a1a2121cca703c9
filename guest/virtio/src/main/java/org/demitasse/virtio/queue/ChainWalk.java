package org.demitasse.virtio.queue;

import java.util.Arrays;
import org.demitasse.core.memory.GuestMemory;
import org.jspecify.annotations.Nullable;

/** Follows one descriptor chain through its tables, checks every rule, and gathers the buffers (VirtIO 1.2 2.7.5). */
final class ChainWalk {
  static final int DESCRIPTOR_BYTES = 16;

  private static final int VIRTQ_DESC_F_NEXT = 1;
  private static final int VIRTQ_DESC_F_WRITE = 2;
  private static final int VIRTQ_DESC_F_INDIRECT = 4;

  /** Indirect tables may be longer than the queue, as Linux makes them; this is what QEMU accepts too. */
  private static final int MAX_INDIRECT_DESCRIPTORS = 1024;

  private static final long MAX_CHAIN_BYTES = 1L << 32;

  private final GuestMemory memory;
  private long[] addresses = new long[8];
  private long[] lengths = new long[8];
  private int buffers;
  private int readableBuffers;
  private long readableBytes;
  private long writableBytes;

  ChainWalk(GuestMemory memory) {
    this.memory = memory;
  }

  /** Walks a chain from its head; gives the rule that it breaks, or null. */
  @Nullable Misuse walk(long table, int entries, int head, boolean indirectAllowed) {
    buffers = 0;
    readableBuffers = 0;
    readableBytes = 0;
    writableBytes = 0;
    return walkTable(table, entries, head, indirectAllowed);
  }

  private @Nullable Misuse walkTable(long table, int entries, int head, boolean indirectAllowed) {
    int index = head;
    for (int seen = 0; seen < entries; seen++) {
      long descriptor = table + (long) index * DESCRIPTOR_BYTES;
      long address = memory.readLong(descriptor);
      long length = Integer.toUnsignedLong(memory.readInt(descriptor + 8));
      int flags = memory.readShort(descriptor + 12);
      if ((flags & VIRTQ_DESC_F_INDIRECT) != 0) {
        boolean wellFormed = indirectAllowed && (flags & VIRTQ_DESC_F_NEXT) == 0;
        return wellFormed ? walkIndirect(address, length) : Misuse.BAD_INDIRECT_TABLE;
      }
      Misuse misuse = add(address, length, (flags & VIRTQ_DESC_F_WRITE) != 0);
      if (misuse != null || (flags & VIRTQ_DESC_F_NEXT) == 0) {
        return misuse;
      }
      index = memory.readShort(descriptor + 14);
      if (index >= entries) {
        return Misuse.NEXT_OUTSIDE_TABLE;
      }
    }
    return Misuse.CHAIN_TOO_LONG;
  }

  private @Nullable Misuse walkIndirect(long table, long bytes) {
    long entries = bytes / DESCRIPTOR_BYTES;
    if (entries == 0 || bytes % DESCRIPTOR_BYTES != 0 || entries > 0x10000) {
      return Misuse.BAD_INDIRECT_TABLE;
    }
    if (!memory.contains(table, bytes)) {
      return Misuse.BUFFER_OUTSIDE_MEMORY;
    }
    return walkTable(table, (int) Math.min(entries, MAX_INDIRECT_DESCRIPTORS), 0, false);
  }

  private @Nullable Misuse add(long address, long length, boolean writable) {
    if (!writable && buffers > readableBuffers) {
      return Misuse.READABLE_AFTER_WRITABLE;
    }
    if (length == 0) {
      return null; // nothing to transfer, so its address does not matter
    }
    if (!memory.contains(address, length)) {
      return Misuse.BUFFER_OUTSIDE_MEMORY;
    }
    if (readableBytes + writableBytes + length > MAX_CHAIN_BYTES) {
      return Misuse.CHAIN_TOO_LARGE;
    }
    if (writable) {
      writableBytes += length;
    } else {
      readableBytes += length;
    }
    append(address, length, writable);
    return null;
  }

  /** Adds a buffer, or lengthens the last one if this one follows it directly: fewer and larger transfers. */
  private void append(long address, long length, boolean writable) {
    int sameKindFrom = writable ? readableBuffers : 0;
    int last = buffers - 1;
    if (last >= sameKindFrom && addresses[last] + lengths[last] == address) {
      lengths[last] += length;
      return;
    }
    if (buffers == addresses.length) {
      addresses = Arrays.copyOf(addresses, buffers * 2);
      lengths = Arrays.copyOf(lengths, buffers * 2);
    }
    addresses[buffers] = address;
    lengths[buffers] = length;
    buffers++;
    if (!writable) {
      readableBuffers++;
    }
  }

  long[] addresses() {
    return Arrays.copyOf(addresses, buffers);
  }

  long[] lengths() {
    return Arrays.copyOf(lengths, buffers);
  }

  int readableBuffers() {
    return readableBuffers;
  }

  long readableBytes() {
    return readableBytes;
  }

  long writableBytes() {
    return writableBytes;
  }
}
