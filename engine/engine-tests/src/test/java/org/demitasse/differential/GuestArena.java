package org.demitasse.differential;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Segment;

/**
 * Guest memory with the pages of {@link Arena}, four-level page tables, and a supervisor part that turns every
 * exception into a HLT whose address tells the vector.
 */
final class GuestArena {
  static final long BYTES = 0x20_0000;
  static final long CR0 = 0x8005_0033L; // PG, AM, WP, NE, ET, MP, PE
  static final long CR3 = 0x1000;
  static final long CR4 = 0x5_0ea0L; // OSXSAVE, FSGSBASE, UMIP, OSXMMEXCPT, OSFXSR, PGE, PAE
  static final long EFER = 0xd01; // SCE, LME, LMA, NXE

  /** Where the supervisor part is: no user address can name it. */
  static final long SUPERVISOR = 0xffff_8000_0000_0000L;

  static final DescriptorTable GDTR = new DescriptorTable(SUPERVISOR + 0xa000, LinuxTables.GDT_LIMIT);
  static final DescriptorTable IDTR = new DescriptorTable(SUPERVISOR + 0xc000, 0xfff);
  static final Segment LDTR = new Segment(0x50, SUPERVISOR + 0xb000, LinuxTables.LDT_LIMIT, 0x82);
  static final Segment TR = new Segment(LinuxTables.TASK, SUPERVISOR + 0xd000, 0x67, 0x8b);

  private static final long STUBS = 0xe000;
  private static final int STUB_BYTES = 16;
  private static final long STACK_TOP = 0x1_0000;
  private static final long CODE_GPA = 0x1_0000;
  private static final long DATA_GPA = 0x1_1000;
  private static final long READ_ONLY_GPA = 0x1_3000;
  private static final long LOW_GPA = 0x1_4000;

  private static final long PRESENT = 1;
  private static final long WRITABLE = 2;
  private static final long USER = 4;
  private static final long ACCESSED_DIRTY = 0x60;
  private static final long NO_EXECUTE = Long.MIN_VALUE;

  private final GuestMemory memory;
  private final MemorySegment[] windows;
  private final MemorySegment[] pristine = new MemorySegment[3];

  GuestArena(GuestMemory memory) {
    this.memory = memory;
    buildPageTables();
    memory.writeBytes(0xa000, LinuxTables.gdt(TR, LDTR));
    memory.writeBytes(0xb000, LinuxTables.ldt());
    buildExceptionTables();
    fillCode();
    windows =
        new MemorySegment[] {
          memory.sliceForWrite(DATA_GPA, Arena.PAGE),
          memory.sliceForWrite(DATA_GPA + Arena.PAGE, Arena.PAGE),
          memory.sliceForWrite(LOW_GPA, Arena.PAGE)
        };
  }

  private void buildPageTables() {
    long table = PRESENT | WRITABLE | USER | ACCESSED_DIRTY;
    memory.writeLong(CR3, 0x2000 | table);
    memory.writeLong(CR3 + 8 * 256, 0x7000 | table);
    memory.writeLong(0x2000, 0x3000 | table);
    memory.writeLong(0x3000, 0x4000 | table);
    memory.writeLong(0x3000 + 8 * (Arena.CODE >>> 21), 0x5000 | table);
    memory.writeLong(0x3000 + 8 * (Arena.DATA >>> 21), 0x6000 | table);
    memory.writeLong(0x4000 + 8 * (Arena.LOW >>> 12), LOW_GPA | table | NO_EXECUTE);
    memory.writeLong(0x5000, CODE_GPA | PRESENT | USER | ACCESSED_DIRTY);
    memory.writeLong(0x6000, DATA_GPA | table | NO_EXECUTE);
    memory.writeLong(0x6008, DATA_GPA + Arena.PAGE | table | NO_EXECUTE);
    memory.writeLong(0x6010, READ_ONLY_GPA | PRESENT | USER | ACCESSED_DIRTY | NO_EXECUTE);
    memory.writeLong(0x7000, 0x8000 | table);
    memory.writeLong(0x8000, 0x9000 | table);
    for (long page = 0; page < 16; page++) {
      memory.writeLong(0x9000 + 8 * page, page << 12 | PRESENT | WRITABLE | ACCESSED_DIRTY);
    }
  }

  private void buildExceptionTables() {
    memory.writeLong(0xd000 + 4, SUPERVISOR + STACK_TOP); // RSP0 of the task state segment
    memory.writeShort(0xd000 + 0x66, 0x68); // no I/O permission map
    for (int vector = 0; vector < 256; vector++) {
      long stub = SUPERVISOR + STUBS + STUB_BYTES * (long) vector;
      boolean user = vector == 3 || vector == 4;
      long gate =
          stub & 0xffff
              | (long) LinuxTables.KERNEL_CODE << 16
              | (user ? 0xeeL : 0x8eL) << 40
              | (stub >>> 16 & 0xffff) << 48;
      memory.writeLong(0xc000 + 16L * vector, gate);
      memory.writeLong(0xc000 + 16L * vector + 8, stub >>> 32);
      memory.writeBytes(
          STUBS + STUB_BYTES * (long) vector, new byte[] {(byte) 0xf4, (byte) 0xeb, (byte) 0xfd}); // HLT; JMP back
    }
  }

  private void fillCode() {
    memory.sliceForWrite(CODE_GPA, Arena.PAGE).fill((byte) 0xcc);
  }

  /** Brings the data pages to what cases of a data seed start from. */
  void load(byte[] contents) {
    MemorySegment source = MemorySegment.ofArray(contents);
    for (int i = 0; i < 3; i++) {
      pristine[i] = source.asSlice((long) i * Arena.PAGE, Arena.PAGE);
      windows[i].copyFrom(pristine[i]);
    }
    memory.sliceForWrite(READ_ONLY_GPA, Arena.PAGE).copyFrom(source.asSlice(3L * Arena.PAGE, Arena.PAGE));
  }

  void enter(TestCase test) {
    MemorySegment.copy(test.code, 0, codeSlice(test), ValueLayout.JAVA_BYTE, 0, test.codeBytes);
    if (test.patchBytes > 0) {
      long gpa =
          test.patchAddress >= Arena.DATA
              ? test.patchAddress - Arena.DATA + DATA_GPA
              : test.patchAddress - Arena.LOW + LOW_GPA;
      MemorySegment.copy(
          test.patch, 0, memory.sliceForWrite(gpa, test.patchBytes), ValueLayout.JAVA_BYTE, 0, test.patchBytes);
    }
  }

  private MemorySegment codeSlice(TestCase test) {
    return memory.sliceForWrite(test.codeAddress() - Arena.CODE + CODE_GPA, test.codeBytes);
  }

  /** Takes back what a case wrote to its data, but leaves its code. */
  void restoreData() {
    for (int page = 0; page < 3; page++) {
      windows[page].copyFrom(pristine[page]);
    }
  }

  /** Records what a case wrote, and takes it back. */
  void leave(TestCase test, Outcome outcome) {
    codeSlice(test).fill((byte) 0xcc);
    outcome.clearChanges();
    for (int page = 0; page < 3; page++) {
      long at = windows[page].mismatch(pristine[page]);
      if (at < 0) {
        continue;
      }
      for (long word = at >>> 3; word < Arena.PAGE / 8; word++) {
        long now = windows[page].get(ValueLayout.JAVA_LONG_UNALIGNED, word * 8);
        long was = pristine[page].get(ValueLayout.JAVA_LONG_UNALIGNED, word * 8);
        if (now != was) {
          outcome.addChange((int) (page * (Arena.PAGE / 8) + word), now);
        }
      }
      windows[page].copyFrom(pristine[page]);
    }
  }

  /** Vector whose stub the HLT at an address belongs to, or -1. */
  static int vectorOf(long haltRip) {
    long offset = haltRip - SUPERVISOR - STUBS;
    return offset >= 0 && offset < 256 * STUB_BYTES && (offset % STUB_BYTES) <= 1 ? (int) (offset / STUB_BYTES) : -1;
  }

  /** Reads what the exception pushed. */
  void readFrame(long rsp, Outcome outcome) {
    long at = rsp - SUPERVISOR;
    outcome.error = 0;
    if (outcome.hasErrorCode() && at == STACK_TOP - 48) {
      outcome.error = (int) memory.readLong(at);
      at += 8;
    }
    outcome.rip = memory.readLong(at);
    outcome.cs = (int) memory.readLong(at + 8) & 0xffff;
    outcome.rflags = memory.readLong(at + 16);
    outcome.gpr[4] = memory.readLong(at + 24);
    outcome.ss = (int) memory.readLong(at + 32) & 0xffff;
  }

  static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
