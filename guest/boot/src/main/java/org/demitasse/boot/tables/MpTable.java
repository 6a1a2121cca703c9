package org.demitasse.boot.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.demitasse.boot.Layout;
import org.demitasse.core.memory.GuestMemory;

/**
 * The MP configuration table (Intel MultiProcessor Specification 1.4, chapter 4): processors, one ISA bus, the I/O APIC
 * and where each interrupt goes. Kernels without ACPI need it, and NetBSD leaves a pin without an entry masked.
 */
public final class MpTable {
  private static final int INT = 0;
  private static final int NMI = 1;
  private static final int EXT_INT = 3;
  private static final int CONFORMING = 0;
  private static final int LEVEL_ACTIVE_LOW = 0xf; // MP 1.4, 4.3.4: PO 3, EL 3
  private static final int ALL_LOCAL_APICS = 0xff;
  private static final int APIC_VERSION = 0x14;
  private static final int IOAPIC_VERSION = 0x20;

  private final ByteBuffer table = ByteBuffer.allocate(16384).order(ByteOrder.LITTLE_ENDIAN);
  private final int ioapicId;
  private int entries;

  private MpTable(int vcpus) {
    ioapicId = Layout.ioapicId(vcpus);
    table.position(44);
  }

  /**
   * Writes the table and its floating pointer structure, and the words of the BIOS data area that lead to it.
   *
   * @param memory guest memory of at least 1 MiB
   * @param vcpus how many processors, 1-254
   * @param virtioSlots the slots in use
   * @param biosDataArea false if the kernel has been loaded over it
   */
  public static void write(GuestMemory memory, int vcpus, List<Integer> virtioSlots, boolean biosDataArea) {
    byte[] bytes = new MpTable(vcpus).build(vcpus, virtioSlots);
    memory.writeBytes(Layout.MP_TABLE, bytes);
    memory.writeBytes(Layout.EBDA, floatingPointer());
    if (biosDataArea) {
      memory.writeShort(0x40e, (int) (Layout.EBDA >>> 4)); // segment of the EBDA
      memory.writeShort(0x413, (int) (Layout.EBDA >>> 10)); // KiB of conventional memory
    }
  }

  /** MP 1.4, 4.1. */
  private static byte[] floatingPointer() {
    ByteBuffer pointer = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    pointer.put(ascii("_MP_")).putInt((int) Layout.MP_TABLE).put((byte) 1).put((byte) 4);
    pointer.put(10, checksum(pointer.array()));
    return pointer.array();
  }

  private byte[] build(int vcpus, List<Integer> virtioSlots) {
    for (int cpu = 0; cpu < vcpus; cpu++) {
      processor(cpu);
    }
    entry(1).put((byte) 0).put(ascii("ISA   "));
    entry(2).put((byte) ioapicId).put((byte) IOAPIC_VERSION).put((byte) 1).putInt((int) Layout.IOAPIC);
    for (int gsi = 0; gsi < Layout.IOAPIC_PINS; gsi++) {
      if (isVirtio(gsi, virtioSlots)) {
        interrupt(3, INT, LEVEL_ACTIVE_LOW, gsi, ioapicId, gsi);
      } else if (gsi < 16 && gsi != Layout.PIT_GSI) {
        interrupt(3, INT, CONFORMING, gsi, ioapicId, gsi == 0 ? Layout.PIT_GSI : gsi);
      }
    }
    interrupt(4, EXT_INT, CONFORMING, 0, ALL_LOCAL_APICS, 0);
    interrupt(4, NMI, CONFORMING, 0, ALL_LOCAL_APICS, 1);
    return finish();
  }

  private static boolean isVirtio(int gsi, List<Integer> virtioSlots) {
    return virtioSlots.stream().anyMatch(slot -> Layout.virtioGsi(slot) == gsi);
  }

  /** MP 1.4, 4.3.1: enabled, the first is the bootstrap processor; family 6 with an APIC and an FPU. */
  private void processor(int cpu) {
    entry(0).put((byte) cpu).put((byte) APIC_VERSION).put((byte) (cpu == 0 ? 3 : 1));
    table.putInt(0x600).putInt(0x201).putLong(0);
  }

  /** MP 1.4, 4.3.4 and 4.3.5: from an interrupt of the ISA bus to a pin of an APIC. */
  private void interrupt(int type, int kind, int flags, int busIrq, int apic, int pin) {
    entry(type).put((byte) kind).putShort((short) flags).put((byte) 0).put((byte) busIrq);
    table.put((byte) apic).put((byte) pin);
  }

  private ByteBuffer entry(int type) {
    entries++;
    return table.put((byte) type);
  }

  /** Fills in the header (MP 1.4, 4.2), which could not be known before. */
  private byte[] finish() {
    int length = table.position();
    byte[] bytes = new byte[length];
    table.put(0, ascii("PCMP")).putShort(4, (short) length).put(6, (byte) 4);
    table.put(8, ascii("DEMITAS ")).put(16, ascii("MICROVM     "));
    table.putShort(34, (short) entries).putInt(36, (int) Layout.LAPIC);
    table.get(0, bytes);
    bytes[7] = checksum(bytes);
    return bytes;
  }

  private static byte checksum(byte[] bytes) {
    int sum = 0;
    for (byte b : bytes) {
      sum += b;
    }
    return (byte) -sum;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
