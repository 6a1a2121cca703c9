package org.demitasse.devices.power;

/**
 * Where the ACPI fixed hardware sits in the port space, and what the tables must say of it (ACPI 6.5, 4.8.3 and 5.2.9).
 */
public final class AcpiPorts {
  /** PM1a event block: status (2 bytes), then enable (2 bytes). FADT PM1a_EVT_BLK, length 4. */
  public static final int PM1A_EVENT = 0x600;

  /** PM1a control register (2 bytes). FADT PM1a_CNT_BLK, length 2. */
  public static final int PM1A_CONTROL = 0x604;

  /** Power management timer (4 bytes, 24 bits count: FADT flag TMR_VAL_EXT is clear). FADT PM_TMR_BLK, length 4. */
  public static final int PM_TIMER = 0x608;

  /** Sleep control register of hardware-reduced ACPI (1 byte). */
  public static final int SLEEP_CONTROL = 0x60c;

  /** Sleep status register of hardware-reduced ACPI (1 byte). */
  public static final int SLEEP_STATUS = 0x60d;

  /** First port of all registers above. */
  public static final int BASE = 0x600;

  /** How many ports from {@link #BASE} they take. */
  public static final int LENGTH = 0x10;

  /** The sleep type that the DSDT's {@code \_S5} names; no other sleep state is offered. */
  public static final int SLEEP_TYPE_S5 = 5;

  /** The system control interrupt's GSI, level-triggered: FADT SCI_INT. */
  public static final int SCI_GSI = 9;

  /** FADT RESET_REG: a byte port. */
  public static final int RESET_REGISTER = 0xcf9;

  /** FADT RESET_VALUE. */
  public static final int RESET_VALUE = 0x06;

  private AcpiPorts() {}
}
