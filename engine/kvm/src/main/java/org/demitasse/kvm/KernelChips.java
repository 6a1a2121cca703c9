package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.KVM_GET_IRQCHIP;
import static org.demitasse.kvm.abi.Requests.KVM_SET_IRQCHIP;
import static org.demitasse.kvm.abi.Structures.*;

import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.InterruptChips;
import org.demitasse.kvm.abi.LibC;

/** The state of the kernel's I/O APIC and 8259s of one machine, in and out. Under the machine's lock. */
final class KernelChips {
  private static final int CASCADE = 1 << 2;
  private static final int LEVEL_CAPABLE_MASTER = 0xf8; // IRQ 0-2 are always edge-triggered
  private static final int LEVEL_CAPABLE_SLAVE = 0xde; // so are IRQ 8 and 13
  private static final long IOAPIC_BASE = 0xfec0_0000L;
  private static final long MASKED = 1L << 16;
  private static final long LEVEL = 1L << 15;

  private final LibC libc;
  private final int machine;

  /** The chips of the machine with this descriptor. */
  KernelChips(LibC libc, int machine) {
    this.libc = libc;
    this.machine = machine;
  }

  /**
   * Takes the state.
   *
   * @param asserted bit n set: pin n of the I/O APIC is asserted; the kernel forgets it of edges that it has sent on
   */
  InterruptChips save(int asserted) {
    return new InterruptChips(
        redirection(asserted), controller(KVM_IRQCHIP_PIC_MASTER), controller(KVM_IRQCHIP_PIC_SLAVE));
  }

  private long get(int chip) {
    long at = libc.cleared(KVM_IRQCHIP);
    HostMemory.putInt(at + KVM_IRQCHIP__CHIP_ID, chip);
    KvmException.require(libc.ioctl(machine, KVM_GET_IRQCHIP, at), "KVM_GET_IRQCHIP");
    return at + KVM_IRQCHIP__CHIP;
  }

  private InterruptChips.Redirection redirection(int asserted) {
    long state = get(KVM_IRQCHIP_IOAPIC);
    long[] entries = new long[KVM_IOAPIC_NUM_PINS];
    for (int pin = 0; pin < entries.length; pin++) {
      entries[pin] = HostMemory.getLong(state + KVM_IOAPIC_STATE__REDIRTBL + pin * 8L);
    }
    return new InterruptChips.Redirection(
        HostMemory.getInt(state + KVM_IOAPIC_STATE__ID) & 0xf,
        HostMemory.getInt(state + KVM_IOAPIC_STATE__IOREGSEL) & 0xff,
        asserted | HostMemory.getInt(state + KVM_IOAPIC_STATE__IRR),
        entries);
  }

  private InterruptChips.Controller controller(int chip) {
    long state = get(chip);
    int step = get(state, KVM_PIC_STATE__INIT_STATE);
    return new InterruptChips.Controller(
        get(state, KVM_PIC_STATE__LAST_IRR),
        get(state, KVM_PIC_STATE__IRR),
        get(state, KVM_PIC_STATE__ISR),
        get(state, KVM_PIC_STATE__IMR),
        get(state, KVM_PIC_STATE__ELCR),
        get(state, KVM_PIC_STATE__IRQ_BASE),
        get(state, KVM_PIC_STATE__PRIORITY_ADD) - 1 & 7,
        step == 0 ? 0 : step + 1, // the kernel counts from ICW2
        is(state, KVM_PIC_STATE__INIT4),
        is(state, KVM_PIC_STATE__AUTO_EOI),
        is(state, KVM_PIC_STATE__ROTATE_ON_AUTO_EOI),
        is(state, KVM_PIC_STATE__SPECIAL_MASK),
        is(state, KVM_PIC_STATE__SPECIAL_FULLY_NESTED_MODE),
        is(state, KVM_PIC_STATE__READ_REG_SELECT),
        is(state, KVM_PIC_STATE__POLL));
  }

  private static int get(long state, int field) {
    return HostMemory.getByte(state + field) & 0xff;
  }

  private static boolean is(long state, int field) {
    return get(state, field) != 0;
  }

  /**
   * Sets the state.
   *
   * @throws IllegalArgumentException if it is that of an I/O APIC with another number of pins
   */
  void restore(InterruptChips chips) {
    int pins = chips.ioapic().entries().length;
    if (pins != KVM_IOAPIC_NUM_PINS) {
      throw new IllegalArgumentException(
          "state of %d I/O APIC pins, where there are %d".formatted(pins, KVM_IOAPIC_NUM_PINS));
    }
    set(KVM_IRQCHIP_PIC_MASTER, chips.master(), LEVEL_CAPABLE_MASTER, ~CASCADE); // the kernel pulses the cascade
    set(KVM_IRQCHIP_PIC_SLAVE, chips.slave(), LEVEL_CAPABLE_SLAVE, -1);
    set(chips.ioapic());
  }

  private void set(int chip, InterruptChips.Controller controller, int levelCapable, int inputs) {
    long at = libc.cleared(KVM_IRQCHIP);
    long state = at + KVM_IRQCHIP__CHIP;
    put(state, KVM_PIC_STATE__LAST_IRR, controller.asserted() & inputs);
    put(state, KVM_PIC_STATE__IRR, controller.requests());
    put(state, KVM_PIC_STATE__IMR, controller.mask());
    put(state, KVM_PIC_STATE__ISR, controller.inService());
    put(state, KVM_PIC_STATE__PRIORITY_ADD, controller.lowestPriority() + 1 & 7);
    put(state, KVM_PIC_STATE__IRQ_BASE, controller.vectorBase());
    put(state, KVM_PIC_STATE__READ_REG_SELECT, controller.readInService());
    put(state, KVM_PIC_STATE__POLL, controller.poll());
    put(state, KVM_PIC_STATE__SPECIAL_MASK, controller.specialMask());
    put(state, KVM_PIC_STATE__INIT_STATE, Math.max(0, controller.expectedCommandWord() - 1));
    put(state, KVM_PIC_STATE__AUTO_EOI, controller.autoEoi());
    put(state, KVM_PIC_STATE__ROTATE_ON_AUTO_EOI, controller.rotateOnAutoEoi());
    put(state, KVM_PIC_STATE__SPECIAL_FULLY_NESTED_MODE, controller.specialFullyNested());
    put(state, KVM_PIC_STATE__INIT4, controller.icw4Needed());
    put(state, KVM_PIC_STATE__ELCR, controller.levelTriggered() & levelCapable);
    put(state, KVM_PIC_STATE__ELCR_MASK, levelCapable);
    set(chip, at);
  }

  private void set(InterruptChips.Redirection ioapic) {
    long at = libc.cleared(KVM_IRQCHIP);
    long state = at + KVM_IRQCHIP__CHIP;
    HostMemory.putLong(state + KVM_IOAPIC_STATE__BASE_ADDRESS, IOAPIC_BASE);
    HostMemory.putInt(state + KVM_IOAPIC_STATE__IOREGSEL, ioapic.select());
    HostMemory.putInt(state + KVM_IOAPIC_STATE__ID, ioapic.id());
    int requests = 0;
    for (int pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
      long entry = ioapic.entries()[pin];
      HostMemory.putLong(state + KVM_IOAPIC_STATE__REDIRTBL + pin * 8L, entry);
      boolean edgeWouldBeSentAgain = (entry & (LEVEL | MASKED)) == 0;
      requests |= edgeWouldBeSentAgain ? 0 : ioapic.asserted() & 1 << pin;
    }
    HostMemory.putInt(state + KVM_IOAPIC_STATE__IRR, requests);
    set(KVM_IRQCHIP_IOAPIC, at);
  }

  private void set(int chip, long at) {
    HostMemory.putInt(at + KVM_IRQCHIP__CHIP_ID, chip);
    KvmException.require(libc.ioctl(machine, KVM_SET_IRQCHIP, at), "KVM_SET_IRQCHIP");
  }

  private static void put(long state, int field, int value) {
    HostMemory.putByte(state + field, (byte) value);
  }

  private static void put(long state, int field, boolean value) {
    put(state, field, value ? 1 : 0);
  }
}
