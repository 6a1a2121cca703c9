package org.demitasse.virtio;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.mmio.MmioTransport;

/** A guest's driver for tests: finds a device on a bus and works its rings in guest memory, as Linux and NetBSD do. */
public final class MockDriver implements AutoCloseable {
  public static final long BASE = 0xfeb00000L;
  public static final long VERSION_1 = 1L << 32;
  public static final long INDIRECT_DESC = 1L << 28;
  public static final long EVENT_IDX = 1L << 29;
  public static final long RING_RESET = 1L << 40;
  public static final int NEXT = 1;
  public static final int WRITE = 2;
  public static final int INDIRECT = 4;
  public static final int RAM_BYTES = 8 << 20;

  private static final long RINGS = 0x10000;
  private static final long RING_STRIDE = 0x8000;
  private static final long BUFFERS = 0x20_0000;

  public final GuestMemory memory = new GuestMemory(RAM_BYTES);
  public final Bus bus = new Bus("memory");
  public final List<String> warnings = new ArrayList<>();
  public final Queue<Runnable> later = new ArrayDeque<>();
  public final MmioTransport transport;
  public boolean interruptLine;
  public int interrupts;

  private final List<Ring> rings = new ArrayList<>();
  private long nextBuffer = BUFFERS;

  public MockDriver(VirtioDevice device) {
    transport = new MmioTransport(memory, device, this::interruptLevel, later::add, warnings::add);
    bus.map(device.name(), BASE, MmioTransport.BYTES, transport);
  }

  private void interruptLevel(boolean level) {
    if (level && !interruptLine) {
      interrupts++;
    }
    interruptLine = level;
  }

  public long get(int register) {
    return bus.read(BASE + register, 4);
  }

  public void set(int register, long value) {
    bus.write(BASE + register, 4, value);
  }

  public long config(int offset, int size) {
    return bus.read(BASE + 0x100 + offset, size);
  }

  /** Offered features. */
  public long features() {
    set(0x014, 1);
    long high = get(0x010);
    set(0x014, 0);
    return high << 32 | get(0x010);
  }

  /** Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK: true if the device kept FEATURES_OK. */
  public boolean negotiate(long features) {
    set(0x070, 0);
    rings.clear();
    nextBuffer = BUFFERS;
    set(0x070, 1);
    set(0x070, 3);
    set(0x024, 0);
    set(0x020, features & 0xffff_ffffL);
    set(0x024, 1);
    set(0x020, features >>> 32);
    set(0x070, 0xb);
    return (get(0x070) & 8) != 0;
  }

  /** The whole set-up with some features and VERSION_1; every queue gets its maximum size. */
  public MockDriver start(long features) {
    if (!negotiate(features | VERSION_1)) {
      throw new AssertionError("features refused");
    }
    for (int queue = 0; setQueue(queue); queue++) {}
    set(0x070, 0xf);
    return this;
  }

  private boolean setQueue(int queue) {
    set(0x030, queue);
    int size = (int) get(0x034);
    if (size == 0) {
      return false;
    }
    rings.add(new Ring(queue, size, RINGS + queue * RING_STRIDE));
    return true;
  }

  public Ring ring(int queue) {
    return rings.get(queue);
  }

  /** Room for a buffer, not next to any other. */
  public long allocate(int bytes) {
    long buffer = nextBuffer;
    nextBuffer += (bytes + 0xfff & ~0xfff) + 0x1000;
    return buffer;
  }

  public long buffer(byte[] contents) {
    long gpa = allocate(contents.length);
    memory.writeBytes(gpa, contents);
    return gpa;
  }

  public void acknowledge() {
    set(0x064, get(0x060));
  }

  /** Runs what devices had put off, once. */
  public int runLater() {
    int count = later.size();
    for (int i = 0; i < count; i++) {
      later.remove().run();
    }
    return count;
  }

  @Override
  public void close() {
    memory.close();
  }

  /** A buffer of a chain: [gpa, gpa + bytes), for the device to read or to write. */
  public record Buffer(long gpa, long bytes, boolean writable) {
    public static Buffer readable(long gpa, long bytes) {
      return new Buffer(gpa, bytes, false);
    }

    public static Buffer writable(long gpa, long bytes) {
      return new Buffer(gpa, bytes, true);
    }
  }

  /** An entry of the used ring. */
  public record Used(int head, long written) {}

  /** One queue as the driver sees it. */
  public final class Ring {
    public final int number;
    public final int size;
    public final long descriptors;
    public final long available;
    public final long used;
    private int nextDescriptor;
    private int seen;

    /** Sets the queue up through the registers, with its rings from {@code base} on. */
    public Ring(int number, int size, long base) {
      this.number = number;
      this.size = size;
      descriptors = base;
      available = base + 16L * size;
      used = (available + 6 + 2L * size + 3) & ~3L;
      memory.sliceForWrite(base, RING_STRIDE).fill((byte) 0);
      set(0x030, number);
      set(0x038, size);
      set(0x080, descriptors);
      set(0x084, 0);
      set(0x090, available);
      set(0x094, 0);
      set(0x0a0, used);
      set(0x0a4, 0);
      set(0x044, 1);
    }

    public void descriptor(int index, long gpa, long bytes, int flags, int next) {
      long at = descriptors + 16L * index;
      memory.writeLong(at, gpa);
      memory.writeInt(at + 8, (int) bytes);
      memory.writeShort(at + 12, flags);
      memory.writeShort(at + 14, next);
    }

    /** Puts a chain in the descriptor table; the caller never has more than the ring's size out. */
    public int chain(Buffer... buffers) {
      int head = nextDescriptor % size;
      for (int i = 0; i < buffers.length; i++) {
        int index = nextDescriptor++ % size;
        int flags = (buffers[i].writable ? WRITE : 0) | (i < buffers.length - 1 ? NEXT : 0);
        descriptor(index, buffers[i].gpa, buffers[i].bytes, flags, nextDescriptor % size);
      }
      return head;
    }

    /** Puts a chain in an indirect table, with one descriptor for that. */
    public int indirectChain(Buffer... buffers) {
      long table = allocate(16 * buffers.length);
      for (int i = 0; i < buffers.length; i++) {
        memory.writeLong(table + 16L * i, buffers[i].gpa);
        memory.writeInt(table + 16L * i + 8, (int) buffers[i].bytes);
        memory.writeShort(
            table + 16L * i + 12, (buffers[i].writable ? WRITE : 0) | (i < buffers.length - 1 ? NEXT : 0));
        memory.writeShort(table + 16L * i + 14, i + 1);
      }
      int head = nextDescriptor++ % size;
      descriptor(head, table, 16L * buffers.length, INDIRECT, 0);
      return head;
    }

    /** Makes a chain available without a notification. */
    public void offer(int head) {
      int index = memory.readShort(available + 2);
      memory.writeShort(available + 4 + 2L * (index % size), head);
      memory.writeShort(available + 2, index + 1);
    }

    public void kick() {
      set(0x050, number);
    }

    public void submit(Buffer... buffers) {
      offer(chain(buffers));
      kick();
    }

    /** The next entry that the device has used, or null. */
    public Used poll() {
      if (memory.readShort(used + 2) == (seen & 0xffff)) {
        return null;
      }
      long entry = used + 4 + 8L * (seen++ % size);
      return new Used(memory.readInt(entry), Integer.toUnsignedLong(memory.readInt(entry + 4)));
    }

    public int usedIndex() {
      return memory.readShort(used + 2);
    }
  }
}
