package org.demitasse.devices.i8042;

import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.devices.port.BytePorts;
import org.demitasse.devices.power.PowerControl;

/**
 * The 8042 keyboard controller of a PC without keyboard and mouse (IBM PS/2 Technical Reference, "Keyboard and
 * Auxiliary Device Controller"). It answers every command at once, so that a driver's probe ends quickly, and it is the
 * oldest way to reset a PC: the first pulse of its reset output acts.
 */
public final class KeyboardController {
  /** The data port. */
  public static final int DATA_PORT = 0x60;

  /** The status and command port. */
  public static final int COMMAND_PORT = 0x64;

  private static final int STATUS_OUTPUT_FULL = 0x01;
  private static final int STATUS_SYSTEM = 0x04;
  private static final int STATUS_COMMAND = 0x08;
  private static final int STATUS_UNLOCKED = 0x10;
  private static final int STATUS_TIMEOUT = 0x40;

  private static final int CONFIGURATION_KEYBOARD_INTERRUPT = 0x01;
  private static final int OUTPUT_PORT_NOT_RESET = 0x01;
  private static final int DEVICE_TIMED_OUT = 0xfe;

  private static final int NO_COMMAND = 0;
  private static final int READ_CONFIGURATION = 0x20;
  private static final int WRITE_CONFIGURATION = 0x60;
  private static final int TEST_AUXILIARY = 0xa9;
  private static final int SELF_TEST = 0xaa;
  private static final int TEST_KEYBOARD = 0xab;
  private static final int READ_INPUT_PORT = 0xc0;
  private static final int READ_OUTPUT_PORT = 0xd0;
  private static final int WRITE_OUTPUT_PORT = 0xd1;
  private static final int WRITE_KEYBOARD_BUFFER = 0xd2;
  private static final int WRITE_AUXILIARY_BUFFER = 0xd3;
  private static final int WRITE_AUXILIARY = 0xd4;
  private static final int PULSE_OUTPUT = 0xf0;

  private final IrqLine irq;
  private final PowerControl power;
  private int configuration = 0x34; // both devices off, system flag set
  private int outputPort = 0x03; // not in reset, A20 on
  private int command = NO_COMMAND; // the command that waits for its data byte
  private boolean commandLast;
  private boolean full;
  private boolean timedOut;
  private int buffer;

  /**
   * Makes the controller.
   *
   * @param irq ISA IRQ 1
   */
  public KeyboardController(IrqLine irq, PowerControl power) {
    this.irq = irq;
    this.power = power;
  }

  /** The port at {@link #DATA_PORT}. */
  public BusDevice dataPort() {
    return new DataPort(this);
  }

  /** The port at {@link #COMMAND_PORT}. */
  public BusDevice commandPort() {
    return new CommandPort(this);
  }

  private int status() {
    return STATUS_SYSTEM
        | STATUS_UNLOCKED
        | (full ? STATUS_OUTPUT_FULL : 0)
        | (full && timedOut ? STATUS_TIMEOUT : 0)
        | (commandLast ? STATUS_COMMAND : 0);
  }

  private int readData() {
    full = false;
    timedOut = false;
    irq.lower();
    return buffer;
  }

  private void answer(int value) {
    buffer = value;
    full = true;
    timedOut = false;
    irq.set((configuration & CONFIGURATION_KEYBOARD_INTERRUPT) != 0);
  }

  /** What the controller says when a device does not answer. */
  private void noDevice() {
    answer(DEVICE_TIMED_OUT);
    timedOut = true;
  }

  private void writeCommand(int value) {
    commandLast = true;
    command = NO_COMMAND;
    switch (value) {
      case READ_CONFIGURATION -> answer(configuration);
      case SELF_TEST -> answer(0x55);
      case TEST_KEYBOARD -> answer(0x00);
      case TEST_AUXILIARY -> answer(0x02); // clock line stuck: nothing is plugged in
      case READ_INPUT_PORT -> answer(0x80);
      case READ_OUTPUT_PORT -> answer(outputPort);
      case WRITE_CONFIGURATION, WRITE_OUTPUT_PORT, WRITE_KEYBOARD_BUFFER, WRITE_AUXILIARY_BUFFER, WRITE_AUXILIARY ->
          command = value;
      case 0xa7 -> configuration |= 0x20;
      case 0xa8 -> configuration &= ~0x20;
      case 0xad -> configuration |= 0x10;
      case 0xae -> configuration &= ~0x10;
      default -> pulse(value);
    }
  }

  private void pulse(int value) {
    if (value >= PULSE_OUTPUT && (value & OUTPUT_PORT_NOT_RESET) == 0) {
      power.reset();
    }
  }

  private void writeData(int value) {
    commandLast = false;
    int waiting = command;
    command = NO_COMMAND;
    switch (waiting) {
      case WRITE_CONFIGURATION -> configuration = value;
      case WRITE_OUTPUT_PORT -> writeOutputPort(value);
      case WRITE_KEYBOARD_BUFFER -> answer(value);
      case WRITE_AUXILIARY_BUFFER -> answer(value); // without the status bit of an auxiliary device: there is none
      default -> noDevice();
    }
  }

  private void writeOutputPort(int value) {
    outputPort = value;
    if ((value & OUTPUT_PORT_NOT_RESET) == 0) {
      power.reset();
    }
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(configuration, outputPort, command, commandLast, full, timedOut, buffer);
  }

  /** Sets the state. */
  public void restore(State state) {
    configuration = state.configuration;
    outputPort = state.outputPort;
    command = state.command;
    commandLast = state.commandLast;
    full = state.full;
    timedOut = state.timedOut;
    buffer = state.buffer;
    irq.set(full && (configuration & CONFIGURATION_KEYBOARD_INTERRUPT) != 0);
  }

  /**
   * The registers.
   *
   * @param configuration the controller's command byte
   * @param outputPort the output port
   * @param command the command that waits for its data byte, or 0
   * @param commandLast the last write was a command
   * @param full the output buffer holds a byte
   * @param timedOut that byte says that a device did not answer
   * @param buffer the output buffer
   */
  public record State(
      int configuration,
      int outputPort,
      int command,
      boolean commandLast,
      boolean full,
      boolean timedOut,
      int buffer) {}

  private record DataPort(KeyboardController controller) implements BytePorts {
    @Override
    public int readByte(int offset) {
      return controller.readData();
    }

    @Override
    public void writeByte(int offset, int value) {
      controller.writeData(value);
    }
  }

  private record CommandPort(KeyboardController controller) implements BytePorts {
    @Override
    public int readByte(int offset) {
      return controller.status();
    }

    @Override
    public void writeByte(int offset, int value) {
      controller.writeCommand(value);
    }
  }
}
