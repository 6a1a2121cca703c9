package org.demitasse.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.demitasse.kvm.abi.Requests.KVM_GET_IRQCHIP;
import static org.demitasse.kvm.abi.Requests.KVM_SET_IRQCHIP;
import static org.demitasse.kvm.abi.Structures.*;

import java.nio.file.Path;
import java.util.Arrays;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.HostClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.InterruptChips;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state of the interrupt controllers in the form in which the kernel keeps it; the kernel is imagined. */
class KernelChipsTest {
  private static final int PINS = 24;

  private final byte[][] chips = new byte[3][KVM_IRQCHIP - KVM_IRQCHIP__CHIP];
  private final FakeSystem system =
      new FakeSystem().answer(KVM_GET_IRQCHIP, at -> copy(at, false)).answer(KVM_SET_IRQCHIP, at -> copy(at, true));
  private final GuestMemory memory = new GuestMemory(0x1_0000);
  private final Engine.Running machine =
      new KvmEngine(system.device(Path.of("kvm")))
          .create(
              new Engine.Wiring(
                  memory,
                  new Bus("memory"),
                  new Bus("port"),
                  new HostClock(),
                  1,
                  index -> {
                    throw new AssertionError();
                  }));

  private int copy(long at, boolean set) {
    byte[] chip = chips[HostMemory.getInt(at + KVM_IRQCHIP__CHIP_ID)];
    for (int i = 0; i < chip.length; i++) {
      long where = at + KVM_IRQCHIP__CHIP + i;
      if (set) {
        chip[i] = HostMemory.getByte(where);
      } else {
        HostMemory.putByte(where, chip[i]);
      }
    }
    return 0;
  }

  @AfterEach
  void close() {
    machine.close();
    memory.close();
  }

  private static InterruptChips made(int asserted, long... entries) {
    long[] table = new long[PINS];
    Arrays.fill(table, 1 << 16);
    System.arraycopy(entries, 0, table, 0, entries.length);
    return new InterruptChips(
        new InterruptChips.Redirection(5, 0x22, asserted, table),
        new InterruptChips.Controller(
            0x28, 0x20, 0x08, 0xfb, 0x08, 0x30, 2, 3, true, false, true, false, true, true, false),
        new InterruptChips.Controller(
            0x06, 0x06, 0x01, 0xff, 0x06, 0x70, 7, 0, false, true, false, true, false, false, true));
  }

  @Test
  void whatIsSetIsWhatIsTold() {
    InterruptChips state = made(0b1011, 0x0200_0000_0000_8031L, 0x1_8032, 0x33, 0xc034);
    machine.restoreInterruptChips(state);
    assertThat(machine.saveInterruptChips().orElseThrow()).usingRecursiveComparison().isEqualTo(state);
    assertThat(chips[KVM_IRQCHIP_PIC_MASTER][KVM_PIC_STATE__PRIORITY_ADD]).isEqualTo((byte) 3);
    assertThat(chips[KVM_IRQCHIP_PIC_MASTER][KVM_PIC_STATE__INIT_STATE]).isEqualTo((byte) 2);
    assertThat(chips[KVM_IRQCHIP_PIC_SLAVE][KVM_PIC_STATE__ELCR_MASK]).isEqualTo((byte) 0xde);
  }

  @Test
  void anEdgeThatWasSentIsNotSentAgainAndALevelIs() {
    machine.restoreInterruptChips(made(0b111, 0x31, 0x8032, 0x1_0033));
    assertThat(chips[KVM_IRQCHIP_IOAPIC][KVM_IOAPIC_STATE__IRR]).isEqualTo((byte) 0b110);
  }

  @Test
  void aLineThatDropsLaterIsNoLongerAsserted() {
    machine.restoreInterruptChips(made(0b111, 0x31, 0x8032));
    machine.interruptInputs().orElseThrow().set(0, false); // the timer, whose pin is 2
    machine.interruptInputs().orElseThrow().set(9, true);
    chips[KVM_IRQCHIP_IOAPIC][KVM_IOAPIC_STATE__IRR] = 0; // as the kernel would have it
    assertThat(machine.saveInterruptChips().orElseThrow().ioapic().asserted()).isEqualTo(0b10_0000_0011);
  }

  @Test
  void anIoApicOfAnotherSizeIsRefused() {
    InterruptChips state = made(0);
    InterruptChips small =
        new InterruptChips(new InterruptChips.Redirection(0, 0, 0, new long[16]), state.master(), state.slave());
    assertThatThrownBy(() -> machine.restoreInterruptChips(small))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("state of 16 I/O APIC pins, where there are 24");
  }
}
