package org.demitasse.engines;

import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.demitasse.core.memory.DirtyBitmap;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.InterruptChips;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.devices.irq.SavedChips;
import org.demitasse.devices.lapic.ApicPage;

/** Carries a paused guest of one vCPU from one machine to another, whatever their engines. */
final class MachineMove {
  private static final int MSR_APIC_BASE = 0x1b;

  /** EFER, APIC base, SYSENTER, STAR to FMASK: what every engine's CPU has. */
  private static final Set<Integer> COMMON =
      Set.of(0xc000_0080, MSR_APIC_BASE, 0x174, 0x175, 0x176, 0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084);

  private MachineMove() {}

  /** Carries all that the guest may notice. Writes must have been watched since power-on. */
  static void carry(SmallMachine from, SmallMachine to) {
    from.running.collectWrites();
    copyWrittenPages(from, to);
    VcpuState state = from.save();
    restoreApic(to, apicPage(from), Objects.requireNonNull(state.msrs().get(MSR_APIC_BASE)));
    TreeMap<Integer, Long> common = new TreeMap<>(state.msrs());
    common.keySet().retainAll(COMMON);
    Vcpu vcpu = to.running.vcpus().getFirst();
    vcpu.restore(with(state, state.gdtr(), state.idtr(), common));
    restoreChips(to, chips(from));
    to.lines.restore(from.lines.save());
  }

  private static void copyWrittenPages(SmallMachine from, SmallMachine to) {
    DirtyBitmap written = from.memory.dirty();
    for (long page = 0; page < written.pages(); page++) {
      if (written.isDirty(page)) {
        long gpa = page << DirtyBitmap.PAGE_SHIFT;
        to.memory.writeBytes(gpa, from.memory.readBytes(gpa, 1 << DirtyBitmap.PAGE_SHIFT));
      }
    }
  }

  private static byte[] apicPage(SmallMachine machine) {
    OwnChips chips = machine.chips;
    return chips == null
        ? machine.running.saveApic(0).orElseThrow()
        : ApicPage.of(chips.apic.save(), 0, machine.clock.nanos());
  }

  private static void restoreApic(SmallMachine machine, byte[] page, long base) {
    OwnChips chips = machine.chips;
    if (chips == null) {
      machine.running.restoreApic(0, page);
    } else {
      chips.apic.restore(ApicPage.state(page, base, 0, machine.clock.nanos()));
    }
  }

  /** The state of the interrupt controllers that a machine has once. */
  static InterruptChips chips(SmallMachine machine) {
    OwnChips chips = machine.chips;
    return chips == null
        ? machine.running.saveInterruptChips().orElseThrow()
        : SavedChips.of(chips.ioapic.save(), chips.pics.save());
  }

  private static void restoreChips(SmallMachine machine, InterruptChips state) {
    OwnChips chips = machine.chips;
    if (chips == null) {
      machine.running.restoreInterruptChips(state);
    } else {
      chips.pics.restore(SavedChips.pics(state));
      chips.ioapic.restore(SavedChips.ioapic(state));
    }
  }

  /** A state with other tables and MSRs. */
  static VcpuState with(VcpuState state, DescriptorTable gdtr, DescriptorTable idtr, SortedMap<Integer, Long> msrs) {
    return new VcpuState(
        state.gpr(),
        state.rip(),
        state.rflags(),
        state.segments(),
        state.ldtr(),
        state.tr(),
        gdtr,
        idtr,
        state.cr0(),
        state.cr2(),
        state.cr3(),
        state.cr4(),
        state.cr8(),
        state.xcr0(),
        state.dr(),
        state.xsave(),
        msrs,
        state.activity(),
        state.interruptShadow(),
        state.nmiMasked());
  }
}
