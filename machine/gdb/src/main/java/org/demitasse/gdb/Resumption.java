package org.demitasse.gdb;

import java.util.List;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.core.vcpu.Vcpu;

/** How the vCPUs go on: which of them step, run, or are held. */
final class Resumption {
  private static final int ALL = -1;

  private final List<? extends Vcpu> vcpus;
  private final boolean interruptsInSteps;

  Resumption(List<? extends Vcpu> vcpus, boolean interruptsInSteps) {
    this.vcpus = vcpus;
    this.interruptsInSteps = interruptsInSteps;
  }

  /** All of them stand: nothing is left of the last time. */
  void stand() {
    for (Vcpu vcpu : vcpus) {
      set(vcpu.debug(), false, false);
    }
  }

  /** Lets all run; one of them only one instruction, if it is not -1. */
  void all(int stepping) {
    for (Vcpu vcpu : vcpus) {
      set(vcpu.debug(), vcpu.index() == stepping, false);
    }
  }

  /** Lets only one run. */
  void only(int index, boolean step) {
    for (Vcpu vcpu : vcpus) {
      set(vcpu.debug(), step && vcpu.index() == index, vcpu.index() != index);
    }
  }

  /**
   * Does what vCont says: for each vCPU the first action that names it or all; those without one are held.
   *
   * @throws BadPacketException for an action that there is not, or if none is for a vCPU that there is
   */
  void actions(String text) {
    String[] actions = text.split(";", -1);
    boolean[] step = new boolean[vcpus.size()];
    boolean[] held = new boolean[vcpus.size()];
    boolean any = false;
    for (int index = 0; index < vcpus.size(); index++) {
      char kind = actionOf(actions, index);
      step[index] = kind == 's';
      held[index] = kind == 'h';
      any |= !held[index];
    }
    if (!any) { // a machine in which nothing runs would never stop again
      throw new BadPacketException("a thread", null);
    }
    for (Vcpu vcpu : vcpus) {
      set(vcpu.debug(), step[vcpu.index()], held[vcpu.index()]);
    }
  }

  private static char actionOf(String[] actions, int index) {
    for (String action : actions) {
      int colon = action.indexOf(':');
      int thread = ALL;
      if (colon >= 0 && !action.substring(colon + 1).equals("-1")) {
        thread = Hex.number(action.substring(colon + 1), Integer.MAX_VALUE);
      }
      char kind = action.isEmpty() ? '?' : Character.toLowerCase(action.charAt(0));
      if (kind != 's' && kind != 'c') {
        throw new BadPacketException("an action", null);
      }
      if (thread == ALL || thread == 0 || thread == index + 1) {
        return kind;
      }
    }
    return 'h';
  }

  private void set(DebugTarget target, boolean step, boolean held) {
    target.setInterruptsHeld(!interruptsInSteps);
    target.setSingleStep(step);
    target.setHeld(held);
  }
}
