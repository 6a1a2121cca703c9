package org.demitasse.gdb;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;

/** Reads a vCPU's page tables as they are in memory (Intel SDM vol. 3, 4.3-4.5), without setting anything in them. */
final class PageTables {
  private static final long P = 1;
  private static final long PS = 1 << 7;
  private static final long NX = 1L << 63;
  private static final long ADDRESS = 0xf_ffff_ffff_f000L;
  private static final int CR4_PAE = 1 << 5;
  private static final int CR4_PSE = 1 << 4;

  /** A hostile guest's tables can hold themselves and be endless. */
  private static final int MAX_TABLES = 20_000;

  /**
   * One mapping.
   *
   * @param linear where
   * @param bytes how much
   * @param gpa to where
   * @param entry the leaf, with the rights of all levels in bits 1 and 2, and in bit 63
   */
  record Mapping(long linear, long bytes, long gpa, long entry) {
    /** The rights: user, writable, executable. */
    String rights() {
      return ((entry & 4) != 0 ? "u" : "-") + "r" + ((entry & 2) != 0 ? "w" : "-") + (entry < 0 ? "-" : "x");
    }

    /** Rights, and what is set of accessed, dirty, global. */
    String flags() {
      return rights()
          + " "
          + ((entry & 32) != 0 ? "a" : "-")
          + ((entry & 64) != 0 ? "d" : "-")
          + ((entry & 256) != 0 ? "g" : "-");
    }
  }

  private final GuestMemory memory;
  private final List<Mapping> mappings = new ArrayList<>();
  private final int most;
  private int tables;
  private boolean complete = true;

  private PageTables(GuestMemory memory, int most) {
    this.memory = memory;
    this.most = most;
  }

  /** What was found, and whether that is all. */
  record Found(List<Mapping> mappings, boolean complete) {}

  /** All mappings in order, at most so many; none if paging is off. */
  static Found read(VcpuState state, GuestMemory memory, int most) {
    PageTables reader = new PageTables(memory, most);
    if (state.cr0() < 0 || (state.cr0() & 0x8000_0000L) == 0) {
      return new Found(List.of(), true);
    }
    if ((state.cr4() & CR4_PAE) == 0) {
      reader.table32(state.cr3() & 0xffff_f000L, 22, 0, 6, (state.cr4() & CR4_PSE) != 0);
    } else if ((state.msrs().getOrDefault(StateDraft.MSR_EFER, 0L) & StateDraft.EFER_LMA) != 0) {
      reader.table(state.cr3() & ADDRESS, 39, 512, 0, 6);
    } else {
      reader.table(state.cr3() & 0xffff_ffe0L, 30, 4, 0, 6);
    }
    return new Found(reader.mappings, reader.complete);
  }

  private boolean mayRead(long table, long bytes) {
    complete &= tables < MAX_TABLES && mappings.size() < most;
    return complete && ++tables > 0 && memory.contains(table, bytes);
  }

  private void table(long table, int shift, int entries, long linear, long rights) {
    if (!mayRead(table, entries * 8L)) {
      return;
    }
    for (int i = 0; i < entries && complete; i++) {
      long entry = memory.readLong(table + i * 8L);
      if ((entry & P) == 0) {
        continue;
      }
      long here = linear | (long) i << shift;
      boolean pointersOnly = entries == 4; // a PDPTE of PAE paging has no rights
      long together = pointersOnly ? rights : rights & entry & 6 | (rights | entry) & NX;
      if (shift == 12 || (entry & PS) != 0 && shift <= 30 && !pointersOnly) {
        long mask = (1L << shift) - 1;
        add(shift == 39 ? here : here << 16 >> 16, 1L << shift, entry & ADDRESS & ~mask, entry & ~6 & ~NX | together);
      } else {
        table(entry & ADDRESS, shift - 9, 512, here, together);
      }
    }
  }

  private void table32(long table, int shift, long linear, long rights, boolean largePages) {
    if (!mayRead(table, 4096)) {
      return;
    }
    for (int i = 0; i < 1024 && complete; i++) {
      long entry = memory.readInt(table + i * 4L) & 0xffff_ffffL;
      if ((entry & P) == 0) {
        continue;
      }
      long here = linear | (long) i << shift;
      long together = rights & entry;
      if (shift == 22 && (largePages && (entry & PS) != 0)) {
        add(here, 1L << 22, entry & 0xffc0_0000L | (entry >>> 13 & 0xff) << 32, entry & ~6 | together);
      } else if (shift == 22) {
        table32(entry & 0xffff_f000L, 12, here, together, false);
      } else {
        add(here, 4096, entry & 0xffff_f000L, entry & ~6 | together);
      }
    }
  }

  private void add(long linear, long bytes, long gpa, long entry) {
    mappings.add(new Mapping(linear, bytes, gpa, entry));
  }
}
