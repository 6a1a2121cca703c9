package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.*;
import static org.demitasse.kvm.abi.Structures.*;

import java.util.SortedMap;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.core.vcpu.VcpuState.Activity;

/** Copies a vCPU's registers between the kernel and the engine-independent {@link VcpuState}. */
final class VcpuRegisters {
  /** Where struct kvm_regs has RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI. */
  private static final int[] LOW_GPR = {
    KVM_REGS__RAX,
    KVM_REGS__RCX,
    KVM_REGS__RDX,
    KVM_REGS__RBX,
    KVM_REGS__RSP,
    KVM_REGS__RBP,
    KVM_REGS__RSI,
    KVM_REGS__RDI
  };

  /** Where struct kvm_sregs has ES, CS, SS, DS, FS, GS. */
  private static final int[] SEGMENTS = {
    KVM_SREGS__ES, KVM_SREGS__CS, KVM_SREGS__SS, KVM_SREGS__DS, KVM_SREGS__FS, KVM_SREGS__GS
  };

  private static final int MSR_EFER = 0xc000_0080;
  private static final int MSR_APIC_BASE = 0x1b;

  /** XSAVE area with x87 and SSE only: what every engine takes. */
  private static final int LEGACY_XSAVE = 576;

  private final KvmVcpu vcpu;
  private final MsrBank msrs;

  VcpuRegisters(KvmVcpu vcpu, int[] msrNumbers) {
    this.vcpu = vcpu;
    msrs = new MsrBank(vcpu, msrNumbers);
  }

  // --- save
  // --------------------------------------------------------------------------------------------------------------

  VcpuState save() {
    SortedMap<Integer, Long> named = msrs.save();
    int activity = vcpu.multiprocessingState();
    long events = get(KVM_GET_VCPU_EVENTS, KVM_VCPU_EVENTS, "KVM_GET_VCPU_EVENTS");
    boolean shadow = HostMemory.getByte(events + KVM_VCPU_EVENTS__INTERRUPT__SHADOW) != 0;
    boolean nmiMasked = HostMemory.getByte(events + KVM_VCPU_EVENTS__NMI__MASKED) != 0;
    long[] dr = saveDebugRegisters();
    long xcr0 = saveXcr0();
    byte[] xsave = saveXsave(xcr0);
    long regs = get(KVM_GET_REGS, KVM_REGS, "KVM_GET_REGS");
    long[] gpr = new long[16];
    for (int i = 0; i < 16; i++) {
      gpr[i] = HostMemory.getLong(regs + gprOffset(i));
    }
    long rip = HostMemory.getLong(regs + KVM_REGS__RIP);
    long rflags = HostMemory.getLong(regs + KVM_REGS__RFLAGS);
    long sregs = get(KVM_GET_SREGS, KVM_SREGS, "KVM_GET_SREGS");
    Segment[] segments = new Segment[6];
    for (int i = 0; i < 6; i++) {
      segments[i] = segment(sregs + SEGMENTS[i]);
    }
    named.put(MSR_EFER, HostMemory.getLong(sregs + KVM_SREGS__EFER));
    named.put(MSR_APIC_BASE, HostMemory.getLong(sregs + KVM_SREGS__APIC_BASE));
    return new VcpuState(
        gpr,
        rip,
        rflags,
        segments,
        segment(sregs + KVM_SREGS__LDT),
        segment(sregs + KVM_SREGS__TR),
        table(sregs + KVM_SREGS__GDT),
        table(sregs + KVM_SREGS__IDT),
        HostMemory.getLong(sregs + KVM_SREGS__CR0),
        HostMemory.getLong(sregs + KVM_SREGS__CR2),
        HostMemory.getLong(sregs + KVM_SREGS__CR3),
        HostMemory.getLong(sregs + KVM_SREGS__CR4),
        HostMemory.getLong(sregs + KVM_SREGS__CR8),
        xcr0,
        dr,
        xsave,
        named,
        activity(activity),
        shadow,
        nmiMasked);
  }

  private long get(long request, int bytes, String name) {
    long at = vcpu.libc().cleared(bytes);
    vcpu.request(request, at, name);
    return at;
  }

  private static int gprOffset(int number) {
    return number < 8 ? LOW_GPR[number] : KVM_REGS__R8 + (number - 8) * 8;
  }

  private static Activity activity(int state) {
    return switch (state) {
      case KVM_MP_STATE_HALTED -> Activity.HALTED;
      case KVM_MP_STATE_UNINITIALIZED, KVM_MP_STATE_INIT_RECEIVED, KVM_MP_STATE_SIPI_RECEIVED -> Activity.WAIT_FOR_SIPI;
      default -> Activity.RUNNING;
    };
  }

  private long[] saveDebugRegisters() {
    long at = get(KVM_GET_DEBUGREGS, KVM_DEBUGREGS, "KVM_GET_DEBUGREGS");
    long[] dr = new long[6];
    for (int i = 0; i < 4; i++) {
      dr[i] = HostMemory.getLong(at + KVM_DEBUGREGS__DB + i * 8L);
    }
    dr[4] = HostMemory.getLong(at + KVM_DEBUGREGS__DR6);
    dr[5] = HostMemory.getLong(at + KVM_DEBUGREGS__DR7);
    return dr;
  }

  private long saveXcr0() {
    long at = get(KVM_GET_XCRS, KVM_XCRS, "KVM_GET_XCRS");
    int count = HostMemory.getInt(at + KVM_XCRS__NR_XCRS);
    for (int i = 0; i < count; i++) {
      long xcr = at + KVM_XCRS__XCRS + i * 16L;
      if (HostMemory.getInt(xcr + KVM_XCR__XCR) == 0) {
        return HostMemory.getLong(xcr + KVM_XCR__VALUE);
      }
    }
    return 1; // a host without XSAVE
  }

  private byte[] saveXsave(long xcr0) {
    long at = get(KVM_GET_XSAVE, KVM_XSAVE, "KVM_GET_XSAVE");
    byte[] area = new byte[(xcr0 & ~3) == 0 ? LEGACY_XSAVE : KVM_XSAVE];
    for (int i = 0; i < area.length; i++) {
      area[i] = HostMemory.getByte(at + i);
    }
    return area;
  }

  private static Segment segment(long at) {
    int attributes =
        HostMemory.getByte(at + KVM_SEGMENT__TYPE) & 0xf
            | (HostMemory.getByte(at + KVM_SEGMENT__S) & 1) << 4
            | (HostMemory.getByte(at + KVM_SEGMENT__DPL) & 3) << 5
            | (HostMemory.getByte(at + KVM_SEGMENT__PRESENT) & 1) << 7
            | (HostMemory.getByte(at + KVM_SEGMENT__AVL) & 1) << 8
            | (HostMemory.getByte(at + KVM_SEGMENT__L) & 1) << 9
            | (HostMemory.getByte(at + KVM_SEGMENT__DB) & 1) << 10
            | (HostMemory.getByte(at + KVM_SEGMENT__G) & 1) << 11
            | (HostMemory.getByte(at + KVM_SEGMENT__UNUSABLE) & 1) << 12;
    return new Segment(
        HostMemory.getShort(at + KVM_SEGMENT__SELECTOR) & 0xffff,
        HostMemory.getLong(at + KVM_SEGMENT__BASE),
        HostMemory.getInt(at + KVM_SEGMENT__LIMIT) & 0xffff_ffffL,
        attributes);
  }

  private static DescriptorTable table(long at) {
    return new DescriptorTable(
        HostMemory.getLong(at + KVM_DTABLE__BASE), HostMemory.getShort(at + KVM_DTABLE__LIMIT) & 0xffff);
  }

  // --- restore
  // -----------------------------------------------------------------------------------------------------------

  /**
   * Sets everything that a state names. Control registers come first, as what the others may hold depends on them.
   *
   * @throws IllegalArgumentException for a state that this host's KVM cannot enter
   */
  void restore(VcpuState state) {
    require(state.gpr().length == 16, "gpr has %d registers", state.gpr().length);
    require(state.segments().length == 6, "segments has %d registers", state.segments().length);
    require(state.dr().length == 6, "dr has %d registers", state.dr().length);
    require(state.xsave().length <= KVM_XSAVE, "xsave has %d bytes", state.xsave().length);
    restoreSpecial(state);
    restoreXcr0(state.xcr0());
    restoreXsave(state.xsave());
    restoreGeneral(state);
    msrs.restore(state.msrs());
    restoreDebugRegisters(state.dr());
    restoreEvents(state);
    restoreActivity(state.activity());
  }

  private static void require(boolean holds, String what, long value) {
    if (!holds) {
      throw new IllegalArgumentException("vCPU state: " + what.formatted(value));
    }
  }

  private void set(long request, long at, String name, String field, long value) {
    int result = vcpu.tryRequest(request, at);
    require(result >= 0, field + " 0x%x is refused by " + name, value);
  }

  private void restoreSpecial(VcpuState state) {
    long at = get(KVM_GET_SREGS, KVM_SREGS, "KVM_GET_SREGS");
    for (int i = 0; i < 6; i++) {
      putSegment(at + SEGMENTS[i], state.segments()[i]);
    }
    putSegment(at + KVM_SREGS__LDT, state.ldtr());
    putSegment(at + KVM_SREGS__TR, state.tr());
    putTable(at + KVM_SREGS__GDT, state.gdtr());
    putTable(at + KVM_SREGS__IDT, state.idtr());
    HostMemory.putLong(at + KVM_SREGS__CR0, state.cr0());
    HostMemory.putLong(at + KVM_SREGS__CR2, state.cr2());
    HostMemory.putLong(at + KVM_SREGS__CR3, state.cr3());
    HostMemory.putLong(at + KVM_SREGS__CR4, state.cr4());
    HostMemory.putLong(at + KVM_SREGS__CR8, state.cr8());
    HostMemory.putLong(at + KVM_SREGS__EFER, state.msrs().getOrDefault(MSR_EFER, 0L));
    Long apicBase = state.msrs().get(MSR_APIC_BASE);
    if (apicBase != null) {
      HostMemory.putLong(at + KVM_SREGS__APIC_BASE, apicBase);
    }
    set(KVM_SET_SREGS, at, "KVM_SET_SREGS (segments and control registers)", "cr0", state.cr0());
  }

  private static void putSegment(long at, Segment segment) {
    int attributes = segment.attributes();
    HostMemory.putLong(at + KVM_SEGMENT__BASE, segment.base());
    HostMemory.putInt(at + KVM_SEGMENT__LIMIT, (int) segment.limit());
    HostMemory.putShort(at + KVM_SEGMENT__SELECTOR, (short) segment.selector());
    HostMemory.putByte(at + KVM_SEGMENT__TYPE, (byte) (attributes & 0xf));
    HostMemory.putByte(at + KVM_SEGMENT__S, bit(attributes, 4));
    HostMemory.putByte(at + KVM_SEGMENT__DPL, (byte) (attributes >> 5 & 3));
    HostMemory.putByte(at + KVM_SEGMENT__PRESENT, bit(attributes, 7));
    HostMemory.putByte(at + KVM_SEGMENT__AVL, bit(attributes, 8));
    HostMemory.putByte(at + KVM_SEGMENT__L, bit(attributes, 9));
    HostMemory.putByte(at + KVM_SEGMENT__DB, bit(attributes, 10));
    HostMemory.putByte(at + KVM_SEGMENT__G, bit(attributes, 11));
    HostMemory.putByte(at + KVM_SEGMENT__UNUSABLE, bit(attributes, 12));
  }

  private static byte bit(int attributes, int number) {
    return (byte) (attributes >> number & 1);
  }

  private static void putTable(long at, DescriptorTable table) {
    HostMemory.putLong(at + KVM_DTABLE__BASE, table.base());
    HostMemory.putShort(at + KVM_DTABLE__LIMIT, (short) table.limit());
  }

  private void restoreXcr0(long xcr0) {
    long at = vcpu.libc().cleared(KVM_XCRS);
    HostMemory.putInt(at + KVM_XCRS__NR_XCRS, 1);
    HostMemory.putLong(at + KVM_XCRS__XCRS + KVM_XCR__VALUE, xcr0);
    set(KVM_SET_XCRS, at, "KVM_SET_XCRS", "xcr0", xcr0);
  }

  private void restoreXsave(byte[] area) {
    long at = vcpu.libc().cleared(KVM_XSAVE);
    for (int i = 0; i < area.length; i++) {
      HostMemory.putByte(at + i, area[i]);
    }
    set(KVM_SET_XSAVE, at, "KVM_SET_XSAVE", "xsave components", HostMemory.getLong(at + 512));
  }

  private void restoreGeneral(VcpuState state) {
    long at = vcpu.libc().cleared(KVM_REGS);
    for (int i = 0; i < 16; i++) {
      HostMemory.putLong(at + gprOffset(i), state.gpr()[i]);
    }
    HostMemory.putLong(at + KVM_REGS__RIP, state.rip());
    HostMemory.putLong(at + KVM_REGS__RFLAGS, state.rflags() | 2);
    set(KVM_SET_REGS, at, "KVM_SET_REGS", "rip", state.rip());
  }

  private void restoreDebugRegisters(long[] dr) {
    long at = vcpu.libc().cleared(KVM_DEBUGREGS);
    for (int i = 0; i < 4; i++) {
      HostMemory.putLong(at + KVM_DEBUGREGS__DB + i * 8L, dr[i]);
    }
    HostMemory.putLong(at + KVM_DEBUGREGS__DR6, dr[4] & 0xffff_ffffL);
    HostMemory.putLong(at + KVM_DEBUGREGS__DR7, dr[5] & 0xffff_ffffL);
    set(KVM_SET_DEBUGREGS, at, "KVM_SET_DEBUGREGS", "dr7", dr[5]);
  }

  private void restoreEvents(VcpuState state) {
    long at = get(KVM_GET_VCPU_EVENTS, KVM_VCPU_EVENTS, "KVM_GET_VCPU_EVENTS");
    HostMemory.putByte(at + KVM_VCPU_EVENTS__INTERRUPT__SHADOW, (byte) (state.interruptShadow() ? 1 : 0));
    HostMemory.putByte(at + KVM_VCPU_EVENTS__NMI__MASKED, (byte) (state.nmiMasked() ? 1 : 0));
    int flags = HostMemory.getInt(at + KVM_VCPU_EVENTS__FLAGS);
    HostMemory.putInt(at + KVM_VCPU_EVENTS__FLAGS, flags | KVM_VCPUEVENT_VALID_SHADOW);
    vcpu.request(KVM_SET_VCPU_EVENTS, at, "KVM_SET_VCPU_EVENTS");
  }

  private void restoreActivity(Activity activity) {
    long at = vcpu.libc().cleared(KVM_MP_STATE);
    HostMemory.putInt(
        at,
        switch (activity) {
          case RUNNING -> KVM_MP_STATE_RUNNABLE;
          case HALTED -> KVM_MP_STATE_HALTED;
          case WAIT_FOR_SIPI -> KVM_MP_STATE_UNINITIALIZED;
        });
    vcpu.request(KVM_SET_MP_STATE, at, "KVM_SET_MP_STATE");
  }
}
