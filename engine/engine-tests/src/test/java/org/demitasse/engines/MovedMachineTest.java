package org.demitasse.engines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.core.memory.DirtyBitmap;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.devices.lapic.ApicPage;
import org.demitasse.devices.lapic.LocalApic;
import org.demitasse.kvm.KvmEngine;
import org.demitasse.kvm.KvmUsability;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A guest that sleeps between the interrupts of its local APIC's timer is paused, taken out of one engine with what it
 * has written, and goes on in another, where the timer goes on, too.
 */
@Timeout(120)
class MovedMachineTest {
  private static final int COUNTER = 0x5000;
  private static final int GDT = 0x3000;
  private static final int IDT = 0x4000;
  private static final int TICK = 0x2000;
  private static final int VECTOR = 0x40;
  private static final int MSR_APIC_BASE = 0x1b;

  /** EFER, APIC base, SYSENTER, STAR to FMASK: what every engine's CPU has. */
  private static final Set<Integer> COMMON =
      Set.of(0xc000_0080, MSR_APIC_BASE, 0x174, 0x175, 0x176, 0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084);

  private static final String TICKING =
      "c7 05 f0 00 e0 fe ff 01 00 00" // mov dword [0xfee000f0], 0x1ff: the APIC is on
          + "c7 05 e0 03 e0 fe 0b 00 00 00" // divide by 1
          + "c7 05 20 03 e0 fe 40 00 02 00" // timer: periodic, vector 0x40
          + "c7 05 80 03 e0 fe 80 96 98 00" // every 10 ms
          + "fb f4 eb fd"; // sti; hlt; jmp to the hlt

  private static SmallMachine kvm() {
    String whyNot = KvmUsability.whyNot();
    assumeTrue(whyNot.isEmpty(), "needs a KVM that can return from interrupts (./dev lab has one): " + whyNot);
    return new SmallMachine(new KvmEngine());
  }

  private static SmallMachine soft() {
    return new SmallMachine(new SoftEngine(), true);
  }

  @Test
  void betweenTwoMachinesOfTheSoftCpu() {
    move(soft(), soft());
  }

  @Test
  void betweenTwoMachinesOfKvm() {
    move(kvm(), kvm());
  }

  @Test
  void fromKvmToTheSoftCpu() {
    move(kvm(), soft());
  }

  @Test
  void fromTheSoftCpuToKvm() {
    move(soft(), kvm());
  }

  private static void move(SmallMachine from, SmallMachine to) {
    try (from;
        to) {
      from.running.watchWrites(true);
      begin(from);
      runUntil(from, 3);
      from.running.collectWrites();
      assertThat(from.memory.dirty().isDirty(COUNTER >> DirtyBitmap.PAGE_SHIFT)).isTrue();
      assertThat(from.memory.dirty().count()).as("pages written").isLessThan(16);
      copyWrittenPages(from, to);
      to.running.watchWrites(true);
      restore(to, apicPage(from), from.save());
      int before = to.memory.readInt(COUNTER);
      assertThat(before).isGreaterThanOrEqualTo(3);
      runUntil(to, before + 3);
      assertThat(from.memory.readInt(COUNTER)).as("the machine that was left").isEqualTo(before);
    }
  }

  private static void begin(SmallMachine machine) {
    machine.memory.writeLong(GDT + 0x10, 0x00cf_9b00_0000_ffffL);
    machine.memory.writeLong(GDT + 0x18, 0x00cf_9300_0000_ffffL);
    machine.memory.writeLong(IDT + VECTOR * 8L, 0x8e00_0000_0000L | 0x10_0000L | TICK);
    // inc dword [0x5000]; mov dword [0xfee000b0], 0: end of interrupt; iret
    machine.memory.writeBytes(TICK, hex("ff 05 00 50 00 00 c7 05 b0 00 e0 fe 00 00 00 00 cf"));
    machine.enter(TICKING);
    VcpuState state = SmallMachine.protectedMode();
    machine
        .running
        .vcpus()
        .getFirst()
        .restore(with(state, new DescriptorTable(GDT, 0x1f), new DescriptorTable(IDT, 0x7ff), state.msrs()));
  }

  private static byte[] hex(String code) {
    return java.util.HexFormat.of().parseHex(code.replace(" ", ""));
  }

  /** Runs until the guest has counted so many interrupts, and pauses it. */
  private static void runUntil(SmallMachine machine, int count) {
    new Watch(machine, count).arm();
    ExitReason reason = machine.running.run();
    if (reason != ExitReason.KICKED) {
      fail("after %d interrupts: %s %s", machine.memory.readInt(COUNTER), reason, machine.running.explanation());
    }
  }

  /** Looks at the count every millisecond, on the machine's own thread. */
  private static final class Watch {
    private final SmallMachine machine;
    private final int count;
    private final TimerQueue.Timer timer;

    Watch(SmallMachine machine, int count) {
      this.machine = machine;
      this.count = count;
      timer = machine.clock.timers().newTimer(this::look);
    }

    void arm() {
      timer.arm(machine.clock.nanos() + 1_000_000);
    }

    private void look() {
      if (machine.memory.readInt(COUNTER) >= count) {
        machine.running.kick();
      } else {
        arm();
      }
    }
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
    LocalApic apic = machine.apic;
    return apic == null
        ? machine.running.saveApic(0).orElseThrow()
        : ApicPage.of(apic.save(), 0, machine.clock.nanos());
  }

  private static void restore(SmallMachine machine, byte[] apicPage, VcpuState state) {
    Map<Integer, Long> msrs = new TreeMap<>(state.msrs());
    LocalApic apic = machine.apic;
    if (apic == null) {
      machine.running.restoreApic(0, apicPage);
    } else {
      long base = Objects.requireNonNull(msrs.get(MSR_APIC_BASE));
      apic.restore(ApicPage.state(apicPage, base, 0, machine.clock.nanos()));
    }
    TreeMap<Integer, Long> common = new TreeMap<>(msrs);
    common.keySet().retainAll(COMMON);
    Vcpu vcpu = machine.running.vcpus().getFirst();
    vcpu.restore(with(state, state.gdtr(), state.idtr(), common));
  }

  private static VcpuState with(
      VcpuState state, DescriptorTable gdtr, DescriptorTable idtr, java.util.SortedMap<Integer, Long> msrs) {
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
