package org.demitasse.boot;

/**
 * Every magic address of the machine, with its reason. Addresses are guest-physical.
 *
 * <p>What a boot protocol places below 640 KiB is only the preferred place: a kernel that loads there makes it move.
 */
public final class Layout {
  /** GDT of the entry state. Above the interrupt vector table and the BIOS data area, which kernels read as such. */
  public static final long GDT = 0x500;

  /**
   * PVH start_info, its module list and memory map, in one page; the multiboot information likewise. Not page 2, where
   * NetBSD starts its other processors from.
   */
  public static final long START_INFO = 0x6000;

  /** Linux zero page (boot_params). */
  public static final long ZERO_PAGE = 0x7000;

  /** Identity page tables of the 64-bit entry: PML4, PDPT and four page directories. */
  public static final long PAGE_TABLES = 0x9000;

  /** The command line. */
  public static final long CMDLINE = 0x20000;

  /** Extended BIOS data area: 1 KiB below 640 KiB, one of the places that is searched for the MP floating pointer. */
  public static final long EBDA = 0x9fc00;

  /** End of conventional memory: from here to 1 MiB no kernel is loaded. */
  public static final long CONVENTIONAL_END = 0xa0000;

  /** RSDP: on a 16-byte boundary in [0xe0000, 0x100000), where the ACPI specification (5.2.5.1) has it searched for. */
  public static final long RSDP = 0xe0000;

  /** The other ACPI tables. */
  public static final long ACPI_TABLES = 0xe0040;

  /** The MP configuration table, in the BIOS area. */
  public static final long MP_TABLE = 0xf0000;

  /** ffff:0000, the real-mode alias of the reset vector (Intel SDM volume 3, 9.1.4). */
  public static final long RESET_VECTOR = 0xffff0;

  /**
   * End of what the firmware's tables take. The last page below 1 MiB may be the kernel's: linkers put the file's
   * headers there if the text begins at 1 MiB.
   */
  public static final long FIRMWARE_TABLES_END = 0xff000;

  /** Where memory goes on above the BIOS area. */
  public static final long HIGH_MEMORY = 0x100000;

  /** First virtio-mmio slot, as on QEMU's microvm machine. */
  public static final long VIRTIO_MMIO = 0xfeb0_0000L;

  /** Bytes from one virtio-mmio slot to the next, and of each. */
  public static final int VIRTIO_MMIO_SIZE = 0x200;

  /** How many virtio-mmio slots there are. */
  public static final int VIRTIO_SLOTS = 16;

  /** I/O APIC, the architecture's usual place. */
  public static final long IOAPIC = 0xfec0_0000L;

  /** Pins of the I/O APIC: as many as the one that KVM emulates. */
  public static final int IOAPIC_PINS = 24;

  /** Local APIC, the architecture's reset value. */
  public static final long LAPIC = 0xfee0_0000L;

  /** First port of COM1. */
  public static final int COM1 = 0x3f8;

  /** GSI of COM1. */
  public static final int COM1_GSI = 4;

  /** First port of the real-time clock. */
  public static final int RTC = 0x70;

  /** GSI of the real-time clock. */
  public static final int RTC_GSI = 8;

  /** Pin of the I/O APIC that the PIT is wired to, instead of pin 0, as on any PC with an I/O APIC. */
  public static final int PIT_GSI = 2;

  /** GSI of the ACPI system control interrupt. */
  public static final int SCI_GSI = 9;

  /** ACPI sleep control register, a byte port (ACPI 6.5, 4.8.3.7). */
  public static final int ACPI_SLEEP_CONTROL = 0x60c;

  /** ACPI sleep status register, a byte port. */
  public static final int ACPI_SLEEP_STATUS = 0x60d;

  /** Sleep type of S5. */
  public static final int ACPI_SLEEP_TYPE_S5 = 5;

  /** ACPI reset register: the PC's reset control port. */
  public static final int ACPI_RESET = 0xcf9;

  /** What to write to the reset register. */
  public static final int ACPI_RESET_VALUE = 6;

  /**
   * GSI of each virtio slot: QEMU microvm's 5 + slot where that pin is free, 14 and 15 for slots 3 and 4 (whose pins
   * the real-time clock and the ACPI interrupt have), then the pins that no ISA device ever had.
   */
  private static final int[] VIRTIO_GSI = {5, 6, 7, 14, 15, 10, 11, 12, 16, 17, 18, 19, 20, 21, 22, 23};

  private Layout() {}

  /** Address of a virtio-mmio slot, 0-15. */
  public static long virtioSlot(int slot) {
    if (slot < 0 || slot >= VIRTIO_SLOTS) {
      throw new IllegalArgumentException("there is no virtio slot %d".formatted(slot));
    }
    return VIRTIO_MMIO + (long) slot * VIRTIO_MMIO_SIZE;
  }

  /** GSI of a virtio-mmio slot, 0-15: its pin of the I/O APIC, level-triggered. */
  public static int virtioGsi(int slot) {
    return VIRTIO_GSI[slot];
  }

  /** ID of the I/O APIC: the first behind those of the local APICs, where its register of four bits can hold that. */
  public static int ioapicId(int vcpus) {
    return vcpus < 15 ? vcpus : 0;
  }
}
