package org.demitasse.virtio.queue;

import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.demitasse.core.memory.GuestMemory;
import org.jspecify.annotations.Nullable;

/**
 * One split virtqueue, the device's side (VirtIO 1.2 2.7). The driver's rings are untrusted: whatever they hold, a call
 * here ends after bounded work and throws nothing.
 *
 * <p>Under the machine's lock; the fences order ring accesses against vCPUs that run at the same time.
 */
public final class Virtqueue {
  private static final int VIRTQ_AVAIL_F_NO_INTERRUPT = 1;
  private static final int INDEX_MASK = 0xffff;

  /** How many bytes of chains one turn serves before the guest gets its turn. */
  private static final long TURN_BYTES = 32L << 20;

  private final GuestMemory memory;
  private final int maxSize;
  private final QueueOwner owner;
  private final ChainWalk walk;
  private int size;
  private boolean ready;
  private boolean broken;
  private long descriptorTable;
  private long availableRing;
  private long usedRing;
  private boolean eventIndex;
  private boolean indirect;
  private int nextAvailable;
  private int nextUsed;
  private int epoch;

  /**
   * Makes a queue that is not ready.
   *
   * @param maxSize the largest size that the driver may choose, a power of two
   */
  public Virtqueue(GuestMemory memory, int maxSize, QueueOwner owner) {
    assert Integer.bitCount(maxSize) == 1 && maxSize <= 32768 : "queue size " + maxSize;
    this.memory = memory;
    this.maxSize = maxSize;
    this.owner = owner;
    this.walk = new ChainWalk(memory);
  }

  /**
   * The whole of a queue's state between requests.
   *
   * @param size entries, or 0 before the driver has chosen
   * @param ready whether the driver made it ready
   * @param broken whether the rings are beyond use until a reset
   * @param descriptorTable gpa
   * @param availableRing gpa, "driver area"
   * @param usedRing gpa, "device area"
   * @param nextAvailable the available index that is served next
   * @param nextUsed the used index that is written next
   */
  public record State(
      int size,
      boolean ready,
      boolean broken,
      long descriptorTable,
      long availableRing,
      long usedRing,
      int nextAvailable,
      int nextUsed) {}

  /** The queue's state. Chains that were taken and not completed are not in it: complete them first. */
  public State save() {
    return new State(size, ready, broken, descriptorTable, availableRing, usedRing, nextAvailable, nextUsed);
  }

  /** Puts a saved state back; {@link #start} tells the features again. */
  public void restore(State state) {
    epoch++;
    size = state.size;
    ready = state.ready;
    broken = state.broken;
    descriptorTable = state.descriptorTable;
    availableRing = state.availableRing;
    usedRing = state.usedRing;
    nextAvailable = state.nextAvailable;
    nextUsed = state.nextUsed;
  }

  /** The largest size that the driver may choose. */
  public int maxSize() {
    return maxSize;
  }

  /** The size that the driver chose, or 0. */
  public int size() {
    return size;
  }

  /** Sets the size; one that is not allowed counts as misuse and sets none. */
  public void setSize(long entries) {
    boolean allowed = entries > 0 && entries <= maxSize && Long.bitCount(entries) == 1;
    if (!allowed) {
      owner.misuse().count(Misuse.BAD_QUEUE_SIZE, entries);
    }
    size = allowed ? (int) entries : 0;
  }

  /** Where the descriptor table is. */
  public long descriptorTable() {
    return descriptorTable;
  }

  /** Says where the descriptor table is. */
  public void setDescriptorTable(long gpa) {
    descriptorTable = gpa;
  }

  /** Where the available ring is. */
  public long availableRing() {
    return availableRing;
  }

  /** Says where the available ring is. */
  public void setAvailableRing(long gpa) {
    availableRing = gpa;
  }

  /** Where the used ring is. */
  public long usedRing() {
    return usedRing;
  }

  /** Says where the used ring is. */
  public void setUsedRing(long gpa) {
    usedRing = gpa;
  }

  /** Whether the driver made the queue ready and it is fit for use. */
  public boolean ready() {
    return ready;
  }

  /** Makes the queue ready if its size and rings are usable; else that counts as misuse and it stays as it is. */
  public void makeReady() {
    if (size == 0) {
      owner.misuse().count(Misuse.BAD_QUEUE_SIZE, 0);
    } else if (!usable(descriptorTable, 16L * size, 16)) {
      owner.misuse().count(Misuse.BAD_RING_ADDRESS, descriptorTable);
    } else if (!usable(availableRing, 6 + 2L * size, 2)) {
      owner.misuse().count(Misuse.BAD_RING_ADDRESS, availableRing);
    } else if (!usable(usedRing, 6 + 8L * size, 4)) {
      owner.misuse().count(Misuse.BAD_RING_ADDRESS, usedRing);
    } else {
      ready = true;
    }
  }

  private boolean usable(long gpa, long bytes, int alignment) {
    return gpa % alignment == 0 && memory.contains(gpa, bytes);
  }

  /** Stops the queue and keeps where it is: what writing 0 to QueueReady does. */
  public void makeUnready() {
    ready = false;
    epoch++;
  }

  /** Forgets everything; chains that are still out are dropped when they complete. */
  public void reset() {
    restore(new State(0, false, false, 0, 0, 0, 0, 0));
    eventIndex = false;
    indirect = false;
  }

  /** Tells which ring features were negotiated (VirtIO 1.2 6). */
  public void start(boolean eventIndex, boolean indirect) {
    this.eventIndex = eventIndex;
    this.indirect = indirect;
  }

  /** Says whether the driver has made a chain available that was not taken yet; asks for a notification if not. */
  public boolean hasAvailable() {
    if (!ready || broken) {
      return false;
    }
    if (available() == 0) {
      askForNotification();
      if (available() == 0) {
        return false;
      }
    }
    if (available() > size) {
      breakDown(Misuse.AVAILABLE_INDEX_JUMPED, memory.readShort(availableRing + 2));
      return false;
    }
    return true;
  }

  /** Takes the next good chain, or null if there is none; malformed ones are given back on the way. */
  public @Nullable DescriptorChain pop() {
    for (int tries = 0; tries < size && hasAvailable(); tries++) {
      DescriptorChain chain = take();
      if (chain != null) {
        return chain;
      }
    }
    return null;
  }

  /**
   * Makes a chain and all that were taken after it available again, because there is no use for them yet. None of them
   * may have been completed; a malformed one among them will be given back a second time, which only harms the guest
   * that made it.
   */
  public void unpop(DescriptorChain first) {
    nextAvailable = first.position();
  }

  /** Serves the chains that are available, as {@link #drainWhile} does, for as long as there are any. */
  public void drain(Consumer<DescriptorChain> server) {
    drainWhile(() -> true, server);
  }

  /**
   * Serves the chains that are available, a turn's worth at most; if more are there then, another turn follows after
   * the guest has had one.
   *
   * @param wanted whether there is use for another chain
   * @param server takes each good chain and completes it, at once or later
   */
  public void drainWhile(BooleanSupplier wanted, Consumer<DescriptorChain> server) {
    long bytes = 0;
    for (int served = 0; served < size && bytes < TURN_BYTES; served++) {
      if (!wanted.getAsBoolean() || !hasAvailable()) {
        return;
      }
      DescriptorChain chain = take();
      if (chain != null) {
        bytes += chain.readableBytes() + chain.writableBytes();
        server.accept(chain);
      }
    }
    if (wanted.getAsBoolean() && hasAvailable()) {
      int now = epoch;
      owner.later(() -> {
        if (now == epoch) {
          drainWhile(wanted, server);
        }
      });
    }
  }

  /** Takes the chain at the next index, which is there; gives a malformed one back and returns null. */
  private @Nullable DescriptorChain take() {
    VarHandle.acquireFence(); // the entry and its descriptors were written before the index
    int head = memory.readShort(availableRing + 4 + 2L * (nextAvailable & (size - 1)));
    if (head >= size) {
      breakDown(Misuse.HEAD_OUTSIDE_TABLE, head); // no entry to give back: nothing can be said about it
      return null;
    }
    int position = nextAvailable;
    nextAvailable = (nextAvailable + 1) & INDEX_MASK;
    Misuse misuse = walk.walk(descriptorTable, size, head, indirect);
    if (misuse != null) {
      owner.misuse().count(misuse, head);
      complete(head, epoch, 0);
      return null;
    }
    return new DescriptorChain(memory, this, position, head, epoch, walk);
  }

  private int available() {
    return (memory.readShort(availableRing + 2) - nextAvailable) & INDEX_MASK;
  }

  /** VirtIO 1.2 2.7.10: without EVENT_IDX we never ask not to be notified. */
  private void askForNotification() {
    if (eventIndex) {
      memory.writeShort(usedRing + 4 + 8L * size, nextAvailable);
      VarHandle.fullFence(); // the driver sees it before we look at the index again
    }
  }

  void complete(int head, int epochTaken, long written) {
    if (epochTaken != epoch || !ready || broken) {
      return;
    }
    long entry = usedRing + 4 + 8L * (nextUsed & (size - 1));
    memory.writeInt(entry, head);
    memory.writeInt(entry + 4, (int) written);
    VarHandle.releaseFence(); // the entry before the index
    int before = nextUsed;
    nextUsed = (nextUsed + 1) & INDEX_MASK;
    memory.writeShort(usedRing + 2, nextUsed);
    VarHandle.fullFence(); // the index before we look whether the driver wants to know
    if (wantsInterrupt(before)) {
      owner.usedBuffers();
    }
  }

  /** VirtIO 1.2 2.7.7: with EVENT_IDX, when the entry just used is the one that the driver named. */
  private boolean wantsInterrupt(int entryUsed) {
    return eventIndex
        ? memory.readShort(availableRing + 4 + 2L * size) == entryUsed
        : (memory.readShort(availableRing) & VIRTQ_AVAIL_F_NO_INTERRUPT) == 0;
  }

  private void breakDown(Misuse misuse, long value) {
    broken = true;
    owner.misuse().count(misuse, value);
    owner.needsReset();
  }
}
