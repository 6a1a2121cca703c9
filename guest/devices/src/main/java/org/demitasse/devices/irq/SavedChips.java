package org.demitasse.devices.irq;

import org.demitasse.core.vcpu.InterruptChips;
import org.demitasse.devices.ioapic.IoApic;
import org.demitasse.devices.pic.PicPair;
import org.demitasse.devices.pic.PicState;

/** The states of our own I/O APIC and 8259s to and from the form that engines with their own give and take. */
public final class SavedChips {
  private SavedChips() {}

  /**
   * Tells both states.
   *
   * @throws IllegalArgumentException for what no PC's chips are set to: one 8259 alone, or all its inputs
   *     level-triggered by ICW1; or an I/O APIC of more than 32 pins
   */
  public static InterruptChips of(IoApic.State ioapic, PicPair.State pics) {
    return new InterruptChips(redirection(ioapic), controller(pics.master()), controller(pics.slave()));
  }

  private static InterruptChips.Redirection redirection(IoApic.State state) {
    boolean[] levels = state.levels();
    if (levels.length > Integer.SIZE) {
      throw new IllegalArgumentException("an I/O APIC of %d pins is no engine's".formatted(levels.length));
    }
    int asserted = 0;
    for (int pin = 0; pin < levels.length; pin++) {
      asserted |= levels[pin] ? 1 << pin : 0;
    }
    return new InterruptChips.Redirection(state.id(), state.select(), asserted, state.entries().clone());
  }

  private static InterruptChips.Controller controller(PicState state) {
    if (state.single() || state.allLevel()) {
      throw new IllegalArgumentException(
          "no engine's 8259 is alone or has all inputs level-triggered by ICW1, as the guest has set it");
    }
    return new InterruptChips.Controller(
        state.lines(),
        state.requests(),
        state.inService(),
        state.mask(),
        state.edgeLevelControl(),
        state.vectorBase(),
        state.lowestPriority(),
        state.expectedCommandWord(),
        state.icw4Needed(),
        state.autoEoi(),
        state.rotateOnAutoEoi(),
        state.specialMask(),
        state.specialFullyNested(),
        state.readInService(),
        state.poll());
  }

  /** The I/O APIC's state. */
  public static IoApic.State ioapic(InterruptChips chips) {
    InterruptChips.Redirection from = chips.ioapic();
    boolean[] levels = new boolean[from.entries().length];
    for (int pin = 0; pin < levels.length; pin++) {
      levels[pin] = (from.asserted() & 1 << pin) != 0;
    }
    return new IoApic.State(from.id(), from.select(), from.entries().clone(), levels);
  }

  /** The 8259s' state. */
  public static PicPair.State pics(InterruptChips chips) {
    return new PicPair.State(state(chips.master()), state(chips.slave()));
  }

  private static PicState state(InterruptChips.Controller from) {
    return new PicState(
        from.asserted(),
        from.requests(),
        from.inService(),
        from.mask(),
        from.levelTriggered(),
        from.vectorBase(),
        from.lowestPriority(),
        from.expectedCommandWord(),
        from.icw4Needed(),
        false,
        false,
        from.autoEoi(),
        from.rotateOnAutoEoi(),
        from.specialMask(),
        from.specialFullyNested(),
        from.readInService(),
        from.poll());
  }
}
