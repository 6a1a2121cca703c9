package org.demitasse.devices.lapic;

/** How an interrupt message acts, in the order of the three-bit encoding (Intel SDM volume 3, figure 11-12). */
public enum DeliveryMode {
  /** To every processor in the destination, at the message's vector. */
  FIXED,
  /** As fixed, but to that one processor of the destination that is doing the least urgent work. */
  LOWEST_PRIORITY,
  /** System management interrupt: this machine has none. */
  SMI,
  /** No meaning. */
  RESERVED,
  /** Non-maskable interrupt; the vector is ignored. */
  NMI,
  /** INIT; the vector is ignored. */
  INIT,
  /** Start-up; the vector is the page to start from. */
  STARTUP,
  /** External interrupt: the processor asks the 8259s for the vector. */
  EXTINT;

  private static final DeliveryMode[] BY_CODE = values();

  /** The mode in bits 10:8 of a register. */
  public static DeliveryMode of(long register) {
    return BY_CODE[(int) (register >>> 8) & 7];
  }

  /** Says whether it reaches a processor that has interrupts off. Starting up is for one that waits for that only. */
  public boolean ignoresInterruptFlag() {
    return this == NMI || this == INIT;
  }
}
