package org.demitasse.boot.protocol;

import java.util.SortedMap;
import java.util.TreeMap;
import org.demitasse.boot.BootException;
import org.demitasse.boot.Layout;
import org.demitasse.boot.Placement;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;

/** The made-up vCPU states that boot protocols enter a kernel with, and the GDT and page tables that go with them. */
final class EntryState {
  /** Index of RAX in {@link VcpuState#gpr}. */
  static final int RAX = 0;

  /** Index of RBX. */
  static final int RBX = 3;

  /** Index of RSP. */
  static final int RSP = 4;

  /** Index of RSI. */
  static final int RSI = 6;

  private static final int CODE = 0x10; // Linux's __BOOT_CS; the other protocols do not care
  private static final int DATA = 0x18; // Linux's __BOOT_DS
  private static final int TASK = 0x20;
  private static final int CODE_TYPE = 0x9b; // present, ring 0, code, readable, accessed
  private static final int DATA_TYPE = 0x93; // present, ring 0, data, writable, accessed
  private static final int TSS_TYPE = 0x8b; // present, busy 32-bit TSS
  private static final int LONG = 0x200;
  private static final int GRANULAR = 0x800;

  private static final long CR0_PE = 1;
  private static final long CR0_ET = 1 << 4;
  private static final long CR0_NE = 1 << 5;
  private static final long CR0_PG = 1L << 31;
  private static final long CR4_PAE = 1 << 5;
  private static final long EFER_LME = 1 << 8;
  private static final long EFER_LMA = 1 << 10;

  private static final int MSR_APIC_BASE = 0x1b;
  private static final int MSR_MISC_ENABLE = 0x1a0;
  private static final int MSR_PAT = 0x277;
  private static final int MSR_MTRR_DEF_TYPE = 0x2ff;
  private static final int MSR_EFER = 0xc000_0080;

  private EntryState() {}

  /**
   * 32-bit protected mode, flat segments, paging and interrupts off: PVH, multiboot and Linux's 32-bit protocol.
   *
   * @param placement where the GDT goes
   * @param entry first instruction
   * @param gpr RAX to R15
   */
  static VcpuState protectedMode(Placement placement, long entry, long[] gpr) throws BootException {
    DescriptorTable gdt = writeGdt(placement, false);
    Segment code = Segment.flat32(CODE, CODE_TYPE);
    return state(entry, gpr, code, gdt, CR0_PE | CR0_ET, 0, 0, 0);
  }

  /** Long mode with the first 4 GiB mapped one to one, interrupts off: Linux's 64-bit protocol. */
  static VcpuState longMode(Placement placement, long entry, long[] gpr) throws BootException {
    DescriptorTable gdt = writeGdt(placement, true);
    long cr3 = writePageTables(placement);
    Segment code = new Segment(CODE, 0, 0xffff_ffffL, GRANULAR | LONG | CODE_TYPE);
    return state(entry, gpr, code, gdt, CR0_PE | CR0_ET | CR0_NE | CR0_PG, cr3, CR4_PAE, EFER_LME | EFER_LMA);
  }

  private static VcpuState state(
      long entry, long[] gpr, Segment code, DescriptorTable gdt, long cr0, long cr3, long cr4, long efer) {
    Segment data = Segment.flat32(DATA, DATA_TYPE);
    Segment[] segments = {data, code, data, data, data, data};
    return new VcpuState(
        gpr,
        entry,
        2,
        segments,
        Segment.NULL,
        new Segment(TASK, 0, 0x67, TSS_TYPE),
        gdt,
        new DescriptorTable(0, 0),
        cr0,
        0,
        cr3,
        cr4,
        0,
        1,
        new long[] {0, 0, 0, 0, 0xffff_0ff0L, 0x400},
        initialXsave(),
        msrs(efer),
        VcpuState.Activity.RUNNING,
        false,
        false);
  }

  /** What firmware leaves in MSRs: the APIC on and on the bootstrap processor, memory write-back, fast strings. */
  private static SortedMap<Integer, Long> msrs(long efer) {
    SortedMap<Integer, Long> msrs = new TreeMap<>();
    msrs.put(MSR_EFER, efer);
    msrs.put(MSR_APIC_BASE, Layout.LAPIC | 0x900);
    msrs.put(MSR_PAT, 0x0007_0406_0007_0406L);
    msrs.put(MSR_MTRR_DEF_TYPE, 0x806L);
    msrs.put(MSR_MISC_ENABLE, 1L);
    return msrs;
  }

  /**
   * The FXSAVE image after FNINIT, MXCSR 0x1f80, and an XSAVE header that says that all else is in its initial state.
   */
  private static byte[] initialXsave() {
    byte[] area = new byte[512 + 64];
    area[0] = 0x7f;
    area[1] = 0x03;
    area[24] = (byte) 0x80;
    area[25] = 0x1f;
    return area;
  }

  /** Writes a GDT with the segments that are already loaded, so that a kernel may reload them. */
  private static DescriptorTable writeGdt(Placement placement, boolean longMode) throws BootException {
    long[] gdt = new long[5];
    gdt[CODE / 8] = longMode ? 0x00af_9b00_0000_ffffL : 0x00cf_9b00_0000_ffffL;
    gdt[DATA / 8] = 0x00cf_9300_0000_ffffL;
    gdt[TASK / 8] = 0x0000_8b00_0000_0067L;
    long address = placement.place("the GDT", Layout.GDT, gdt.length * 8L);
    for (int i = 0; i < gdt.length; i++) {
      placement.memory().writeLong(address + 8L * i, gdt[i]);
    }
    return new DescriptorTable(address, gdt.length * 8 - 1);
  }

  /** Maps the first 4 GiB one to one with 2 MiB pages: PML4, PDPT, four page directories. */
  private static long writePageTables(Placement placement) throws BootException {
    long root = placement.place("the page tables", Layout.PAGE_TABLES, 6 * 4096);
    GuestMemory memory = placement.memory();
    memory.writeLong(root, root + 0x1000 | 3);
    for (int gib = 0; gib < 4; gib++) {
      long directory = root + 0x2000 + gib * 0x1000L;
      memory.writeLong(root + 0x1000 + gib * 8L, directory | 3);
      for (int page = 0; page < 512; page++) {
        memory.writeLong(directory + page * 8L, (long) gib << 30 | (long) page << 21 | 0x83);
      }
    }
    return root;
  }
}
