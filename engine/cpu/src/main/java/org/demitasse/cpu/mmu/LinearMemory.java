package org.demitasse.cpu.mmu;

import java.util.Arrays;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.fault.RunAlone;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;
import org.jspecify.annotations.Nullable;

/**
 * Memory as one CPU's instructions see it, by linear address: a direct-mapped soft TLB kept outside the Java heap in
 * front of page walks, RAM and devices.
 *
 * <p>A TLB entry is four longs: read tag, write tag, one unused, and what to add to a linear address to get the host
 * address. A tag is the page's linear address, or {@link #NO_TAG}. There is one TLB for user accesses, one for
 * supervisor accesses, and one for supervisor accesses while AC lifts SMAP; {@link #select()} chooses. An access within
 * a page costs one compare. Pages of devices are never in the TLB, pages with decoded code never have a write tag. A
 * fourth TLB stays empty: it is chosen while alignment is checked, so that every access comes to the slow path.
 *
 * <p>Instruction fetches have {@link FetchTranslations} of their own: what data accesses find in the TLB must not
 * depend on whether code is interpreted or translated.
 */
public final class LinearMemory {
  /** Number of entries of one TLB. */
  public static final int ENTRIES = 1024;

  /** Bytes of one entry. */
  public static final int ENTRY_BYTES = 32;

  /** Offset of the read tag in an entry. */
  public static final int READ_TAG = 0;

  /** Offset of the write tag. */
  public static final int WRITE_TAG = 8;

  /** Offset of the addend. */
  public static final int ADDEND = 24;

  /** Mask that gives an entry's byte offset from a linear address shifted right by {@link #INDEX_SHIFT}. */
  public static final long INDEX_MASK = (ENTRIES - 1) * (long) ENTRY_BYTES;

  /** See {@link #INDEX_MASK}. */
  public static final int INDEX_SHIFT = 7;

  /** A tag that no address has. */
  public static final long NO_TAG = 1;

  private static final long PAGE_MASK = -4096L;
  private static final long ALL_BITS = -1L;
  private static final int USER = 0;
  private static final int SUPERVISOR = 1;
  private static final int SUPERVISOR_AC = 2;
  private static final int CONTEXTS = 3;
  private static final int CONTEXT_BYTES = ENTRIES * ENTRY_BYTES;

  private final GuestMemory memory;
  private final Bus mmio;
  private final SystemRegisters sys;
  private final GuestFault fault;
  private final PageWalk walk;
  private final RunAlone runAlone = new RunAlone();
  private final HostMemory.Block block = HostMemory.allocate((CONTEXTS + 1L) * CONTEXT_BYTES);
  private final FetchTranslations fetches = new FetchTranslations();
  private final int[] filled = new int[ENTRIES];
  private int filledCount;

  /** Bit n: a 2-MiB page was walked for whose number ends in these six bits; all bits: a larger one. */
  private long largeRegions;

  private CodeWatcher code;
  private ApicPage apic = ApicPage.NONE;
  private AccessWatch watch = AccessWatch.NONE;

  /** Where writes are noted, or null: then no page has a write tag. */
  private @Nullable WriteJournal journal;

  /** Address of the TLB in use. */
  private long tlb;

  private int context;

  /** True while the running block is one instruction: only then may it touch a device. */
  public boolean alone;

  /**
   * The last linear address of flat segments, past which nothing wraps around: 4 GiB - 1, or -1 where it does not
   * apply.
   */
  public long lastLinear = -1;

  /** Page walks made: TLB misses. */
  public long walks;

  /** Complete TLB flushes. */
  public long flushes;

  /** Moment counter: changes whenever a mapping that was used for fetching may have changed. */
  public int fetchEpoch;

  /** The local APIC's page: a window over everything else, per CPU. */
  public interface ApicPage {
    /** No APIC. */
    ApicPage NONE =
        new ApicPage() {
          @Override
          public long base() {
            return -1;
          }

          @Override
          public long read(int offset, int size) {
            return 0;
          }

          @Override
          public void write(int offset, int size, long value) {}
        };

    /** gpa of the page, or -1 while it is off. */
    long base();

    /** Reads at an offset in the page. */
    long read(int offset, int size);

    /** Writes at an offset in the page. */
    void write(int offset, int size, long value);
  }

  /** Sees accesses to chosen pages: data breakpoints and watchpoints. */
  public interface AccessWatch {
    /** Watches nothing. */
    AccessWatch NONE =
        new AccessWatch() {
          @Override
          public boolean watches(long page) {
            return false;
          }

          @Override
          public boolean stops(long linear, int size, boolean write) {
            return false;
          }

          @Override
          public void accessed(long linear, int size, boolean write) {}
        };

    /** Says whether a linear page (its address) is watched; a change of the answer needs {@link #flush()}. */
    boolean watches(long page);

    /** Says whether the machine will stop after an access, so that its instruction must be alone in its block. */
    boolean stops(long linear, int size, boolean write);

    /** An instruction accesses bytes in a watched page. */
    void accessed(long linear, int size, boolean write);
  }

  public LinearMemory(GuestMemory memory, Bus mmio, SystemRegisters sys, GuestFault fault, CodeWatcher code) {
    this.memory = memory;
    this.mmio = mmio;
    this.sys = sys;
    this.fault = fault;
    this.code = code;
    this.walk = new PageWalk(memory, sys, fault);
    clear(0, (CONTEXTS + 1) * CONTEXT_BYTES);
    select();
  }

  /** Sets who is told of writes to code. */
  public void watchCode(CodeWatcher watcher) {
    code = watcher;
  }

  /** Sets the local APIC's page. */
  public void mapApic(ApicPage page) {
    apic = page;
  }

  /** Looks at the same APIC page and the same watched pages as another view. */
  public void seeAs(LinearMemory other) {
    apic = other.apic;
    watch = other.watch;
  }

  /** From now on each write of RAM is told to a journal first; null ends that. */
  public void journal(@Nullable WriteJournal to) {
    journal = to;
    forgetWrites();
  }

  /** Sets who sees accesses to watched pages. */
  public void watchAccesses(AccessWatch accessWatch) {
    watch = accessWatch;
    flush();
  }

  /** Chooses the TLB by CPL, AC, CR0.AM and CR4.SMAP; to be called whenever one of them has changed. */
  public void select() {
    if (sys.cpl == 3) {
      use(USER);
      if ((sys.eflags & Flags.AC) != 0 && (sys.cr0 & SystemRegisters.CR0_AM) != 0) {
        tlb = emptyTlb();
      }
    } else {
      use((sys.cr4 & SystemRegisters.CR4_SMAP) != 0 && (sys.eflags & Flags.AC) != 0 ? SUPERVISOR_AC : SUPERVISOR);
    }
  }

  private long emptyTlb() {
    return block.address() + (long) CONTEXTS * CONTEXT_BYTES;
  }

  /** Says whether accesses must be aligned: CR0.AM, EFLAGS.AC and CPL 3 (Intel SDM vol. 3, 6.15, #AC). */
  public boolean checksAlignment() {
    return tlb == emptyTlb();
  }

  /** Lifts the check of alignment within one instruction; {@link #select()} brings it back. */
  public void liftAlignment() {
    use(context);
  }

  /**
   * Raises #AC if alignment is checked and an operand is not aligned to its power of two bytes; that comes after what a
   * non-canonical address raises and before page faults. Operands of up to eight bytes are checked without this.
   */
  public void requireAligned(long linear, int size) {
    if ((linear & size - 1) != 0 && checksAlignment()) {
      checkInside(linear, size);
      throw fault.with(GuestFault.AC, 0);
    }
  }

  // --- reads
  // -------------------------------------------------------------------------------------------------------------

  /** Reads 1 byte, zero-extended. */
  public int read8(long linear) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + READ_TAG) == (linear & PAGE_MASK)) {
      return HostMemory.getByte(linear + HostMemory.getLong(entry + ADDEND)) & 0xff;
    }
    return (int) slowRead(linear, 1);
  }

  /** Reads 2 bytes, zero-extended. */
  public int read16(long linear) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + READ_TAG) == (linear + 1 & PAGE_MASK)) {
      return HostMemory.getShort(linear + HostMemory.getLong(entry + ADDEND)) & 0xffff;
    }
    return (int) slowRead(linear, 2);
  }

  /** Reads 4 bytes. */
  public int read32(long linear) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + READ_TAG) == (linear + 3 & PAGE_MASK)) {
      return HostMemory.getInt(linear + HostMemory.getLong(entry + ADDEND));
    }
    return (int) slowRead(linear, 4);
  }

  /** Reads 8 bytes. */
  public long read64(long linear) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + READ_TAG) == (linear + 7 & PAGE_MASK)) {
      return HostMemory.getLong(linear + HostMemory.getLong(entry + ADDEND));
    }
    return slowRead(linear, 8);
  }

  /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
  public long read(long linear, int size) {
    return switch (size) {
      case 1 -> read8(linear);
      case 2 -> read16(linear);
      case 4 -> read32(linear) & 0xffff_ffffL;
      default -> read64(linear);
    };
  }

  // --- writes
  // ------------------------------------------------------------------------------------------------------------

  /** Writes 1 byte. */
  public void write8(long linear, int value) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + WRITE_TAG) == (linear & PAGE_MASK)) {
      HostMemory.putByte(linear + HostMemory.getLong(entry + ADDEND), (byte) value);
    } else {
      slowWrite(linear, 1, value);
    }
  }

  /** Writes 2 bytes. */
  public void write16(long linear, int value) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + WRITE_TAG) == (linear + 1 & PAGE_MASK)) {
      HostMemory.putShort(linear + HostMemory.getLong(entry + ADDEND), (short) value);
    } else {
      slowWrite(linear, 2, value);
    }
  }

  /** Writes 4 bytes. */
  public void write32(long linear, int value) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + WRITE_TAG) == (linear + 3 & PAGE_MASK)) {
      HostMemory.putInt(linear + HostMemory.getLong(entry + ADDEND), value);
    } else {
      slowWrite(linear, 4, value);
    }
  }

  /** Writes 8 bytes. */
  public void write64(long linear, long value) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + WRITE_TAG) == (linear + 7 & PAGE_MASK)) {
      HostMemory.putLong(linear + HostMemory.getLong(entry + ADDEND), value);
    } else {
      slowWrite(linear, 8, value);
    }
  }

  /** Writes the low 1, 2, 4 or 8 bytes. */
  public void write(long linear, int size, long value) {
    switch (size) {
      case 1 -> write8(linear, (int) value);
      case 2 -> write16(linear, (int) value);
      case 4 -> write32(linear, (int) value);
      default -> write64(linear, value);
    }
  }

  // --- read-modify-write: the read half faults as a write does
  // -----------------------------------------------------------

  /** Reads 1, 2, 4 or 8 bytes (zero-extended) that the same instruction will write back: faults as a write does. */
  public long readForWrite(long linear, int size) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + WRITE_TAG) != (linear + size - 1 & PAGE_MASK)) {
      probeWrite(linear, size);
    }
    return read(linear, size);
  }

  /**
   * Checks that a write of {@code size} bytes (at most 4096) will not fault, so that an instruction of several stores
   * can be restarted. A device is not touched; outside a block of its own, RunAlone is thrown for one.
   */
  public void probeWrite(long linear, int size) {
    probe(linear, size, true);
  }

  /** Checks that a read of {@code size} bytes (at most 4096) will not fault. */
  public void probeRead(long linear, int size) {
    probe(linear, size, false);
  }

  private void probe(long linear, int size, boolean write) {
    checkInside(linear, size); // before any page fault
    if (size <= 8) { // larger operands have rules of their own
      requireAligned(linear, size);
    }
    probePage(linear, (int) Math.min(size, 4096 - (linear & 4095)), write);
    long last = linear + size - 1;
    if (((linear ^ last) & PAGE_MASK) != 0) {
      probePage(wrap(last & PAGE_MASK), (int) (last & 4095) + 1, write);
    }
  }

  private void probePage(long linear, int size, boolean write) {
    long gpa = translate(linear, write);
    if (memory.hostAddress(gpa) == 0 || isApic(gpa)) {
      requireAlone();
      return;
    }
    if (watch.watches(linear & PAGE_MASK) && watch.stops(linear, size, write)) {
      requireAlone();
    }
    if (write && code.isCode(gpa)) {
      code.beforeWrite(gpa, size);
    }
  }

  // --- supervisor accesses that the CPU itself makes: descriptor tables, TSS
  // -----------------------------------------------

  /** Reads 1, 2, 4 or 8 bytes (zero-extended) as the processor's own supervisor access, whatever the CPL. */
  public long systemRead(long linear, int size) {
    int before = context;
    long tlbBefore = tlb;
    use(SUPERVISOR);
    try {
      return read(linear, size);
    } finally {
      context = before;
      tlb = tlbBefore;
    }
  }

  /** Writes 1, 2, 4 or 8 bytes as the processor's own supervisor access, whatever the CPL. */
  public void systemWrite(long linear, int size, long value) {
    int before = context;
    long tlbBefore = tlb;
    use(SUPERVISOR);
    try {
      write(linear, size, value);
    } finally {
      context = before;
      tlb = tlbBefore;
    }
  }

  private void use(int newContext) {
    context = newContext;
    tlb = block.address() + (long) newContext * CONTEXT_BYTES;
  }

  // --- fetching
  // ------------------------------------------------------------------------------------------------------------

  /**
   * Translates an instruction fetch.
   *
   * @return gpa, in RAM
   * @throws GuestFault #PF; #GP for a non-canonical address or one outside RAM
   */
  public long fetch(long linear) {
    boolean user = sys.cpl == 3;
    long known = fetches.find(linear, user);
    if (known != FetchTranslations.NONE) {
      return known;
    }
    checkCanonical(linear);
    walks++;
    long gpa = walk.translate(linear, false, true, user, true);
    if (memory.hostAddress(gpa) == 0) {
      throw fault.with(GuestFault.GP, 0);
    }
    noteLargePage(linear);
    fetches.add(linear, user, gpa);
    return gpa;
  }

  // --- host addresses for bulk paths
  // -----------------------------------------------------------------------------------------

  /**
   * Host address of linear memory for reading, good to the end of its page; 0 if it is a device's. Faults as a read
   * does.
   */
  public long hostForRead(long linear) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + READ_TAG) == (linear & PAGE_MASK)) {
      return linear + HostMemory.getLong(entry + ADDEND);
    }
    long gpa = translate(linear, false);
    return isApic(gpa) || watch.watches(linear & PAGE_MASK) ? 0 : memory.hostAddress(gpa);
  }

  /**
   * Host address of linear memory for writing {@code bytes} within its page; 0 if it is a device's. Faults as a write
   * does, and forgets code there.
   */
  public long hostForWrite(long linear, int bytes) {
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    if (HostMemory.getLong(entry + WRITE_TAG) == (linear & PAGE_MASK)) {
      return linear + HostMemory.getLong(entry + ADDEND);
    }
    long gpa = translate(linear, true);
    long host = isApic(gpa) || watch.watches(linear & PAGE_MASK) ? 0 : memory.hostAddress(gpa);
    if (host != 0 && code.isCode(gpa)) {
      code.beforeWrite(gpa, bytes);
    }
    if (host != 0) {
      note(host, bytes);
    }
    return host;
  }

  // --- slow paths
  // ------------------------------------------------------------------------------------------------------------

  private long wrap(long linear) {
    return (sys.efer & SystemRegisters.EFER_LMA) != 0 ? linear : linear & 0xffff_ffffL;
  }

  private void checkCanonical(long linear) {
    if ((linear << 16 >> 16) != linear && (sys.efer & SystemRegisters.EFER_LMA) != 0) {
      throw fault.withNonCanonical();
    }
  }

  /** Raises #GP or #SS for an operand that is not canonical at both ends, or lies across the end of flat segments. */
  private void checkInside(long linear, int size) {
    checkCanonical(linear);
    checkCanonical(linear + size - 1);
    if (Long.compareUnsigned(linear + size - 1, lastLinear) > 0) {
      throw fault.withNonCanonical();
    }
  }

  /** Translates a data access of the current privilege and fills the TLB. */
  private long translate(long linear, boolean write) {
    checkCanonical(linear);
    walks++;
    boolean user = context == USER;
    boolean userPages = context == SUPERVISOR_AC || (sys.cr4 & SystemRegisters.CR4_SMAP) == 0;
    long gpa = walk.translate(linear, write, false, user, userPages);
    long host = memory.hostAddress(gpa);
    long page = linear & PAGE_MASK;
    if (host == 0 || isApic(gpa)) {
      return gpa;
    }
    if (checksAlignment() || watch.watches(page)) {
      if (write) {
        memory.dirty().mark(memory.pageIndex(gpa));
      }
      return gpa;
    }
    long entry = tlb + (linear >>> INDEX_SHIFT & INDEX_MASK);
    prepare(entry, linear, memory.hostAddress(gpa & PAGE_MASK) - page);
    HostMemory.putLong(entry + READ_TAG, page);
    if (walk.writable
        && journal == null
        && (write || memory.dirty().isDirty(memory.pageIndex(gpa)))
        && !code.isCode(gpa)) {
      memory.dirty().mark(memory.pageIndex(gpa));
      HostMemory.putLong(entry + WRITE_TAG, page);
    } else if (write) {
      memory.dirty().mark(memory.pageIndex(gpa));
    }
    return gpa;
  }

  /** Makes an entry ready for a page: keeps the tags it has of the same mapping, drops those of another. */
  private void prepare(long entry, long linear, long addend) {
    noteLargePage(linear);
    long page = linear & PAGE_MASK;
    boolean same = HostMemory.getLong(entry + ADDEND) == addend && HostMemory.getLong(entry + READ_TAG) == page;
    if (!same) {
      if (filledCount < filled.length) {
        filled[filledCount] = (int) (entry - block.address());
      }
      filledCount++;
      HostMemory.putLong(entry + READ_TAG, NO_TAG);
      HostMemory.putLong(entry + WRITE_TAG, NO_TAG);
      HostMemory.putLong(entry + ADDEND, addend);
    }
  }

  private void noteLargePage(long linear) {
    if (walk.large) {
      largeRegions |= walk.huge ? ALL_BITS : 1L << (linear >>> 21);
    }
  }

  private boolean isApic(long gpa) {
    return (gpa & PAGE_MASK) == apic.base();
  }

  private void requireAlone() {
    if (!alone) {
      throw runAlone;
    }
  }

  private long slowRead(long linear, int size) {
    if ((linear & 4095) + size > 4096) {
      return readAcross(linear, size);
    }
    requireAligned(linear, size);
    long gpa = translate(linear, false);
    long host = memory.hostAddress(gpa);
    if (isApic(gpa)) {
      requireAlone();
      return apic.read((int) (gpa & 4095), size);
    }
    if (watch.watches(linear & PAGE_MASK)) {
      accessed(linear, size, false);
    }
    if (host != 0) {
      return switch (size) {
        case 1 -> HostMemory.getByte(host) & 0xff;
        case 2 -> HostMemory.getShort(host) & 0xffff;
        case 4 -> HostMemory.getInt(host) & 0xffff_ffffL;
        default -> HostMemory.getLong(host);
      };
    }
    requireAlone();
    return mmio.read(gpa, size) & ALL_BITS >>> 64 - size * 8; // a device may leave bits above
  }

  private void accessed(long linear, int size, boolean write) {
    if (watch.stops(linear, size, write)) {
      requireAlone();
    }
    watch.accessed(linear, size, write);
  }

  private long readAcross(long linear, int size) {
    probe(linear, size, false);
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (long) read8(wrap(linear + i)) << (i * 8);
    }
    return value;
  }

  private void slowWrite(long linear, int size, long value) {
    if ((linear & 4095) + size > 4096) {
      probe(linear, size, true);
      for (int i = 0; i < size; i++) {
        write8(wrap(linear + i), (int) (value >>> (i * 8)));
      }
      return;
    }
    requireAligned(linear, size);
    long gpa = translate(linear, true);
    long host = memory.hostAddress(gpa);
    if (isApic(gpa)) {
      requireAlone();
      apic.write((int) (gpa & 4095), size, value);
      return;
    }
    if (host == 0) {
      requireAlone();
      mmio.write(gpa, size, value & ALL_BITS >>> 64 - size * 8);
      return;
    }
    if (watch.watches(linear & PAGE_MASK)) {
      accessed(linear, size, true);
    }
    if (code.isCode(gpa)) {
      code.beforeWrite(gpa, size);
    }
    note(host, size);
    switch (size) {
      case 1 -> HostMemory.putByte(host, (byte) value);
      case 2 -> HostMemory.putShort(host, (short) value);
      case 4 -> HostMemory.putInt(host, (int) value);
      default -> HostMemory.putLong(host, value);
    }
  }

  private void note(long host, int bytes) {
    WriteJournal noted = journal;
    if (noted != null) {
      noted.writing(host, bytes);
    }
  }

  // --- invalidation
  // ----------------------------------------------------------------------------------------------------------

  /** Forgets all translations, global ones too: the architecture allows it at any time. */
  public void flush() {
    flushes++;
    fetchEpoch++;
    largeRegions = 0;
    fetches.clear();
    if (filledCount <= filled.length) {
      for (int i = 0; i < filledCount; i++) {
        clear(filled[i], ENTRY_BYTES);
      }
    } else {
      clear(0, CONTEXTS * CONTEXT_BYTES);
    }
    filledCount = 0;
  }

  /** Forgets the translation of one page (INVLPG). */
  public void flushPage(long linear) {
    if ((largeRegions >>> (linear >>> 21) & 1) != 0) {
      flush();
      return;
    }
    fetchEpoch++;
    fetches.remove(linear);
    long page = linear & PAGE_MASK;
    for (int i = 0; i < CONTEXTS; i++) {
      long entry = (long) i * CONTEXT_BYTES + (linear >>> INDEX_SHIFT & INDEX_MASK);
      if (HostMemory.getLong(block.address() + entry + READ_TAG) == page) {
        clear((int) entry, ENTRY_BYTES);
      }
    }
  }

  /** Takes away all write permissions: pages became code, or the dirty bitmap was cleared. */
  public void forgetWrites() {
    for (long entry = 0; entry < (long) CONTEXTS * CONTEXT_BYTES; entry += ENTRY_BYTES) {
      HostMemory.putLong(block.address() + entry + WRITE_TAG, NO_TAG);
    }
  }

  private void clear(int from, int bytes) {
    for (long entry = block.address() + from; entry < block.address() + from + bytes; entry += ENTRY_BYTES) {
      HostMemory.putLong(entry + READ_TAG, NO_TAG);
      HostMemory.putLong(entry + WRITE_TAG, NO_TAG);
    }
  }

  /** Translates as a supervisor read without any side effect on TLB or CR2: for debuggers. -1 if not mapped. */
  public long peek(long linear) {
    long cr2 = sys.cr2;
    try {
      return walk.translate(linear, false, false, false, true);
    } catch (GuestFault unmapped) {
      return -1;
    } finally {
      sys.cr2 = cr2;
    }
  }

  /** The RAM behind it. */
  public GuestMemory guestMemory() {
    return memory;
  }

  /** Copies of tags for tests: whether a linear page is in the current TLB. */
  boolean cached(long linear) {
    return HostMemory.getLong(tlb + (linear >>> INDEX_SHIFT & INDEX_MASK)) == (linear & PAGE_MASK);
  }

  /** Frees the TLB. */
  public void close() {
    Arrays.fill(filled, 0);
    HostMemory.free(block);
  }
}
