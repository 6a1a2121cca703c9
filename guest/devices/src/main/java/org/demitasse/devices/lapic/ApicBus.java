package org.demitasse.devices.lapic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import org.demitasse.core.bus.IrqLine;
import org.jspecify.annotations.Nullable;

/**
 * What joins the interrupt controllers: it carries messages to local APICs, ends of interrupts back to the I/O APIC,
 * and the 8259s' INTR to every LINT0 (virtual wire mode, Intel MultiProcessor Specification 1.4, 3.6.2.2).
 */
public final class ApicBus {
  private final List<LocalApic> apics = new ArrayList<>();
  private IntConsumer endOfInterrupt = vector -> {};
  private Runnable accepting = () -> {};
  private IntSupplier externalAcknowledge = () -> 0xff;
  private BooleanSupplier unmaskedInputs = () -> false;
  private boolean externalLevel;
  private boolean nonMaskableLevel;
  private int lastChosen;

  /** Makes a bus without APICs. */
  public ApicBus() {}

  void add(LocalApic apic) {
    apics.add(apic);
  }

  /** The local APICs in the order they were made. */
  public List<LocalApic> apics() {
    return List.copyOf(apics);
  }

  /** Sets who is told the vector of each level-triggered interrupt that a processor has ended. */
  public void onEndOfInterrupt(IntConsumer listener) {
    endOfInterrupt = listener;
  }

  /** Sets who is told that a local APIC takes interrupts now that did not before: messages may be sent again. */
  public void onAccepting(Runnable listener) {
    accepting = listener;
  }

  /** Sets who says whether any input may send an NMI or INIT, as it is programmed now. */
  public void unmaskedInputs(BooleanSupplier any) {
    unmaskedInputs = any;
  }

  boolean hasUnmaskedInputs() {
    return unmaskedInputs.getAsBoolean();
  }

  void accepts() {
    accepting.run();
  }

  /** Sets the acknowledge cycle of the 8259s, which gives a vector. */
  public void externalAcknowledge(IntSupplier acknowledge) {
    externalAcknowledge = acknowledge;
  }

  /** The 8259s' INTR line, to LINT0 of every local APIC. */
  public IrqLine externalLine() {
    return this::setExternal;
  }

  /** The NMI line, to LINT1 of every local APIC. */
  public IrqLine nonMaskableLine() {
    return this::setNonMaskable;
  }

  private void setExternal(boolean level) {
    if (level != externalLevel) {
      externalLevel = level;
      apics.forEach(apic -> apic.externalLineChanged(level));
    }
  }

  private void setNonMaskable(boolean level) {
    if (level != nonMaskableLevel) {
      nonMaskableLevel = level;
      apics.forEach(apic -> apic.nonMaskableLineChanged(level));
    }
  }

  boolean externalLevel() {
    return externalLevel;
  }

  int acknowledgeExternal() {
    return externalAcknowledge.getAsInt();
  }

  void ended(int vector) {
    endOfInterrupt.accept(vector);
  }

  /** Carries a message to its destination; says whether any local APIC took it. */
  public boolean deliver(InterruptMessage message) {
    return message.mode() == DeliveryMode.LOWEST_PRIORITY
        ? deliverToOne(message, null)
        : deliverToAll(message, null, true);
  }

  /** Carries a message to all local APICs, whatever its destination, but not to {@code except}. */
  boolean deliverShorthand(InterruptMessage message, @Nullable LocalApic except) {
    return deliverToAll(message, except, false);
  }

  private boolean deliverToAll(InterruptMessage message, @Nullable LocalApic except, boolean match) {
    boolean accepted = false;
    for (LocalApic apic : apics) {
      if (apic != except && (!match || apic.matches(message.destination(), message.logical()))) {
        accepted |= apic.accept(message.mode(), message.vector(), message.level());
      }
    }
    return accepted;
  }

  /** Lowest priority: the least processor priority wins; among equals, the next one after the last winner. */
  private boolean deliverToOne(InterruptMessage message, @Nullable LocalApic except) {
    int winner = -1;
    for (int i = 1; i <= apics.size(); i++) {
      int index = (lastChosen + i) % apics.size();
      LocalApic apic = apics.get(index);
      if (apic != except
          && apic.enabled()
          && apic.matches(message.destination(), message.logical())
          && (winner < 0 || apic.processorPriority() < apics.get(winner).processorPriority())) {
        winner = index;
      }
    }
    if (winner < 0) {
      return false;
    }
    lastChosen = winner;
    return apics.get(winner).accept(message.mode(), message.vector(), message.level());
  }

  /** Takes a copy of the state of the bus itself; each local APIC and controller has its own. */
  public State save() {
    return new State(externalLevel, nonMaskableLevel, lastChosen);
  }

  /** Sets the state; to be done before that of the local APICs. */
  public void restore(State state) {
    externalLevel = state.externalLevel;
    nonMaskableLevel = state.nonMaskableLevel;
    lastChosen = apics.isEmpty() ? 0 : Math.floorMod(state.lastChosen, apics.size());
  }

  /**
   * The lines, and who won the last arbitration.
   *
   * @param externalLevel INTR of the 8259s
   * @param nonMaskableLevel the NMI line
   * @param lastChosen index of the local APIC that got the last lowest-priority message
   */
  public record State(boolean externalLevel, boolean nonMaskableLevel, int lastChosen) {}
}
