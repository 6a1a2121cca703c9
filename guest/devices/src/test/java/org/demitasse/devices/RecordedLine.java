package org.demitasse.devices;

import org.demitasse.core.bus.IrqLine;

/** An interrupt line that counts its rising edges. */
public final class RecordedLine implements IrqLine {
  private boolean level;
  private int edges;

  @Override
  public void set(boolean newLevel) {
    if (newLevel && !level) {
      edges++;
    }
    level = newLevel;
  }

  public boolean level() {
    return level;
  }

  /** Rising edges since the last call. */
  public int takeEdges() {
    int taken = edges;
    edges = 0;
    return taken;
  }
}
