package org.demitasse.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.demitasse.core.vcpu.Segment;

/** The descriptors that a user program meets on Linux x86-64, and the local ones that hostcpu.c adds. */
final class LinuxTables {
  static final int KERNEL_CODE = 0x10;
  static final int TASK = 0x40;
  static final int GDT_LIMIT = 0x7f;
  static final int LDT_LIMIT = 0x37;

  private static final Segment[] GDT = {
    new Segment(0x08, 0, 0xffff_ffffL, 0xc9b),
    new Segment(0x10, 0, 0xffff_ffffL, 0xa9b),
    new Segment(0x18, 0, 0xffff_ffffL, 0xc93),
    new Segment(0x20, 0, 0xffff_ffffL, 0xcfb),
    new Segment(0x28, 0, 0xffff_ffffL, 0xcf3),
    new Segment(0x30, 0, 0xffff_ffffL, 0xafb),
    new Segment(0x78, 0, 0, 0x4f5)
  };
  private static final Segment[] LDT = {
    new Segment(0x04, Arena.DATA, 0x17ff, 0x4f3),
    new Segment(0x0c, Arena.DATA, 0x1fff, 0x4f1),
    new Segment(0x14, Arena.DATA, 0x0fff, 0x4f7),
    new Segment(0x1c, 0, 0xffff_ffffL, 0xcf9),
    new Segment(0x24, Arena.CODE, 0xffff, 0x0fb),
    new Segment(0x2c, Arena.DATA, 0xffff, 0x0f3),
    new Segment(0x34, Arena.DATA, 0xffff, 0x073)
  };

  private LinuxTables() {}

  /** The GDT's bytes, with a task state segment at {@link #TASK} and the LDT at 0x50, both in 16 bytes. */
  static byte[] gdt(Segment task, Segment ldt) {
    ByteBuffer table = ByteBuffer.allocate(GDT_LIMIT + 1).order(ByteOrder.LITTLE_ENDIAN);
    for (Segment segment : GDT) {
      table.putLong(segment.selector(), descriptor(segment));
    }
    table.putLong(TASK, descriptor(task)).putLong(TASK + 8, task.base() >>> 32);
    table.putLong(0x50, descriptor(ldt)).putLong(0x58, ldt.base() >>> 32);
    return table.array();
  }

  /** The LDT's bytes. */
  static byte[] ldt() {
    ByteBuffer table = ByteBuffer.allocate(LDT_LIMIT + 1).order(ByteOrder.LITTLE_ENDIAN);
    for (Segment segment : LDT) {
      table.putLong(segment.selector() & ~7, descriptor(segment));
    }
    return table.array();
  }

  private static long descriptor(Segment segment) {
    long limit = (segment.attributes() & 0x800) != 0 ? segment.limit() >>> 12 : segment.limit();
    long attributes = segment.attributes();
    return limit & 0xffff
        | (segment.base() & 0xff_ffffL) << 16
        | (attributes & 0xff) << 40
        | (limit >>> 16 & 0xf) << 48
        | (attributes >>> 8 & 0xf) << 52
        | (segment.base() >>> 24 & 0xff) << 56;
  }

  /** What a user-mode load of a selector leaves in a segment register; {@code base} counts for a null selector. */
  static Segment load(int selector, long base) {
    if ((selector & ~3) == 0) {
      return new Segment(selector, base, 0, Segment.UNUSABLE);
    }
    for (Segment segment : (selector & 4) == 0 ? GDT : LDT) {
      if (segment.selector() == (selector & ~3)) {
        return new Segment(selector, segment.base(), segment.limit(), segment.attributes());
      }
    }
    throw new IllegalArgumentException("no descriptor for the selector 0x%x".formatted(selector));
  }
}
