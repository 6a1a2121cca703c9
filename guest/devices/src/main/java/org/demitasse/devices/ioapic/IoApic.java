package org.demitasse.devices.ioapic;

import java.util.Arrays;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.devices.lapic.ApicBus;
import org.demitasse.devices.lapic.DeliveryMode;
import org.demitasse.devices.lapic.InterruptMessage;

/**
 * An I/O APIC (Intel 82093AA data sheet, with the EOI register of version 0x20). A pin's level means "asserted"
 * whatever polarity the guest programs, since guests differ on it and the wires are ours.
 */
public final class IoApic implements BusDevice {
  /** Where it sits. */
  public static final long DEFAULT_BASE = 0xfec0_0000L;

  /** Bytes of its register window. */
  public static final int LENGTH = 0x1000;

  private static final int SELECT = 0x00;
  private static final int WINDOW = 0x10;
  private static final int END_OF_INTERRUPT = 0x40;

  private static final int VERSION = 0x20;
  private static final int FIRST_ENTRY = 0x10;

  private static final long REMOTE_IRR = 1 << 14;
  private static final long LEVEL = 1 << 15;
  private static final long MASKED = 1 << 16;
  private static final long READ_ONLY = 1 << 12 | REMOTE_IRR; // delivery status, remote IRR
  private static final long WRITABLE = 0xff00_0000_0001_ffffL & ~READ_ONLY;

  private final ApicBus bus;
  private final long[] entries;
  private final boolean[] levels;
  private int id;
  private int select;

  /**
   * Makes an I/O APIC with every pin masked, and takes the ends of interrupts from the bus.
   *
   * @param id its APIC ID, 0-15
   * @param pins how many interrupt inputs, 1-240
   */
  public IoApic(int id, int pins, ApicBus bus) {
    if (pins < 1 || pins > 240) {
      throw new IllegalArgumentException("an I/O APIC has 1-240 pins, not %d".formatted(pins));
    }
    this.id = id & 0xf;
    this.bus = bus;
    entries = new long[pins];
    levels = new boolean[pins];
    Arrays.fill(entries, MASKED);
    bus.onEndOfInterrupt(this::endOfInterrupt);
    bus.onAccepting(this::retry);
    bus.unmaskedInputs(this::mayInterruptUnmasked);
  }

  /** How many interrupt inputs it has. */
  public int pins() {
    return entries.length;
  }

  /** Drives an input: true asserts it. */
  public void setPin(int pin, boolean level) {
    boolean rose = level && !levels[pin];
    levels[pin] = level;
    if (rose) {
      if ((entries[pin] & LEVEL) != 0) {
        serviceLevel(pin);
      } else if ((entries[pin] & MASKED) == 0) { // an edge on a masked pin is lost
        send(entries[pin]);
      }
    }
  }

  /** A level-triggered interrupt that no local APIC took stays requested. */
  private void retry() {
    for (int pin = 0; pin < entries.length; pin++) {
      serviceLevel(pin);
    }
  }

  private void serviceLevel(int pin) {
    long entry = entries[pin];
    if (levels[pin] && (entry & (LEVEL | MASKED | REMOTE_IRR)) == LEVEL && send(entry)) {
      entries[pin] |= REMOTE_IRR;
    }
  }

  private boolean send(long entry) {
    return bus.deliver(InterruptMessage.of(entry, (int) (entry >>> 56), (entry & LEVEL) != 0));
  }

  private boolean mayInterruptUnmasked() {
    for (long entry : entries) {
      if ((entry & MASKED) == 0 && DeliveryMode.of((int) entry).ignoresInterruptFlag()) {
        return true;
      }
    }
    return false;
  }

  private void endOfInterrupt(int vector) {
    for (int pin = 0; pin < entries.length; pin++) {
      if ((entries[pin] & (LEVEL | REMOTE_IRR | 0xff)) == (LEVEL | REMOTE_IRR | vector)) {
        entries[pin] &= ~REMOTE_IRR;
        serviceLevel(pin); // still asserted: interrupt again
      }
    }
  }

  @Override
  public long read(long offset, int size) {
    return switch ((int) offset & ~3) {
      case SELECT -> select;
      case WINDOW -> readRegister();
      default -> 0;
    };
  }

  @Override
  public void write(long offset, int size, long value) {
    switch ((int) offset & ~3) {
      case SELECT -> select = (int) value & 0xff;
      case WINDOW -> writeRegister(value & 0xffff_ffffL);
      case END_OF_INTERRUPT -> endOfInterrupt((int) value & 0xff);
      default -> {} // nothing there
    }
  }

  private long readRegister() {
    int pin = (select - FIRST_ENTRY) >> 1;
    if (select >= FIRST_ENTRY && pin < entries.length) {
      return entries[pin] >>> ((select & 1) * 32) & 0xffff_ffffL;
    }
    return switch (select) {
      case 0, 2 -> (long) id << 24; // the arbitration ID is loaded with the ID
      case 1 -> VERSION | (long) (entries.length - 1) << 16;
      default -> 0;
    };
  }

  private void writeRegister(long value) {
    int pin = (select - FIRST_ENTRY) >> 1;
    if (select >= FIRST_ENTRY && pin < entries.length) {
      writeEntry(pin, value);
    } else if (select == 0) {
      id = (int) (value >>> 24) & 0xf;
    }
  }

  private void writeEntry(int pin, long half) {
    long old = entries[pin];
    long written = (select & 1) == 0 ? (old & ~0xffff_ffffL) | half : (old & 0xffff_ffffL) | half << 32;
    long entry = (written & WRITABLE) | (old & READ_ONLY);
    if ((entry & LEVEL) == 0) {
      entry &= ~REMOTE_IRR; // how guests end an interrupt where there is no EOI register
    }
    entries[pin] = entry;
    serviceLevel(pin);
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(id, select, entries.clone(), levels.clone());
  }

  /**
   * Sets the state.
   *
   * @throws IllegalArgumentException if it is that of an I/O APIC with another number of pins
   */
  public void restore(State state) {
    if (state.entries.length != entries.length || state.levels.length != levels.length) {
      throw new IllegalArgumentException(
          "state of %d I/O APIC pins, where there are %d".formatted(state.entries.length, entries.length));
    }
    id = state.id;
    select = state.select;
    System.arraycopy(state.entries, 0, entries, 0, entries.length);
    System.arraycopy(state.levels, 0, levels, 0, levels.length);
  }

  /**
   * The registers and inputs.
   *
   * @param id the APIC ID
   * @param select the selected register
   * @param entries the redirection table
   * @param levels which inputs are asserted
   */
  public record State(int id, int select, long[] entries, boolean[] levels) {}
}
