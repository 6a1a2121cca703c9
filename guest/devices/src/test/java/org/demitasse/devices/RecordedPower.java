package org.demitasse.devices;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.devices.power.PowerControl;

/** Writes down what a guest asked of its machine. */
public final class RecordedPower implements PowerControl {
  private final List<String> asked = new ArrayList<>();

  public List<String> asked() {
    return asked;
  }

  @Override
  public void powerOff() {
    asked.add("off");
  }

  @Override
  public void reset() {
    asked.add("reset");
  }

  @Override
  public void debugExit(int status) {
    asked.add("exit " + status);
  }
}
