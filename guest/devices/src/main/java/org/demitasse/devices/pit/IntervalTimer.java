package org.demitasse.devices.pit;

import java.util.List;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.devices.port.BytePorts;
import org.demitasse.devices.tick.TickRate;

/**
 * The 8254 interval timer: counter 0 drives ISA IRQ 0, counter 1 was the DRAM refresh, counter 2 has the speaker's
 * gate.
 */
public final class IntervalTimer implements BytePorts {
  /** First port. */
  public static final int PORT = 0x40;

  /** How many ports it takes. */
  public static final int PORTS = 4;

  /** The rate that guests assume: the NTSC colour carrier / 3, rounded. */
  public static final TickRate RATE = new TickRate(1_193_182);

  private static final int CONTROL = 3;
  private static final int READ_BACK = 3;

  private final GuestClock clock;
  private final IrqLine irq;
  private final TimerQueue.Timer timer;
  private final PitChannel[] channels = {new PitChannel(true), new PitChannel(true), new PitChannel(false)};
  private boolean output = true; // of counter 0, as the line was last told; high from the start, which is no edge

  /** Makes a timer with no counter running, as guests without firmware find it. */
  public IntervalTimer(GuestClock clock, IrqLine irq) {
    this.clock = clock;
    this.irq = irq;
    timer = clock.timers().newTimer(this::rise);
  }

  @Override
  public int readByte(int offset) {
    return offset < CONTROL ? channels[offset].read(now()) : 0xff; // the control word is write-only
  }

  /** All of a write happens at one moment: a count that ended while it is written would never be told. */
  @Override
  public void writeByte(int offset, int value) {
    long now = now();
    if (offset < CONTROL) {
      channels[offset].write(value, now);
    } else if (offset == CONTROL) {
      writeControl(value, now);
    }
    if (offset == 0 || offset == CONTROL) {
      schedule(now);
    }
  }

  private void writeControl(int value, long now) {
    int select = value >>> 6;
    if (select == READ_BACK) {
      readBack(value, now);
    } else if ((value & 0x30) == 0) {
      channels[select].latchCount(now);
    } else {
      channels[select].program(value);
    }
  }

  private void readBack(int value, long now) {
    for (int i = 0; i < 3; i++) {
      if ((value & 2 << i) != 0) {
        if ((value & 0x20) == 0) {
          channels[i].latchCount(now);
        }
        if ((value & 0x10) == 0) {
          channels[i].latchStatus(now);
        }
      }
    }
  }

  /** Drives the gate of counter 2. */
  void setSpeakerGate(boolean level) {
    channels[2].setGate(level, now());
  }

  boolean speakerOutput() {
    return channels[2].output(now());
  }

  private long now() {
    return RATE.ticksAt(clock.nanos());
  }

  private void schedule(long now) {
    boolean level = channels[0].output(now);
    if (level != output) {
      output = level;
      irq.set(level);
    }
    arm(now);
  }

  /** Waits for the first rise of OUT after {@code now}, which may be past by now: then it is due at once. */
  private void arm(long now) {
    long rise = channels[0].nextRise(now);
    if (rise == Long.MAX_VALUE) {
      timer.cancel();
    } else if (timer.deadline() != RATE.nanosAt(rise)) {
      timer.arm(RATE.nanosAt(rise));
    }
  }

  /** OUT of counter 0 rises. Periods that were missed are one interrupt, and the phase stays. */
  private void rise() {
    irq.lower();
    irq.raise();
    output = true;
    arm(now());
  }

  /** Takes a copy of the state. */
  public State save() {
    return new State(List.of(channels[0].save(), channels[1].save(), channels[2].save()), output);
  }

  /** Sets the state and arms the timer accordingly. */
  public void restore(State state) {
    for (int i = 0; i < 3; i++) {
      channels[i].restore(state.channels.get(i));
    }
    output = state.output;
    arm(now());
  }

  /**
   * The state of the counters.
   *
   * @param channels all three
   * @param output OUT of counter 0, as the interrupt line was last told
   */
  public record State(List<PitChannelState> channels, boolean output) {
    /** Checks the number of counters. */
    public State {
      channels = List.copyOf(channels);
      if (channels.size() != 3) {
        throw new IllegalArgumentException("an 8254 has 3 counters, not %d".formatted(channels.size()));
      }
    }
  }
}
