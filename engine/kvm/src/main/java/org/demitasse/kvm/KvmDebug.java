package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.KVM_SET_GUEST_DEBUG;
import static org.demitasse.kvm.abi.Requests.KVM_TRANSLATE;
import static org.demitasse.kvm.abi.Structures.KVM_GUESTDBG_BLOCKIRQ;
import static org.demitasse.kvm.abi.Structures.KVM_GUESTDBG_ENABLE;
import static org.demitasse.kvm.abi.Structures.KVM_GUESTDBG_SINGLESTEP;
import static org.demitasse.kvm.abi.Structures.KVM_GUESTDBG_USE_HW_BP;
import static org.demitasse.kvm.abi.Structures.KVM_GUEST_DEBUG;
import static org.demitasse.kvm.abi.Structures.KVM_GUEST_DEBUG__ARCH__DEBUGREG;
import static org.demitasse.kvm.abi.Structures.KVM_GUEST_DEBUG__CONTROL;
import static org.demitasse.kvm.abi.Structures.KVM_RUN__DEBUG__ARCH__DR6;
import static org.demitasse.kvm.abi.Structures.KVM_TRANSLATION;
import static org.demitasse.kvm.abi.Structures.KVM_TRANSLATION__LINEAR_ADDRESS;
import static org.demitasse.kvm.abi.Structures.KVM_TRANSLATION__PHYSICAL_ADDRESS;
import static org.demitasse.kvm.abi.Structures.KVM_TRANSLATION__VALID;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.DebugTarget;

/** A debugger's hold on one vCPU: the CPU's own four debug registers, which the guest then does not have. */
final class KvmDebug implements DebugTarget {
  private static final int REGISTERS = 4;
  private static final int DR7 = 7;
  private static final long DR7_EXACT = 0x700; // bit 10 reads as one; LE and GE

  private record Point(Kind kind, long linear, int length) {
    /** R/W and LEN bits of DR7 (Intel SDM volume 3, 18.2.4). */
    long control() {
      long access = kind == Kind.EXECUTE ? 0 : kind == Kind.WRITE ? 1 : 3;
      long size = kind == Kind.EXECUTE ? 0 : length == 8 ? 2 : length - 1L;
      return size << 2 | access;
    }
  }

  private final KvmVcpu vcpu;
  private final List<Point> points = new ArrayList<>();
  private boolean singleStep;
  private boolean interruptsHeld;
  private boolean held;
  private long watchHit = -1;

  KvmDebug(KvmVcpu vcpu) {
    this.vcpu = vcpu;
  }

  @Override
  public boolean addBreakpoint(Kind kind, long linear, int length) {
    Point point = new Point(kind, linear, length);
    if (points.contains(point)) {
      return true;
    }
    boolean aligned = kind == Kind.EXECUTE || (linear & (length - 1)) == 0;
    if (points.size() == REGISTERS || !aligned) {
      return false;
    }
    points.add(point);
    apply();
    return true;
  }

  @Override
  public boolean removeBreakpoint(Kind kind, long linear, int length) {
    boolean was = points.remove(new Point(kind, linear, length));
    apply();
    return was;
  }

  @Override
  public void setSingleStep(boolean on) {
    singleStep = on;
    apply();
  }

  /** Since Linux 5.15; a KVM before that passes over it. */
  @Override
  public void setInterruptsHeld(boolean on) {
    interruptsHeld = on;
    apply();
  }

  @Override
  public void setHeld(boolean on) {
    held = on;
  }

  /** Whether this vCPU is not to run while others do. */
  boolean isHeld() {
    return held;
  }

  private void apply() {
    long at = vcpu.libc().cleared(KVM_GUEST_DEBUG);
    int control = singleStep ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0;
    control |= singleStep && interruptsHeld ? KVM_GUESTDBG_BLOCKIRQ : 0;
    long dr7 = DR7_EXACT;
    for (int i = 0; i < points.size(); i++) {
      control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
      HostMemory.putLong(at + KVM_GUEST_DEBUG__ARCH__DEBUGREG + i * 8L, points.get(i).linear());
      dr7 |= 2L << 2 * i | points.get(i).control() << 16 + 4 * i;
    }
    HostMemory.putLong(at + KVM_GUEST_DEBUG__ARCH__DEBUGREG + DR7 * 8L, dr7);
    HostMemory.putInt(at + KVM_GUEST_DEBUG__CONTROL, control);
    vcpu.request(KVM_SET_GUEST_DEBUG, at, "KVM_SET_GUEST_DEBUG");
  }

  @Override
  public long translate(long linear) {
    long at = vcpu.libc().cleared(KVM_TRANSLATION);
    HostMemory.putLong(at + KVM_TRANSLATION__LINEAR_ADDRESS, linear);
    boolean done = vcpu.tryRequest(KVM_TRANSLATE, at) == 0 && HostMemory.getByte(at + KVM_TRANSLATION__VALID) != 0;
    return done ? HostMemory.getLong(at + KVM_TRANSLATION__PHYSICAL_ADDRESS) : -1;
  }

  @Override
  public long watchHit() {
    return watchHit;
  }

  /** A run begins: the last stop is over. */
  void resume() {
    watchHit = -1;
  }

  /** The vCPU has stopped for one of ours: remembers which watchpoint it was, if it was one. */
  void stopped() {
    long dr6 = vcpu.runLong(KVM_RUN__DEBUG__ARCH__DR6);
    for (int i = 0; i < points.size(); i++) {
      if ((dr6 & 1L << i) != 0 && points.get(i).kind() != Kind.EXECUTE) {
        watchHit = points.get(i).linear();
      }
    }
  }
}
