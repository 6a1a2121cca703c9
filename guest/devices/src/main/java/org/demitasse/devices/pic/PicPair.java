package org.demitasse.devices.pic;

import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.devices.port.BytePorts;

/** The PC/AT's two 8259As, the slave on input 2 of the master, and their edge/level control registers. */
public final class PicPair {
  /** First port of the master; 2 ports. */
  public static final int MASTER_PORT = 0x20;

  /** First port of the slave; 2 ports. */
  public static final int SLAVE_PORT = 0xa0;

  /** First of the two edge/level control registers. */
  public static final int EDGE_LEVEL_PORT = 0x4d0;

  private static final int CASCADE = 2;
  private static final int LEVEL_CAPABLE_MASTER = 0xf8; // IRQ 0-2 are always edge-triggered
  private static final int LEVEL_CAPABLE_SLAVE = 0xde; // so are IRQ 8 and 13

  private final Pic master = new Pic(1 << CASCADE);
  private final Pic slave = new Pic(0);
  private final IrqLine output;

  /**
   * Makes both chips.
   *
   * @param output the INTR line to the processors
   * @param levelTriggered bit n set: IRQ n starts level-triggered, as firmware sets it for lines that devices share
   */
  public PicPair(IrqLine output, int levelTriggered) {
    this.output = output;
    master.setEdgeLevelControl(levelTriggered & LEVEL_CAPABLE_MASTER);
    slave.setEdgeLevelControl(levelTriggered >>> 8 & LEVEL_CAPABLE_SLAVE);
  }

  /** The registers of the master, 2 ports. */
  public BusDevice masterPorts() {
    return new ChipPorts(this, master);
  }

  /** The registers of the slave, 2 ports. */
  public BusDevice slavePorts() {
    return new ChipPorts(this, slave);
  }

  /** The edge/level control registers, 2 ports. */
  public BusDevice edgeLevelPorts() {
    return new EdgeLevelPorts(this);
  }

  /**
   * Drives an input.
   *
   * @param irq 0-15 without 2, which is the cascade
   */
  public void setLine(int irq, boolean level) {
    if (irq < 8) {
      master.setLine(irq, level);
    } else {
      slave.setLine(irq - 8, level);
    }
    update();
  }

  /** The processor's acknowledge cycle: gives the vector of the most urgent request, or a spurious one. */
  public int acknowledge() {
    int line = master.acknowledge();
    int vector = line == CASCADE ? acknowledgeSlave() : master.vector(line);
    update();
    return vector;
  }

  private int acknowledgeSlave() {
    int vector = slave.vector(slave.acknowledge());
    master.setLine(CASCADE, false); // the slave's INT drops for a moment, so that a second request of it makes an edge
    return vector;
  }

  private void update() {
    master.setLine(CASCADE, slave.highestRequest() >= 0);
    output.set(master.highestRequest() >= 0);
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(master.save(), slave.save());
  }

  /** Sets the state and drives INTR accordingly. */
  public void restore(State state) {
    master.restore(state.master);
    slave.restore(state.slave);
    update();
  }

  /**
   * The state of both chips.
   *
   * @param master IRQ 0-7
   * @param slave IRQ 8-15
   */
  public record State(PicState master, PicState slave) {}

  private record ChipPorts(PicPair pair, Pic chip) implements BytePorts {
    @Override
    public int readByte(int offset) {
      int value = (offset & 1) == 0 ? chip.readCommand() : chip.readData();
      pair.update(); // a poll acknowledges
      return value;
    }

    @Override
    public void writeByte(int offset, int value) {
      if ((offset & 1) == 0) {
        chip.writeCommand(value);
      } else {
        chip.writeData(value);
      }
      pair.update();
    }
  }

  private record EdgeLevelPorts(PicPair pair) implements BytePorts {
    @Override
    public int readByte(int offset) {
      return ((offset & 1) == 0 ? pair.master : pair.slave).edgeLevelControl();
    }

    @Override
    public void writeByte(int offset, int value) {
      if ((offset & 1) == 0) {
        pair.master.setEdgeLevelControl(value & LEVEL_CAPABLE_MASTER);
      } else {
        pair.slave.setEdgeLevelControl(value & LEVEL_CAPABLE_SLAVE);
      }
      pair.update();
    }
  }
}
