package org.demitasse.core.vcpu;

/**
 * The state of the interrupt controllers that a machine has once: the I/O APIC and the two 8259s, in the form that
 * engines which have their own give and take.
 *
 * @param ioapic the I/O APIC
 * @param master the 8259 of IRQ 0-7
 * @param slave the 8259 of IRQ 8-15, on input 2 of the master
 */
public record InterruptChips(Redirection ioapic, Controller master, Controller slave) {
  /**
   * An I/O APIC (Intel 82093AA data sheet).
   *
   * @param id its APIC ID, 0-15
   * @param select the selected register
   * @param asserted bit n set: pin n is asserted
   * @param entries the redirection table, an entry for each pin, with delivery status and remote IRR
   */
  public record Redirection(int id, int select, int asserted, long[] entries) {}

  /**
   * An 8259A (Intel 8259A data sheet, 231468) as PCs have it: cascaded, its triggers set by a register of eight bits.
   *
   * @param asserted bit n set: input n is asserted
   * @param requests the interrupt request register
   * @param inService the in-service register
   * @param mask the interrupt mask register
   * @param levelTriggered bit n set: input n is level-triggered
   * @param vectorBase bits 7:3 of the vectors
   * @param lowestPriority the input with the lowest priority now, 0-7
   * @param expectedCommandWord the initialisation word (2-4) that is awaited, or 0
   * @param icw4Needed initialisation ends with word 4
   * @param autoEoi interrupts are ended as they are acknowledged
   * @param rotateOnAutoEoi priorities rotate with each of those
   * @param specialMask special mask mode
   * @param specialFullyNested special fully nested mode
   * @param readInService the command port reads the in-service register
   * @param poll the next read is a poll
   */
  public record Controller(
      int asserted,
      int requests,
      int inService,
      int mask,
      int levelTriggered,
      int vectorBase,
      int lowestPriority,
      int expectedCommandWord,
      boolean icw4Needed,
      boolean autoEoi,
      boolean rotateOnAutoEoi,
      boolean specialMask,
      boolean specialFullyNested,
      boolean readInService,
      boolean poll) {}
}
