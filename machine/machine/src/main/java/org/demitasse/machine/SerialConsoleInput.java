package org.demitasse.machine;

import org.demitasse.devices.serial.SerialInput;

/** Typing on the serial port. */
record SerialConsoleInput(SerialInput serial) implements ConsoleInput {
  @Override
  public void offer(byte[] bytes) {
    serial.offer(bytes);
  }

  @Override
  public int queued() {
    return serial.queued();
  }

  @Override
  public Runnable keep() {
    SerialInput.State state = serial.save();
    return () -> serial.restore(state);
  }

  @Override
  public void onDrained(Runnable action) {
    serial.onDrained(action);
  }
}
