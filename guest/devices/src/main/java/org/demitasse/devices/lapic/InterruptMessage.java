package org.demitasse.devices.lapic;

/**
 * One interrupt message on its way to local APICs.
 *
 * @param destination APIC ID, logical destination, or {@link #BROADCAST}
 * @param logical the destination is matched against logical IDs
 * @param mode what the message does
 * @param vector 0-255
 * @param level level-triggered: its end has to be reported to the I/O APIC
 */
public record InterruptMessage(int destination, boolean logical, DeliveryMode mode, int vector, boolean level) {
  /** Every local APIC. */
  public static final int BROADCAST = 0xffff_ffff;

  /** In an 8-bit physical destination, every local APIC. */
  public static final int BROADCAST_8 = 0xff;

  /**
   * Makes a message from a register whose low bits are laid out as a redirection table entry, with an 8-bit
   * destination.
   */
  public static InterruptMessage of(long register, int destination8, boolean level) {
    boolean logical = (register & 0x800) != 0;
    int destination = !logical && destination8 == BROADCAST_8 ? BROADCAST : destination8;
    return new InterruptMessage(destination, logical, DeliveryMode.of(register), (int) register & 0xff, level);
  }
}
