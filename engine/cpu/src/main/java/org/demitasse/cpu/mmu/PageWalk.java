package org.demitasse.cpu.mmu;

import org.demitasse.core.memory.GuestMemory;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;

/**
 * Translates linear addresses by the guest's page tables: 32-bit, PAE and 4-level paging (Intel SDM vol. 3, 4.3-4.5),
 * with accessed and dirty bits, NX, WP, SMEP and SMAP, and the error code of a page fault (4.7).
 */
final class PageWalk {
  /** Physical-address width that CPUID 0x80000008 tells. */
  static final int PHYSICAL_BITS = 40;

  private static final long P = 1;
  private static final long RW = 1 << 1;
  private static final long US = 1 << 2;
  private static final long A = 1 << 5;
  private static final long D = 1 << 6;
  private static final long PS = 1 << 7;
  private static final long NX = 1L << 63;
  private static final long ADDRESS = ((1L << PHYSICAL_BITS) - 1) & ~0xfffL;
  private static final long RESERVED = ((1L << 52) - 1) & ~((1L << PHYSICAL_BITS) - 1);

  private static final int ERROR_PRESENT = 1;
  private static final int ERROR_WRITE = 2;
  private static final int ERROR_USER = 4;
  private static final int ERROR_RESERVED = 8;
  private static final int ERROR_FETCH = 16;

  private final GuestMemory memory;
  private final SystemRegisters sys;
  private final GuestFault fault;

  /** After a walk: the page may be written too without another walk (writable and already dirty). */
  boolean writable;

  /** After a walk: the page may be fetched from. */
  boolean executable;

  /** After a walk: the page is larger than 4 KiB. */
  boolean large;

  /** After a walk: the page is larger than 2 MiB. */
  boolean huge;

  PageWalk(GuestMemory memory, SystemRegisters sys, GuestFault fault) {
    this.memory = memory;
    this.sys = sys;
    this.fault = fault;
  }

  /**
   * Translates, setting accessed and dirty bits.
   *
   * @param user the access has user privilege
   * @param userPagesAllowed a supervisor data access may touch user pages (SMAP off, or AC set)
   * @return the gpa
   * @throws GuestFault #PF, with CR2 set
   */
  long translate(long linear, boolean write, boolean fetch, boolean user, boolean userPagesAllowed) {
    large = false;
    huge = false;
    if ((sys.cr0 & SystemRegisters.CR0_PG) == 0) {
      writable = true;
      executable = true;
      return linear & 0xffff_ffffL;
    }
    long leafAddress;
    long leaf;
    int shift;
    boolean nxOn = (sys.efer & SystemRegisters.EFER_NXE) != 0;
    long rights; // RW and US of all levels, and-ed; NX or-ed into a bit of its own
    boolean noExecute = false;
    boolean wide = (sys.cr4 & SystemRegisters.CR4_PAE) != 0;
    if (wide) {
      long table;
      rights = RW | US;
      if ((sys.efer & SystemRegisters.EFER_LMA) != 0) {
        table = sys.cr3 & ADDRESS;
        shift = 39;
      } else {
        long pdpte = sys.pdpte[(int) (linear >>> 30) & 3];
        if ((pdpte & P) == 0) {
          throw pageFault(linear, 0, write, fetch, user);
        }
        table = pdpte & ADDRESS;
        shift = 21;
      }
      while (true) {
        leafAddress = table + ((linear >>> shift & 511) << 3);
        leaf = readEntry(leafAddress, linear, write, fetch, user);
        if ((leaf & P) == 0) {
          throw pageFault(linear, 0, write, fetch, user);
        }
        boolean isLeaf = shift == 12 || ((leaf & PS) != 0 && shift <= 30);
        long mustBeZero = RESERVED | (nxOn ? 0 : NX) | ((leaf & PS) != 0 && shift == 39 ? PS : 0);
        if (isLeaf && shift > 12) {
          mustBeZero |= ((1L << shift) - 1) & ~0x1fffL;
        }
        if ((sys.efer & SystemRegisters.EFER_LMA) == 0) {
          mustBeZero |= 0x7ff0_0000_0000_0000L;
        }
        if ((leaf & mustBeZero) != 0) {
          throw pageFault(linear, ERROR_PRESENT | ERROR_RESERVED, write, fetch, user);
        }
        rights &= leaf;
        noExecute |= leaf < 0;
        if (isLeaf) {
          break;
        }
        if ((leaf & A) == 0) {
          memory.writeLong(leafAddress, leaf | A);
        }
        table = leaf & ADDRESS;
        shift -= 9;
      }
    } else {
      long directory = (sys.cr3 & 0xffff_f000L) + ((linear >>> 22 & 1023) << 2);
      leafAddress = directory;
      leaf = readEntry32(directory, linear, write, fetch, user);
      if ((leaf & P) == 0) {
        throw pageFault(linear, 0, write, fetch, user);
      }
      rights = leaf & (RW | US);
      if ((leaf & PS) != 0 && (sys.cr4 & SystemRegisters.CR4_PSE) != 0) {
        shift = 22;
        if ((leaf & 0x3f_0000L & ~0x1f_e000L) != 0) {
          throw pageFault(linear, ERROR_PRESENT | ERROR_RESERVED, write, fetch, user);
        }
      } else {
        shift = 12;
        if ((leaf & A) == 0) {
          memory.writeInt(directory, (int) (leaf | A));
        }
        leafAddress = (leaf & 0xffff_f000L) + ((linear >>> 12 & 1023) << 2);
        leaf = readEntry32(leafAddress, linear, write, fetch, user);
        if ((leaf & P) == 0) {
          throw pageFault(linear, 0, write, fetch, user);
        }
        rights &= leaf;
      }
    }
    boolean userPage = (rights & US) != 0;
    boolean mayWrite = (rights & RW) != 0 || (!user && (sys.cr0 & SystemRegisters.CR0_WP) == 0);
    boolean mayFetch = !(noExecute && nxOn) && (user || !userPage || (sys.cr4 & SystemRegisters.CR4_SMEP) == 0);
    boolean mayTouch = user ? userPage : !userPage || fetch || userPagesAllowed;
    if (!mayTouch || (write && !mayWrite) || (fetch && !mayFetch)) {
      throw pageFault(linear, ERROR_PRESENT, write, fetch, user);
    }
    long wanted = write ? A | D : A;
    if ((leaf & wanted) != wanted) {
      leaf |= wanted;
      if (wide) {
        memory.writeLong(leafAddress, leaf);
      } else {
        memory.writeInt(leafAddress, (int) leaf);
      }
    }
    writable = mayWrite && (leaf & D) != 0 && (user || !userPage || userPagesAllowed);
    executable = mayFetch;
    large = shift > 12;
    huge = shift > 21;
    long pageMask = (1L << shift) - 1;
    long frame = wide ? leaf & ADDRESS : leaf & 0xffff_f000L;
    if (!wide && shift == 22) {
      frame = (leaf & 0xffc0_0000L) | (leaf >>> 13 & 0xff) << 32;
    }
    return (frame & ~pageMask) | (linear & pageMask);
  }

  private long readEntry(long gpa, long linear, boolean write, boolean fetch, boolean user) {
    if (!memory.contains(gpa, 8)) {
      throw pageFault(linear, ERROR_PRESENT | ERROR_RESERVED, write, fetch, user);
    }
    return memory.readLong(gpa);
  }

  private long readEntry32(long gpa, long linear, boolean write, boolean fetch, boolean user) {
    if (!memory.contains(gpa, 4)) {
      throw pageFault(linear, ERROR_PRESENT | ERROR_RESERVED, write, fetch, user);
    }
    return memory.readInt(gpa) & 0xffff_ffffL;
  }

  private GuestFault pageFault(long linear, int cause, boolean write, boolean fetch, boolean user) {
    sys.cr2 = linear;
    boolean tellsFetch =
        fetch
            && ((sys.cr4 & SystemRegisters.CR4_SMEP) != 0
                || ((sys.efer & SystemRegisters.EFER_NXE) != 0 && (sys.cr4 & SystemRegisters.CR4_PAE) != 0));
    return fault.with(
        GuestFault.PF, cause | (write ? ERROR_WRITE : 0) | (user ? ERROR_USER : 0) | (tellsFetch ? ERROR_FETCH : 0));
  }
}
