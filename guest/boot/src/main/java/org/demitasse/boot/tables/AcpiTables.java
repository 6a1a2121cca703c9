package org.demitasse.boot.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.boot.Layout;
import org.demitasse.core.memory.GuestMemory;

/**
 * The ACPI tables (ACPI 6.5, chapter 5): RSDP, RSDT and XSDT, FADT, FACS, MADT and DSDT, all below 1 MiB.
 *
 * <p>The machine is hardware-reduced (4.1): a kernel needs no PIC, no PIT and no PM timer then, and switches off and
 * resets through one register each.
 */
public final class AcpiTables {
  private static final int HEADER = 36;
  private static final int FADT_LENGTH = 276;
  private static final int WBINVD = 1;
  private static final int PWR_BUTTON_ABSENT = 1 << 4;
  private static final int SLP_BUTTON_ABSENT = 1 << 5;
  private static final int RESET_REG_SUP = 1 << 10;
  private static final int HW_REDUCED_ACPI = 1 << 20;
  private static final int LEGACY_DEVICES = 1;
  private static final int VGA_NOT_PRESENT = 1 << 2;
  private static final int RTC_CENTURY = 0x32;

  private final GuestMemory memory;
  private long next = Layout.ACPI_TABLES;

  private AcpiTables(GuestMemory memory) {
    this.memory = memory;
  }

  /**
   * Writes all tables.
   *
   * @param memory guest memory of at least 1 MiB
   * @param vcpus how many processors, 1-254
   * @param virtioSlots the slots that get an LNRO0005 device, in the order in which the guest shall number them
   * @return gpa of the RSDP
   */
  public static long write(GuestMemory memory, int vcpus, List<Integer> virtioSlots) {
    AcpiTables tables = new AcpiTables(memory);
    long facs = tables.put(facs(), 64);
    long dsdt = tables.put(dsdt(vcpus, virtioSlots), 16);
    long fadt = tables.put(fadt(facs, dsdt), 16);
    long madt = tables.put(madt(vcpus), 16);
    long rsdt = tables.put(pointers("RSDT", 4, fadt, madt), 16);
    long xsdt = tables.put(pointers("XSDT", 8, fadt, madt), 16);
    memory.writeBytes(Layout.RSDP, rsdp(rsdt, xsdt));
    return Layout.RSDP;
  }

  private long put(byte[] table, int alignment) {
    long address = (next + alignment - 1) & -alignment;
    next = address + table.length;
    if (next > Layout.MP_TABLE) {
      throw new IllegalStateException("the ACPI tables need 0x%x bytes".formatted(next - Layout.ACPI_TABLES));
    }
    memory.writeBytes(address, table);
    return address;
  }

  /** ACPI 6.5, 5.2.5.3. */
  private static byte[] rsdp(long rsdt, long xsdt) {
    ByteBuffer rsdp = littleEndian(36);
    rsdp.put(ascii("RSD PTR ")).put(9, ascii("DEMITA")).put(15, (byte) 2);
    rsdp.putInt(16, (int) rsdt).putInt(20, 36).putLong(24, xsdt);
    rsdp.put(8, checksum(rsdp.array(), 20));
    rsdp.put(32, checksum(rsdp.array(), 36));
    return rsdp.array();
  }

  private static byte[] pointers(String signature, int size, long... tables) {
    ByteBuffer body = littleEndian(tables.length * size);
    for (long table : tables) {
      if (size == 8) {
        body.putLong(table);
      } else {
        body.putInt((int) table);
      }
    }
    return table(signature, 1, body.array());
  }

  /** ACPI 6.5, 5.2.10. */
  private static byte[] facs() {
    return littleEndian(64).put(ascii("FACS")).putInt(64).put(32, (byte) 2).array();
  }

  /** ACPI 6.5, 5.2.9; offsets are the specification's. */
  private static byte[] fadt(long facs, long dsdt) {
    ByteBuffer fadt = littleEndian(FADT_LENGTH);
    fadt.putInt(36, (int) facs).putInt(40, (int) dsdt);
    fadt.putShort(46, (short) Layout.SCI_GSI);
    fadt.putShort(96, (short) 0xfff).putShort(98, (short) 0xfff); // C2, C3 latencies: not supported
    fadt.put(108, (byte) RTC_CENTURY);
    fadt.putShort(109, (short) (LEGACY_DEVICES | VGA_NOT_PRESENT));
    fadt.putInt(112, WBINVD | PWR_BUTTON_ABSENT | SLP_BUTTON_ABSENT | RESET_REG_SUP | HW_REDUCED_ACPI);
    putPort(fadt, 116, Layout.ACPI_RESET);
    fadt.put(128, (byte) Layout.ACPI_RESET_VALUE).put(131, (byte) 5); // minor version
    fadt.putLong(132, facs).putLong(140, dsdt);
    putPort(fadt, 244, Layout.ACPI_SLEEP_CONTROL);
    putPort(fadt, 256, Layout.ACPI_SLEEP_STATUS);
    byte[] body = new byte[FADT_LENGTH - HEADER];
    fadt.get(HEADER, body);
    return table("FACP", 6, body);
  }

  /** A generic address structure of an 8-bit I/O port (ACPI 6.5, 5.2.3.2). */
  private static void putPort(ByteBuffer table, int offset, int port) {
    table.put(offset, (byte) 1).put(offset + 1, (byte) 8).put(offset + 3, (byte) 1).putLong(offset + 4, port);
  }

  /** ACPI 6.5, 5.2.12. */
  private static byte[] madt(int vcpus) {
    ByteBuffer madt = littleEndian(8 + 8 * vcpus + 12 + 10 + 6);
    madt.putInt((int) Layout.LAPIC).putInt(1); // there are 8259s too
    for (int cpu = 0; cpu < vcpus; cpu++) {
      madt.put((byte) 0).put((byte) 8).put((byte) cpu).put((byte) cpu).putInt(1);
    }
    int ioapicId = vcpus < 15 ? vcpus : 0;
    madt.put((byte) 1).put((byte) 12).put((byte) ioapicId).put((byte) 0).putInt((int) Layout.IOAPIC).putInt(0);
    madt.put((byte) 2).put((byte) 10).put((byte) 0).put((byte) 0).putInt(Layout.PIT_GSI).putShort((short) 0);
    madt.put((byte) 4).put((byte) 6).put((byte) 0xff).putShort((short) 0).put((byte) 1); // NMI on LINT1
    return table("APIC", 5, madt.array());
  }

  private static byte[] dsdt(int vcpus, List<Integer> virtioSlots) {
    List<byte[]> devices = new ArrayList<>();
    for (int cpu = 0; cpu < vcpus; cpu++) {
      devices.add(
          Aml.device(
              "C%03X".formatted(cpu), Aml.name("_HID", Aml.string("ACPI0007")), Aml.name("_UID", Aml.integer(cpu))));
    }
    devices.add(legacy("COM1", "PNP0501", Layout.COM1, 8, Layout.COM1_GSI));
    devices.add(legacy("RTC_", "PNP0B00", Layout.RTC, 2, Layout.RTC_GSI));
    for (int i = 0; i < virtioSlots.size(); i++) {
      devices.add(virtio(i, virtioSlots.get(i)));
    }
    byte[] s5 = Aml.packageOf(Aml.integer(Layout.ACPI_SLEEP_TYPE_S5), Aml.integer(0), Aml.integer(0), Aml.integer(0));
    byte[] body = Aml.join(Aml.name("\\_S5", s5), Aml.scope("\\_SB", devices.toArray(byte[][]::new)));
    return table("DSDT", 2, body);
  }

  /** The device that the Linux driver calls virtio-mmio: cache-coherent, registers, one level-triggered interrupt. */
  private static byte[] virtio(int index, int slot) {
    return Aml.device(
        "VR%02X".formatted(index),
        Aml.name("_HID", Aml.string("LNRO0005")),
        Aml.name("_UID", Aml.integer(index)),
        Aml.name("_CCA", Aml.integer(1)),
        Aml.name(
            "_CRS",
            Aml.resources(
                Aml.memory32(Layout.virtioSlot(slot), Layout.VIRTIO_MMIO_SIZE),
                Aml.interrupt(Layout.virtioGsi(slot), false))));
  }

  private static byte[] legacy(String name, String id, int port, int ports, int gsi) {
    return Aml.device(
        name,
        Aml.name("_HID", Aml.eisaId(id)),
        Aml.name("_UID", Aml.integer(0)),
        Aml.name("_CRS", Aml.resources(Aml.io(port, ports), Aml.interrupt(gsi, true))));
  }

  /** Puts the common header before a table's body (ACPI 6.5, 5.2.6). */
  private static byte[] table(String signature, int revision, byte[] body) {
    ByteBuffer table = littleEndian(HEADER + body.length);
    table.put(ascii(signature)).putInt(HEADER + body.length).put((byte) revision).put((byte) 0);
    table.put(ascii("DEMITA")).put(ascii("MICROVM ")).putInt(1).put(ascii("DEMI")).putInt(1).put(body);
    table.put(9, checksum(table.array(), table.capacity()));
    return table.array();
  }

  private static byte checksum(byte[] bytes, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += bytes[i];
    }
    return (byte) -sum;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
