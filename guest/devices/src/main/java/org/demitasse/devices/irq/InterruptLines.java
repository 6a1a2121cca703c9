package org.demitasse.devices.irq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.core.vcpu.InterruptInputs;
import org.demitasse.devices.ioapic.IoApic;
import org.demitasse.devices.pic.PicPair;

/**
 * The wires from devices to the interrupt controllers, by global system interrupt (GSI).
 *
 * <p>GSI n is pin n of the I/O APIC, and below 16 input n of the 8259s too. Two exceptions, as on any PC: the timer's
 * ISA IRQ 0 is pin 2, and pin 0 is the 8259s' INTR, which has no device. Devices may share a GSI: it is asserted while
 * any of them asserts it.
 */
public final class InterruptLines {
  /** ISA IRQ of the interval timer; its I/O APIC pin is {@link #TIMER_PIN}. */
  public static final int TIMER_IRQ = 0;

  /** I/O APIC pin of the interval timer, which is what an interrupt source override in the tables must say. */
  public static final int TIMER_PIN = 2;

  private final InterruptInputs inputs;
  private final int[] asserters;
  private final BitSet asserted = new BitSet(); // by number of the connection
  private final List<Integer> connectedGsis = new ArrayList<>(); // by number of the connection

  /** Wires both controllers. */
  public InterruptLines(PicPair pic, IoApic ioapic) {
    this(
        (gsi, level) -> {
          if (gsi < 16) {
            pic.setLine(gsi, level);
          }
          ioapic.setPin(gsi == TIMER_IRQ ? TIMER_PIN : gsi, level);
        },
        ioapic.pins());
  }

  /**
   * Wires the interrupt controllers of an engine that has its own.
   *
   * @param gsis how many inputs there are
   */
  public InterruptLines(InterruptInputs inputs, int gsis) {
    this.inputs = inputs;
    asserters = new int[gsis];
  }

  /**
   * Makes one device's line to a GSI. Connections are numbered in the order they are made, which a state relies on.
   *
   * @param gsi a pin number, or {@link #TIMER_IRQ}
   * @throws IllegalArgumentException for a GSI that is beyond the pins, or taken by the timer
   */
  public IrqLine connect(int gsi) {
    if (gsi < 0 || gsi >= asserters.length || gsi == TIMER_PIN) {
      throw new IllegalArgumentException(
          "no device can have GSI %d: it is not in 0-%d, or the timer's".formatted(gsi, asserters.length - 1));
    }
    int connection = connectedGsis.size();
    connectedGsis.add(gsi);
    return level -> set(connection, gsi, level);
  }

  private void set(int connection, int gsi, boolean level) {
    if (asserted.get(connection) == level) {
      return;
    }
    asserted.set(connection, level);
    asserters[gsi] += level ? 1 : -1;
    if (asserters[gsi] != (level ? 1 : 0)) {
      return; // another device still, or already, asserts it
    }
    inputs.set(gsi, level);
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(asserted.stream().boxed().toList());
  }

  /** Sets the state; the controllers keep the levels of their inputs themselves. */
  public void restore(State state) {
    asserted.clear();
    Arrays.fill(asserters, 0);
    for (int connection : state.asserted) {
      asserted.set(connection);
      asserters[connectedGsis.get(connection)]++;
    }
  }

  /**
   * What is asserted.
   *
   * @param asserted numbers of the connections that assert their GSI, rising
   */
  public record State(List<Integer> asserted) {
    /** Takes a copy of the list. */
    public State {
      asserted = List.copyOf(asserted);
    }
  }
}
