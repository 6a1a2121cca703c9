package org.demitasse.engines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.HexFormat;
import java.util.function.BooleanSupplier;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.core.memory.DirtyBitmap;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.InterruptChips;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.kvm.KvmEngine;
import org.demitasse.kvm.KvmUsability;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A guest is paused in the middle of its interrupts, taken out of one engine with what it has written, and goes on in
 * another: its local APIC's timer, the routes of its I/O APIC, and what waits or is in service there or in an 8259.
 */
@Timeout(120)
class MovedMachineTest {
  private static final int GDT = 0x3000;
  private static final int IDT = 0x4000;

  // what the guest counts, and what it reads of the 8259s
  private static final int TICKS = 0x5000;
  private static final int SLOW = 0x5004;
  private static final int MASKED = 0x5008;
  private static final int EDGES = 0x500c;
  private static final int PICS = 0x5020;

  // what it is told
  private static final int UNMASK_AND_LOOK = 0x5010;
  private static final int FINISH_SLOW = 0x5014;

  private static final int TICK_VECTOR = 0x40; // of a higher priority class than the others
  private static final int SLOW_VECTOR = 0x33; // before the edge, which then waits: one priority class
  private static final int MASKED_VECTOR = 0x32;
  private static final int EDGE_VECTOR = 0x31;

  private static final int SLOW_GSI = 9; // level-triggered; in service when the guest moves
  private static final int MASKED_GSI = 10; // level-triggered and masked; asserted when the guest moves
  private static final int EDGE_GSI = 5; // edge-triggered, waiting in the local APIC when the guest moves
  private static final int LOWER_PORT = 0x520; // + 0: the device of SLOW_GSI lowers its line, + 1: that of MASKED_GSI

  private static final long REMOTE_IRR = 1 << 14;

  private static final String END_OF_INTERRUPT = "c7 05 b0 00 e0 fe 00 00 00 00"; // mov dword [0xfee000b0], 0

  private static final String CODE =
      "c7 05 f0 00 e0 fe ff 01 00 00" // mov dword [0xfee000f0], 0x1ff: the local APIC is on
          + "c7 05 e0 03 e0 fe 0b 00 00 00" // divide by 1
          + "c7 05 20 03 e0 fe 40 00 02 00" // timer: periodic, vector 0x40
          + "c7 05 80 03 e0 fe 80 96 98 00" // every 10 ms
          + ioapic(SLOW_GSI, 0x8000 | SLOW_VECTOR)
          + ioapic(EDGE_GSI, EDGE_VECTOR)
          + ioapic(MASKED_GSI, 0x1_8000 | MASKED_VECTOR) // whose register stays selected
          + "b0 11 e6 20 b0 28 e6 21 b0 04 e6 21 b0 01 e6 21 b0 fb e6 21" // master: vectors from 0x28, all masked
          + "b0 11 e6 a0 b0 70 e6 a1 b0 02 e6 a1 b0 01 e6 a1 b0 ff e6 a1" // slave: from 0x70
          + "66 ba d0 04 b0 08 ee 42 b0 06 ee" // level-triggered: 3, 9 and 10
          + "fb f4 eb fd"; // sti; hlt; jmp to the hlt

  private static final String LOOK =
      "c7 05 10 00 c0 fe 32 80 00 00" // mov dword [0xfec00010], 0x8032: what is selected still is unmasked
          + "e4 21 a2 20 50 00 00 e4 a1 a2 21 50 00 00" // interrupt masks
          + "b0 0a e6 20 e4 20 a2 22 50 00 00 b0 0a e6 a0 e4 a0 a2 23 50 00 00" // interrupt requests
          + "66 ba d0 04 ec a2 24 50 00 00 42 ec a2 25 50 00 00" // edge/level control
          + "c7 05 10 50 00 00 00 00 00 00"; // mov dword [0x5010], 0

  private static final String TICK =
      "60 ff 05 00 50 00 00 83 3d 10 50 00 00 00" // pusha; inc dword [0x5000]; cmp dword [0x5010], 0
          + "74 %02x".formatted(hex(LOOK).length) // je
          + LOOK
          + END_OF_INTERRUPT
          + "61 cf"; // popa; iret

  private static final String SLOW_HANDLER =
      "60 ff 05 04 50 00 00" // pusha; inc dword [0x5004]
          + "fb f4 83 3d 14 50 00 00 00 74 f5" // sti; hlt; cmp dword [0x5014], 0; je to the sti
          + "fa 66 ba 20 05 ee" // cli; mov dx, 0x520; out dx, al
          + END_OF_INTERRUPT
          + "61 cf";

  private static final String MASKED_HANDLER =
      "60 ff 05 08 50 00 00 66 ba 21 05 ee" + END_OF_INTERRUPT + "61 cf"; // inc dword [0x5008]; out 0x521

  private static final String EDGE_HANDLER = "ff 05 0c 50 00 00" + END_OF_INTERRUPT + "cf"; // inc dword [0x500c]

  /** Sets a pin's entry: the upper half, which is 0, then the lower one. */
  private static String ioapic(int pin, int entry) {
    int register = 0x10 + pin * 2;
    return ("c7 05 00 00 c0 fe %02x 00 00 00 c7 05 10 00 c0 fe 00 00 00 00" // mov dword [0xfec00000 / 10], ...
            + "c7 05 00 00 c0 fe %02x 00 00 00 c7 05 10 00 c0 fe %02x %02x %02x 00")
        .formatted(register + 1, register, entry & 0xff, entry >> 8 & 0xff, entry >> 16);
  }

  private static byte[] hex(String code) {
    return HexFormat.of().parseHex(code.replace(" ", ""));
  }

  private static SmallMachine kvm() {
    return kvm(0);
  }

  private static SmallMachine kvm(int tscKhz) {
    String whyNot = KvmUsability.whyNot();
    assumeTrue(whyNot.isEmpty(), "needs a KVM that can return from interrupts (./dev lab has one): " + whyNot);
    return new SmallMachine(new KvmEngine(), false, tscKhz);
  }

  private static SmallMachine soft() {
    return new SmallMachine(new SoftEngine(), true, 0);
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

  @Test
  void fromTheSoftCpuToAKvmWithTheSameTsc() {
    int wanted;
    try (SmallMachine asked = soft()) {
      wanted = asked.running.tscKhz();
    }
    SmallMachine to;
    try {
      to = kvm(wanted);
    } catch (IllegalStateException refused) {
      assertThat(refused).hasMessageMatching("this host's KVM cannot (give a guest|make) a TSC of 1000000 kHz.*");
      abort(refused.getMessage());
      throw refused;
    }
    assertThat(to.running.tscKhz()).isEqualTo(wanted);
    move(soft(), to);
  }

  private static void move(SmallMachine from, SmallMachine to) {
    try (from;
        to) {
      IrqLine[] fromLines = connect(from);
      IrqLine[] toLines = connect(to);
      from.running.watchWrites(true);
      begin(from);
      runUntil(from, () -> from.memory.readInt(TICKS) >= 1);
      for (IrqLine line : fromLines) {
        line.set(true);
      }
      runUntil(from, () -> from.memory.readInt(SLOW) == 1 && from.memory.readInt(TICKS) >= 3);
      assertWaiting(from);
      from.running.collectWrites();
      assertThat(from.memory.dirty().isDirty(TICKS >> DirtyBitmap.PAGE_SHIFT)).isTrue();
      assertThat(from.memory.dirty().count()).as("pages written").isLessThan(16);
      MachineMove.carry(from, to);
      assertThat(MachineMove.chips(to)).usingRecursiveComparison().isEqualTo(MachineMove.chips(from));
      goOn(to, toLines[2]);
      assertThat(from.memory.readInt(EDGES)).as("the machine that was left").isZero();
    }
  }

  /** The lines of SLOW_GSI, MASKED_GSI and EDGE_GSI, of which the guest can have two lowered. */
  private static IrqLine[] connect(SmallMachine machine) {
    IrqLine[] lines = {
      machine.lines.connect(SLOW_GSI), machine.lines.connect(MASKED_GSI), machine.lines.connect(EDGE_GSI)
    };
    machine.ports.map("devices", LOWER_PORT, 2, new Lowering(lines));
    return lines;
  }

  private record Lowering(IrqLine[] lines) implements BusDevice {
    @Override
    public long read(long offset, int size) {
      return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
      lines[(int) offset].set(false);
    }
  }

  private static void assertWaiting(SmallMachine machine) {
    assertThat(machine.memory.readInt(MASKED)).as("interrupts of the masked pin").isZero();
    assertThat(machine.memory.readInt(EDGES)).as("interrupts behind the one in service").isZero();
    InterruptChips chips = MachineMove.chips(machine);
    assertThat(chips.ioapic().asserted()).isEqualTo(1 << SLOW_GSI | 1 << MASKED_GSI | 1 << EDGE_GSI);
    assertThat(chips.ioapic().entries()[SLOW_GSI] & REMOTE_IRR).isEqualTo(REMOTE_IRR);
    assertThat(chips.ioapic().entries()[MASKED_GSI]).isEqualTo(0x1_8000 | MASKED_VECTOR);
    assertThat(chips.master().vectorBase()).isEqualTo(0x28);
    assertThat(chips.slave().vectorBase()).isEqualTo(0x70);
  }

  private static void goOn(SmallMachine machine, IrqLine edge) {
    int before = machine.memory.readInt(TICKS);
    assertThat(before).isGreaterThanOrEqualTo(3);
    machine.running.watchWrites(true);
    runUntil(machine, () -> machine.memory.readInt(TICKS) >= before + 3);
    machine.memory.writeInt(UNMASK_AND_LOOK, 1);
    runUntil(machine, () -> machine.memory.readInt(UNMASK_AND_LOOK) == 0);
    assertThat(machine.memory.readBytes(PICS, 6))
        .as("masks, requests and triggers of the 8259s")
        .containsExactly(0xfb, 0xff, 1 << EDGE_GSI, 0x06, 0x08, 0x06);
    assertThat(machine.memory.readInt(MASKED) + machine.memory.readInt(EDGES)).isZero();
    machine.memory.writeInt(FINISH_SLOW, 1); // not before: it lowers a line that the 8259s show
    runUntil(machine, () -> machine.memory.readInt(MASKED) == 1 && machine.memory.readInt(EDGES) == 1);
    assertThat(machine.memory.readInt(SLOW)).as("interrupts that were in service").isEqualTo(1);
    edge.set(false);
    edge.set(true);
    runUntil(machine, () -> machine.memory.readInt(EDGES) == 2);
  }

  private static void begin(SmallMachine machine) {
    machine.memory.writeLong(GDT + 0x10, 0x00cf_9b00_0000_ffffL);
    machine.memory.writeLong(GDT + 0x18, 0x00cf_9300_0000_ffffL);
    gate(machine, TICK_VECTOR, 0x2000, TICK);
    gate(machine, SLOW_VECTOR, 0x2100, SLOW_HANDLER);
    gate(machine, MASKED_VECTOR, 0x2200, MASKED_HANDLER);
    gate(machine, EDGE_VECTOR, 0x2300, EDGE_HANDLER);
    machine.enter(CODE);
    VcpuState state = SmallMachine.protectedMode();
    DescriptorTable gdtr = new DescriptorTable(GDT, 0x1f);
    DescriptorTable idtr = new DescriptorTable(IDT, 0x7ff);
    machine.running.vcpus().getFirst().restore(MachineMove.with(state, gdtr, idtr, state.msrs()));
  }

  private static void gate(SmallMachine machine, int vector, int at, String code) {
    machine.memory.writeLong(IDT + vector * 8L, 0x8e00_0000_0000L | 0x10_0000L | at);
    machine.memory.writeBytes(at, hex(code));
  }

  /** Runs until something is true of what the guest has written, and pauses it. */
  private static void runUntil(SmallMachine machine, BooleanSupplier enough) {
    new Watch(machine, enough).arm();
    ExitReason reason = machine.running.run();
    if (reason != ExitReason.KICKED) {
      fail("after %d ticks: %s %s", machine.memory.readInt(TICKS), reason, machine.running.explanation());
    }
  }

  /** Looks every millisecond, on the machine's own thread. */
  private static final class Watch {
    private final SmallMachine machine;
    private final BooleanSupplier enough;
    private final TimerQueue.Timer timer;

    Watch(SmallMachine machine, BooleanSupplier enough) {
      this.machine = machine;
      this.enough = enough;
      timer = machine.clock.timers().newTimer(this::look);
    }

    void arm() {
      timer.arm(machine.clock.nanos() + 1_000_000);
    }

    private void look() {
      if (enough.getAsBoolean()) {
        machine.running.kick();
      } else {
        arm();
      }
    }
  }
}
