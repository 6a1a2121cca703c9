package org.demitasse.virtio.queue;

import java.lang.foreign.MemorySegment;
import org.demitasse.core.memory.GuestMemory;

/**
 * One checked descriptor chain that the driver made available: first bytes that the device reads, then bytes that it
 * writes, each scattered over guest memory. Positions count from the start of either part; ranges must lie inside it.
 *
 * <p>The guest can change the contents at any time: copy what is checked. The device must {@link #complete} every chain
 * once.
 */
public final class DescriptorChain {
  private final GuestMemory memory;
  private final Virtqueue queue;
  private final int position;
  private final int head;
  private final int epoch;
  private final long[] addresses;
  private final long[] lengths;
  private final int readableBuffers;
  private final long readableBytes;
  private final long writableBytes;
  private boolean completed;

  DescriptorChain(GuestMemory memory, Virtqueue queue, int position, int head, int epoch, ChainWalk walk) {
    this.memory = memory;
    this.queue = queue;
    this.position = position;
    this.head = head;
    this.epoch = epoch;
    addresses = walk.addresses();
    lengths = walk.lengths();
    readableBuffers = walk.readableBuffers();
    readableBytes = walk.readableBytes();
    writableBytes = walk.writableBytes();
  }

  /** Takes a piece of a chain's memory; the segment is good until the machine ends. */
  @FunctionalInterface
  public interface PieceConsumer<X extends Exception> {
    /** Takes the next piece. */
    void accept(MemorySegment piece) throws X;
  }

  /** The available index at which the chain was taken. */
  int position() {
    return position;
  }

  /** How many bytes the device may read. */
  public long readableBytes() {
    return readableBytes;
  }

  /** How many bytes the device may write. */
  public long writableBytes() {
    return writableBytes;
  }

  /** Hands over [position, position + bytes) of the readable part piece by piece, without a copy. */
  public <X extends Exception> void read(long position, long bytes, PieceConsumer<X> consumer) throws X {
    requireInside(position, bytes, readableBytes);
    forEach(0, position, bytes, (gpa, length) -> consumer.accept(memory.slice(gpa, length)));
  }

  /** Hands over [position, position + bytes) of the writable part piece by piece, without a copy, marked dirty. */
  public <X extends Exception> void write(long position, long bytes, PieceConsumer<X> consumer) throws X {
    requireInside(position, bytes, writableBytes);
    forEach(readableBuffers, position, bytes, (gpa, length) -> consumer.accept(memory.sliceForWrite(gpa, length)));
  }

  /** Copies bytes of the readable part. */
  public byte[] readBytes(long position, int bytes) {
    byte[] copy = new byte[bytes];
    MemorySegment target = MemorySegment.ofArray(copy);
    int[] filled = {0};
    read(
        position,
        bytes,
        piece -> {
          MemorySegment.copy(piece, 0, target, filled[0], piece.byteSize());
          filled[0] += (int) piece.byteSize();
        });
    return copy;
  }

  /** Copies bytes into the writable part. */
  public void writeBytes(long position, byte[] source) {
    MemorySegment from = MemorySegment.ofArray(source);
    int[] taken = {0};
    write(
        position,
        source.length,
        piece -> {
          MemorySegment.copy(from, taken[0], piece, 0, piece.byteSize());
          taken[0] += (int) piece.byteSize();
        });
  }

  /** Writes one byte of the writable part. */
  public void writeByte(long position, int value) {
    writeBytes(position, new byte[] {(byte) value});
  }

  /**
   * Gives the chain back to the driver and interrupts it if it wants that. Does nothing if the queue was reset since
   * the chain was taken: an answer that comes late is dropped.
   *
   * @param written how many bytes of the writable part were written, from its start
   */
  public void complete(long written) {
    assert !completed : "chain %d was completed twice".formatted(head);
    assert written <= writableBytes : "more written than is writable";
    completed = true;
    queue.complete(head, epoch, written);
  }

  private static void requireInside(long position, long bytes, long available) {
    if (position < 0 || bytes < 0 || position > available || bytes > available - position) {
      throw new IndexOutOfBoundsException("%d bytes at %d of a chain part of %d".formatted(bytes, position, available));
    }
  }

  @FunctionalInterface
  private interface RangeConsumer<X extends Exception> {
    void accept(long gpa, long bytes) throws X;
  }

  private <X extends Exception> void forEach(int firstBuffer, long position, long bytes, RangeConsumer<X> consumer)
      throws X {
    long skip = position;
    long left = bytes;
    for (int buffer = firstBuffer; left > 0; buffer++) {
      long length = lengths[buffer];
      if (skip < length) {
        long piece = Math.min(left, length - skip);
        consumer.accept(addresses[buffer] + skip, piece);
        left -= piece;
      }
      skip = Math.max(0, skip - length);
    }
  }
}
