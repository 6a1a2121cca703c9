package org.demitasse.devices.fwcfg;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.memory.GuestMemory;

/**
 * QEMU's fw_cfg device by ports 0x510-0x51b: a 16-bit selector, a data byte, and a DMA address (QEMU
 * docs/specs/fw_cfg.rst). Read-only: guests' writes to items are answered with an error.
 */
public final class FirmwareConfig implements BusDevice {
  /** First port. */
  public static final int PORT = 0x510;

  /** Number of ports. */
  public static final int PORTS = 12;

  /** Longest file name in bytes, without the closing zero. */
  public static final int MAX_NAME = 55;

  private static final int SIGNATURE = 0;
  private static final int ID = 1;
  private static final int RAM_SIZE = 3;
  private static final int CPU_COUNT = 5;
  private static final int MAX_CPU_COUNT = 0xf;
  private static final int FILE_DIRECTORY = 0x19;
  private static final int FIRST_FILE = 0x20;
  private static final int SELECTOR_MASK = 0x3fff; // bits 15 and 14: architecture-local and write, which no item has

  private static final int DMA_ERROR = 1;
  private static final int DMA_READ = 1 << 1;
  private static final int DMA_SKIP = 1 << 2;
  private static final int DMA_SELECT = 1 << 3;
  private static final int DMA_WRITE = 1 << 4;
  private static final long DMA_SIGNATURE = 0x51454d5520434647L; // "QEMU CFG"

  private final GuestMemory memory;
  private final Map<Integer, byte[]> items = new TreeMap<>();
  private int selector;
  private int position;
  private long dmaAddress;

  /**
   * Makes the device.
   *
   * @param files contents by name, such as {@code opt/org.smolbsd.var.NAME}
   * @throws IllegalArgumentException for a name over {@link #MAX_NAME} bytes
   */
  public FirmwareConfig(GuestMemory memory, int cpus, Map<String, byte[]> files) {
    this.memory = memory;
    items.put(SIGNATURE, "QEMU".getBytes(StandardCharsets.US_ASCII));
    items.put(ID, little(4).putInt(0b11).array());
    items.put(RAM_SIZE, little(8).putLong(memory.bytes()).array());
    items.put(CPU_COUNT, little(2).putShort((short) cpus).array());
    items.put(MAX_CPU_COUNT, little(2).putShort((short) cpus).array());
    addFiles(new TreeMap<>(files));
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void addFiles(Map<String, byte[]> files) {
    ByteBuffer directory = ByteBuffer.allocate(4 + 64 * files.size());
    directory.putInt(files.size());
    List<String> names = new ArrayList<>(files.keySet());
    for (int n = 0; n < names.size(); n++) {
      byte[] name = names.get(n).getBytes(StandardCharsets.UTF_8);
      if (name.length > MAX_NAME) {
        throw new IllegalArgumentException(
            "fw_cfg name %s has %d bytes, over %d".formatted(names.get(n), name.length, MAX_NAME));
      }
      byte[] content = files.getOrDefault(names.get(n), new byte[0]);
      directory.putInt(content.length).putShort((short) (FIRST_FILE + n)).putShort((short) 0);
      directory.put(name).position(4 + 64 * (n + 1));
      items.put(FIRST_FILE + n, content);
    }
    items.put(FILE_DIRECTORY, directory.array());
  }

  @Override
  public long read(long offset, int size) {
    if (offset == 0) {
      return selector;
    }
    if (offset == 1) {
      return nextByte();
    }
    if (offset >= 4 && offset + size <= PORTS) {
      long value = 0;
      for (int n = 0; n < size; n++) {
        value |= (DMA_SIGNATURE >>> (8 * (7 - (offset - 4 + n))) & 0xff) << (8 * n);
      }
      return value;
    }
    return size == 8 ? -1L : (1L << (size * 8)) - 1;
  }

  @Override
  public void write(long offset, int size, long value) {
    if (offset == 0 && size == 2) {
      select((int) value);
    } else if (offset == 4 && size == 4) {
      dmaAddress = (long) Integer.reverseBytes((int) value) << 32;
    } else if (offset == 8 && size == 4) {
      long address = dmaAddress | Integer.reverseBytes((int) value) & 0xffff_ffffL;
      dmaAddress = 0;
      transfer(address);
    }
  }

  private void select(int key) {
    selector = key & SELECTOR_MASK;
    position = 0;
  }

  private byte[] selected() {
    return items.getOrDefault(selector, new byte[0]);
  }

  /** Bytes after the end of an item read as 0. */
  private int nextByte() {
    byte[] item = selected();
    return position < item.length ? item[position++] & 0xff : 0;
  }

  private void transfer(long address) {
    if (!memory.contains(address, 16)) {
      return; // nowhere to put a status either
    }
    int control = Integer.reverseBytes(memory.readInt(address));
    long length = Integer.reverseBytes(memory.readInt(address + 4)) & 0xffff_ffffL;
    long target = Long.reverseBytes(memory.readLong(address + 8));
    if ((control & DMA_SELECT) != 0) {
      select(control >>> 16);
    }
    boolean failed = (control & DMA_WRITE) != 0 || (control & DMA_READ) != 0 && !memory.contains(target, length);
    if (!failed && (control & DMA_READ) != 0) {
      copy(target, length);
    } else if (!failed && (control & DMA_SKIP) != 0) {
      position = (int) Math.min(selected().length, position + length);
    }
    memory.writeInt(address, failed ? Integer.reverseBytes(DMA_ERROR) : 0);
  }

  private void copy(long target, long length) {
    byte[] item = selected();
    int bytes = (int) Math.min(length, item.length - position);
    byte[] part = new byte[bytes];
    System.arraycopy(item, position, part, 0, bytes);
    memory.writeBytes(target, part);
    memory.sliceForWrite(target + bytes, length - bytes).fill((byte) 0);
    position += bytes;
  }

  /** Where the guest is in reading. */
  public record State(int selector, int position, long dmaAddress) {}

  /** Takes a copy of the state. */
  public State save() {
    return new State(selector, position, dmaAddress);
  }

  /** Sets the state. */
  public void restore(State state) {
    selector = state.selector;
    position = state.position;
    dmaAddress = state.dmaAddress;
  }
}
