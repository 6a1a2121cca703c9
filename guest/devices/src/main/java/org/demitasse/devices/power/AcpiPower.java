package org.demitasse.devices.power;

import org.demitasse.core.bus.IrqLine;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.devices.port.BytePorts;
import org.demitasse.devices.tick.TickRate;

/**
 * The ACPI fixed hardware registers, at the offsets of {@link AcpiPorts} (ACPI 6.5, 4.8.3): power management events,
 * the power management timer, and the sleep registers of both the classic and the hardware-reduced kind.
 *
 * <p>The only sleep state the tables offer is S5, so that enabling any sleep type switches the machine off.
 */
public final class AcpiPower implements BytePorts {
  /** The power management timer's rate. */
  public static final TickRate PM_TIMER_RATE = new TickRate(3_579_545);

  private static final int STATUS = AcpiPorts.PM1A_EVENT - AcpiPorts.BASE;
  private static final int ENABLE = STATUS + 2;
  private static final int CONTROL = AcpiPorts.PM1A_CONTROL - AcpiPorts.BASE;
  private static final int PM_TIMER = AcpiPorts.PM_TIMER - AcpiPorts.BASE;
  private static final int SLEEP_CONTROL = AcpiPorts.SLEEP_CONTROL - AcpiPorts.BASE;

  private static final int TIMER_EVENT = 0x0001; // TMR_STS, TMR_EN
  private static final int POWER_BUTTON_EVENT = 0x0100;
  private static final int EVENTS = 0x0721; // timer, global lock, power button, sleep button, RTC
  private static final int SCI_ENABLE = 0x0001;
  private static final int CONTROL_WRITABLE = 0x1c03; // sleep type, bus master reload, SCI enable
  private static final int SLEEP_ENABLE_HIGH = 0x20; // SLP_EN in the control register's second byte
  private static final int HALF_PERIOD_SHIFT = 23; // TMR_STS is set whenever bit 23 changes

  private final GuestClock clock;
  private final IrqLine sci;
  private final PowerControl power;
  private final TimerQueue.Timer timer;
  private int status;
  private int enable;
  private int control = SCI_ENABLE; // ACPI mode from the start: no SMI command is needed to enter it
  private long timerHalfPeriods; // changes of bit 23 that are already in the status

  /**
   * Makes the registers.
   *
   * @param sci the system control interrupt, level-triggered
   */
  public AcpiPower(GuestClock clock, IrqLine sci, PowerControl power) {
    this.clock = clock;
    this.sci = sci;
    this.power = power;
    timer = clock.timers().newTimer(this::update);
  }

  /** Presses the power button: the guest, if it listens, shuts itself down. */
  public void pressPowerButton() {
    status |= POWER_BUTTON_EVENT;
    update();
  }

  @Override
  public int readByte(int offset) {
    return switch (offset) {
      case STATUS, STATUS + 1 -> {
        noteTimer();
        yield part(status, offset - STATUS);
      }
      case ENABLE, ENABLE + 1 -> part(enable, offset - ENABLE);
      case CONTROL, CONTROL + 1 -> part(control, offset - CONTROL);
      case PM_TIMER, PM_TIMER + 1, PM_TIMER + 2, PM_TIMER + 3 -> part(pmTimer(), offset - PM_TIMER);
      default -> 0;
    };
  }

  @Override
  public long read(long offset, int size) {
    if (offset == PM_TIMER && size == 4) {
      return pmTimer(); // one moment for all four bytes
    }
    return BytePorts.super.read(offset, size);
  }

  @Override
  public void writeByte(int offset, int value) {
    switch (offset) {
      case STATUS, STATUS + 1 -> {
        noteTimer();
        status &= ~(value << (8 * (offset - STATUS))); // written ones clear
      }
      case ENABLE, ENABLE + 1 -> enable = replace(enable, offset - ENABLE, value) & EVENTS;
      case CONTROL -> control = replace(control, 0, value) & CONTROL_WRITABLE;
      case CONTROL + 1 -> {
        control = replace(control, 1, value) & CONTROL_WRITABLE;
        sleep(value);
      }
      case SLEEP_CONTROL -> sleep(value);
      default -> {} // the timer is read-only
    }
    update();
  }

  private void sleep(int value) {
    if ((value & SLEEP_ENABLE_HIGH) != 0) {
      power.powerOff();
    }
  }

  private int pmTimer() {
    return (int) PM_TIMER_RATE.ticksAt(clock.nanos()) & 0xff_ffff;
  }

  private void noteTimer() {
    long halfPeriods = PM_TIMER_RATE.ticksAt(clock.nanos()) >>> HALF_PERIOD_SHIFT;
    if (halfPeriods != timerHalfPeriods) {
      timerHalfPeriods = halfPeriods;
      status |= TIMER_EVENT;
    }
  }

  private void update() {
    noteTimer();
    sci.set((status & enable & EVENTS) != 0 && (control & SCI_ENABLE) != 0);
    if ((enable & TIMER_EVENT) != 0) {
      timer.arm(PM_TIMER_RATE.nanosAt((timerHalfPeriods + 1) << HALF_PERIOD_SHIFT));
    } else {
      timer.cancel();
    }
  }

  private static int part(int register, int index) {
    return register >>> (8 * index) & 0xff;
  }

  private static int replace(int register, int index, int value) {
    return (register & ~(0xff << (8 * index))) | value << (8 * index);
  }

  /** Takes a copy of the state. */
  public State save() {
    noteTimer();
    return new State(status, enable, control, timerHalfPeriods);
  }

  /** Sets the state, drives the interrupt and arms the timer accordingly. */
  public void restore(State state) {
    status = state.status;
    enable = state.enable;
    control = state.control;
    timerHalfPeriods = state.timerHalfPeriods;
    update();
  }

  /**
   * The registers.
   *
   * @param status PM1 status
   * @param enable PM1 enable
   * @param control PM1 control
   * @param timerHalfPeriods how many changes of the timer's top bit the status has seen
   */
  public record State(int status, int enable, int control, long timerHalfPeriods) {}
}
