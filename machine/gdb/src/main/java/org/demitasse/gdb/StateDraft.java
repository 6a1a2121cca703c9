package org.demitasse.gdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;

/** A vCPU's state with fields that a debugger may change, then made into a state again. */
final class StateDraft {
  /** IA32_EFER. */
  static final int MSR_EFER = 0xc000_0080;

  /** EFER.LMA: long mode is active. */
  static final long EFER_LMA = 1 << 10;

  /** IA32_KERNEL_GS_BASE. */
  static final int MSR_KERNEL_GS_BASE = 0xc000_0102;

  private final VcpuState from;
  final long[] gpr;
  long rip;
  long rflags;
  final Segment[] segments;
  long cr0;
  long cr2;
  long cr3;
  long cr4;
  long cr8;
  final long[] dr;
  final ByteBuffer xsave;
  final SortedMap<Integer, Long> msrs;

  StateDraft(VcpuState from) {
    this.from = from;
    gpr = from.gpr().clone();
    rip = from.rip();
    rflags = from.rflags();
    segments = from.segments().clone();
    cr0 = from.cr0();
    cr2 = from.cr2();
    cr3 = from.cr3();
    cr4 = from.cr4();
    cr8 = from.cr8();
    dr = from.dr().clone();
    xsave =
        ByteBuffer.wrap(Arrays.copyOf(from.xsave(), Math.max(from.xsave().length, 576))).order(ByteOrder.LITTLE_ENDIAN);
    msrs = new TreeMap<>(from.msrs());
  }

  VcpuState state() {
    byte[] area = Arrays.copyOf(xsave.array(), from.xsave().length);
    return new VcpuState(
        gpr,
        rip,
        rflags,
        segments,
        from.ldtr(),
        from.tr(),
        from.gdtr(),
        from.idtr(),
        cr0,
        cr2,
        cr3,
        cr4,
        cr8,
        from.xcr0(),
        dr,
        area,
        msrs,
        from.activity(),
        from.interruptShadow(),
        from.nmiMasked());
  }

  /** What it was made from. */
  VcpuState from() {
    return from;
  }

  DescriptorTable gdtr() {
    return from.gdtr();
  }

  DescriptorTable idtr() {
    return from.idtr();
  }

  long msr(int number) {
    return msrs.getOrDefault(number, 0L);
  }

  void setSelector(int number, int selector) {
    Segment old = segments[number];
    segments[number] = new Segment(selector & 0xffff, old.base(), old.limit(), old.attributes());
  }

  void setBase(int number, long base) {
    Segment old = segments[number];
    segments[number] = new Segment(old.selector(), base, old.limit(), old.attributes());
  }

  /** The 16-bit tag word of the x87 registers, from the abridged one that FXSAVE has (Intel SDM vol. 1, 8.1.7). */
  int tagWord() {
    int abridged = xsave.get(4) & 0xff;
    int top = xsave.getShort(2) >> 11 & 7;
    int tags = 0;
    for (int physical = 0; physical < 8; physical++) {
      int tag = (abridged >> physical & 1) == 0 ? 3 : tag(32 + 16 * (physical - top & 7));
      tags |= tag << physical * 2;
    }
    return tags;
  }

  private int tag(int offset) {
    int exponent = xsave.getShort(offset + 8) & 0x7fff;
    long mantissa = xsave.getLong(offset);
    if (exponent == 0) {
      return mantissa == 0 ? 1 : 2;
    }
    return exponent == 0x7fff || mantissa >= 0 ? 2 : 0;
  }

  void setTagWord(int tags) {
    int abridged = 0;
    for (int physical = 0; physical < 8; physical++) {
      abridged |= (tags >> physical * 2 & 3) == 3 ? 0 : 1 << physical;
    }
    xsave.put(4, (byte) abridged);
  }

  /** The legacy parts of the XSAVE area are in use from now on (Intel SDM vol. 1, 13.4.2). */
  void useLegacyComponents() {
    xsave.putLong(512, xsave.getLong(512) | 3);
  }
}
