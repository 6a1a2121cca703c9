package org.demitasse.core.vcpu;

/**
 * What a vCPU sees of its own local APIC. Engines with an interrupt controller of their own do not use it.
 *
 * <p>Called under the machine's lock.
 */
public interface LocalApicPort {
  /** Reads the 32-bit register at an xAPIC offset 0-0xff0 (Intel SDM volume 3, table 11-1). */
  long read(int offset);

  /** Writes the 32-bit register at an xAPIC offset 0-0xff0. */
  void write(int offset, long value);

  /**
   * Reads an x2APIC MSR 0x800-0x8ff.
   *
   * @throws IllegalArgumentException if the MSR does not exist or x2APIC mode is off: the vCPU raises #GP(0)
   */
  long readMsr(int msr);

  /**
   * Writes an x2APIC MSR 0x800-0x8ff.
   *
   * @throws IllegalArgumentException as for {@link #readMsr}, and for reserved bits
   */
  void writeMsr(int msr, long value);

  /** IA32_APIC_BASE: base address, bootstrap bit, x2APIC and global enable. */
  long apicBase();

  /**
   * Writes IA32_APIC_BASE.
   *
   * @throws IllegalArgumentException for a transition or bits that the architecture forbids: the vCPU raises #GP(0)
   */
  void setApicBase(long value);

  /** IA32_TSC_DEADLINE in TSC ticks, 0 when disarmed. */
  long tscDeadline();

  /** Arms (or with 0 disarms) the TSC-deadline timer. */
  void setTscDeadline(long ticks);

  /**
   * Sends an interprocessor interrupt to one APIC by its physical ID, as a write of the interrupt command register
   * does, and leaves that register alone.
   *
   * @param command the low half of the command: delivery mode and vector
   */
  void send(int destination, int command);

  /** CR8: bits 7:4 of the task priority register. */
  int taskPriorityClass();

  /** Writes CR8 (0-15). */
  void setTaskPriorityClass(int priorityClass);

  /** Says whether an interrupt (from this APIC, or from the 8259s through it) is ready for a vCPU with IF set. */
  boolean interruptPending();

  /**
   * Says whether an input of the machine is programmed to send what IF does not hold off, an NMI or INIT: then a vCPU
   * that has halted with interrupts off may go on.
   */
  default boolean mayInterruptUnmasked() {
    return false;
  }

  /** Takes the ready interrupt: moves it to in-service and gives its vector 0-255, or -1 if it has gone. */
  int acknowledge();

  /**
   * INIT was delivered or the machine was reset: puts the APIC in its power-up state (INIT keeps the APIC ID and base).
   */
  void initialize();
}
