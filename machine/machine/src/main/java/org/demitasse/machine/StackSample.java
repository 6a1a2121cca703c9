package org.demitasse.machine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.core.vcpu.VcpuState.Activity;
import org.demitasse.trace.flow.SampleRecorder.Doing;

/**
 * Where a vCPU is and who called: by the chain of frame pointers, as far as it makes sense.
 *
 * @param doing what it does
 * @param stack addresses of the kernel's instructions, the outermost caller first
 */
record StackSample(Doing doing, List<Long> stack) {
  /** The privilege level of programs. */
  static final int USER_PRIVILEGE = 3;

  private static final int MOST_FRAMES = 64;
  private static final int MSR_EFER = 0xc000_0080;
  private static final int EFER_LMA = 1 << 10;

  /** A frame is above the one that it called, and not far away. */
  private static final long LARGEST_FRAME = 1 << 16;

  /** Looks at a vCPU that does not run. */
  static StackSample of(Vcpu vcpu, GuestMemory memory) {
    VcpuState state = vcpu.save();
    if (state.activity() != Activity.RUNNING) {
      return new StackSample(Doing.HALTED, List.of());
    }
    if (privilege(state) == USER_PRIVILEGE) {
      return new StackSample(Doing.USER, List.of());
    }
    int width = (state.msrs().getOrDefault(MSR_EFER, 0L) & EFER_LMA) != 0 ? 8 : 4;
    List<Long> stack = new ArrayList<>();
    stack.add(state.segments()[VcpuState.CS].base() + state.rip());
    long frame = state.gpr()[5];
    long below = state.gpr()[4] - 1;
    while (stack.size() < MOST_FRAMES && frame > below && frame - below < LARGEST_FRAME) {
      long caller = word(vcpu, memory, frame + width, width);
      long next = word(vcpu, memory, frame, width);
      if (caller == 0) {
        break;
      }
      stack.add(caller - 1); // in the call, not behind it: that may be another function
      below = frame;
      frame = next;
    }
    Collections.reverse(stack);
    return new StackSample(Doing.KERNEL, stack);
  }

  /** The current privilege level: that of the stack (Intel SDM vol. 3, 5.5). */
  static int privilege(VcpuState state) {
    return state.segments()[VcpuState.SS].attributes() >> 5 & 3;
  }

  /** A word of the guest's, or 0 if it is not mapped to RAM. */
  private static long word(Vcpu vcpu, GuestMemory memory, long linear, int width) {
    long gpa = (linear & 4095) + width > 4096 ? -1 : vcpu.debug().translate(linear);
    if (gpa < 0 || !memory.contains(gpa, width)) {
      return 0;
    }
    return width == 8 ? memory.readLong(gpa) : memory.readInt(gpa) & 0xffff_ffffL;
  }
}
