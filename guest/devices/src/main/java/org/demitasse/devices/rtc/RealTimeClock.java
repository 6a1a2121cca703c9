package org.demitasse.devices.rtc;

import org.demitasse.core.bus.IrqLine;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.devices.port.BytePorts;
import org.demitasse.devices.tick.TickRate;

/**
 * An MC146818A real-time clock with 128 bytes of CMOS memory (Motorola MC146818A data sheet). It shows guest wall-clock
 * time in UTC; "update in progress" is on for the last 244 us of each second, so it never stays.
 */
public final class RealTimeClock implements BytePorts {
  /** First port: index, then data. */
  public static final int PORT = 0x70;

  /** How many ports it takes. */
  public static final int PORTS = 2;

  /** Bytes of CMOS memory, clock registers included. */
  public static final int CMOS_BYTES = 128;

  /** The byte that says what to do after a processor reset; guests write it before they start other processors. */
  public static final int CMOS_SHUTDOWN = 0x0f;

  static final int B_24_HOURS = 0x02;
  static final int B_BINARY = 0x04;
  private static final int B_SET = 0x80;

  private static final int STATUS_A = 0x0a;
  private static final int STATUS_B = 0x0b;
  private static final int STATUS_C = 0x0c;
  private static final int STATUS_D = 0x0d;
  private static final int SECONDS_ALARM = 0x01;
  private static final int MINUTES_ALARM = 0x03;
  private static final int HOURS_ALARM = 0x05;
  private static final int ANY = 0xc0; // an alarm register with both top bits matches every value

  private static final int A_UPDATE_IN_PROGRESS = 0x80;
  private static final int A_DIVIDER_RESET = 0x60;
  private static final int A_32768_HZ_1024_HZ = 0x26;
  private static final int C_INTERRUPT = 0x80;
  private static final int PERIODIC = 0x40; // PF in C, PIE in B; likewise the next two
  private static final int ALARM = 0x20;
  private static final int UPDATE_ENDED = 0x10;
  private static final int D_VALID = 0x80;

  private static final long SECOND = 1_000_000_000L;
  private static final long LATEST_SECOND = 7_000_000_000L; // the year 2191, well inside what nanoseconds can count
  private static final long UPDATE_NANOS = 244_141;
  private static final int DAY_SECONDS = 86_400;
  private static final TickRate CRYSTAL = new TickRate(32_768);

  private final GuestClock clock;
  private final IrqLine irq;
  private final TimerQueue.Timer timer;
  private final byte[] cmos = new byte[CMOS_BYTES];
  private int index;
  private long offsetNanos; // what the guest has set the clock ahead of guest wall-clock time
  private int flags; // PF, AF, UF
  private long notedSecond; // the last second and period that are in the flags
  private long notedPeriod;

  /**
   * Makes the clock, with the memory sizes in CMOS where firmware puts them.
   *
   * @param irq ISA IRQ 8
   * @param lowBytes RAM below 4 GiB
   * @param highBytes RAM from 4 GiB up
   */
  public RealTimeClock(GuestClock clock, IrqLine irq, long lowBytes, long highBytes) {
    this.clock = clock;
    this.irq = irq;
    timer = clock.timers().newTimer(this::update);
    cmos[STATUS_A] = A_32768_HZ_1024_HZ;
    cmos[STATUS_B] = B_24_HOURS;
    cmos[CalendarRegisters.CENTURY] = 0x20;
    setMemory(lowBytes, highBytes);
    notedSecond = second();
    notedPeriod = period();
  }

  private void setMemory(long lowBytes, long highBytes) {
    long extendedKib = Math.clamp((lowBytes >> 10) - 1024, 0, 0xffff);
    put(0x15, 640, 2);
    put(0x17, extendedKib, 2);
    put(0x30, extendedKib, 2);
    put(0x34, Math.clamp((lowBytes >> 16) - 256, 0, 0xffff), 2); // above 16 MiB, in 64 KiB
    put(0x5b, Math.clamp(highBytes >> 16, 0, 0xff_ffff), 3); // above 4 GiB, in 64 KiB
  }

  private void put(int register, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      cmos[register + i] = (byte) (value >>> (8 * i));
    }
  }

  @Override
  public int readByte(int offset) {
    if ((offset & 1) == 0) {
      return 0xff; // the index is write-only
    }
    return switch (index) {
      case STATUS_A -> (cmos[STATUS_A] & 0xff) | (updateInProgress() ? A_UPDATE_IN_PROGRESS : 0);
      case STATUS_C -> readFlags();
      case STATUS_D -> D_VALID;
      default -> {
        if (CalendarRegisters.isTime(index) && !halted()) {
          CalendarRegisters.encode(second(), cmos[STATUS_B], cmos);
        }
        yield cmos[index] & 0xff;
      }
    };
  }

  @Override
  public void writeByte(int offset, int value) {
    if ((offset & 1) == 0) {
      index = value & 0x7f; // bit 7 would mask NMI
      return;
    }
    switch (index) {
      case STATUS_A -> writeControl(STATUS_A, value & 0x7f);
      case STATUS_B -> writeControl(STATUS_B, value);
      case STATUS_C, STATUS_D -> {} // read-only
      default -> writeMemory(value);
    }
    update();
  }

  private void writeMemory(int value) {
    if (!CalendarRegisters.isTime(index) || halted()) {
      cmos[index] = (byte) value;
      return;
    }
    CalendarRegisters.encode(second(), cmos[STATUS_B], cmos);
    cmos[index] = (byte) value;
    setTime();
  }

  /** Writes A or B. While the clock is halted its registers are plain memory; when it goes on, it goes on from them. */
  private void writeControl(int register, int value) {
    note(); // with the old rate and enables
    boolean wasHalted = halted();
    long now = second();
    if (!wasHalted) {
      CalendarRegisters.encode(now, cmos[STATUS_B], cmos);
    }
    cmos[register] = (byte) value;
    if (wasHalted && !halted()) {
      setTime();
    }
    notedPeriod = period();
  }

  private void setTime() {
    long fraction = Math.floorMod(nanos(), SECOND);
    long set = Math.clamp(CalendarRegisters.decode(cmos, cmos[STATUS_B]), -LATEST_SECOND, LATEST_SECOND);
    offsetNanos = set * SECOND + fraction - clock.wallNanos();
    notedSecond = second();
  }

  private boolean halted() {
    return (cmos[STATUS_B] & B_SET) != 0 || (cmos[STATUS_A] & A_DIVIDER_RESET) == A_DIVIDER_RESET;
  }

  private boolean updateInProgress() {
    return !halted() && Math.floorMod(nanos(), SECOND) >= SECOND - UPDATE_NANOS;
  }

  private long nanos() {
    return clock.wallNanos() + offsetNanos;
  }

  private long second() {
    return Math.floorDiv(nanos(), SECOND);
  }

  /** Number of the current period of the periodic interrupt, or 0 without one. */
  private long period() {
    int ticks = periodTicks();
    return ticks == 0 ? 0 : CRYSTAL.ticksAt(clock.nanos()) / ticks;
  }

  private int periodTicks() {
    int rate = cmos[STATUS_A] & 15;
    return rate == 0 ? 0 : 1 << (rate < 3 ? rate + 6 : rate - 1); // rates 1 and 2 are 8 and 9 with this crystal
  }

  private int readFlags() {
    note();
    int value = flags | ((flags & cmos[STATUS_B] & 0x70) != 0 ? C_INTERRUPT : 0);
    flags = 0;
    update();
    return value;
  }

  /** Brings the flags up to now: they are set whether or not their interrupts are enabled. */
  private void note() {
    long period = period();
    if (period != notedPeriod) {
      notedPeriod = period;
      flags |= PERIODIC;
    }
    long second = second();
    if (second != notedSecond && !halted()) {
      flags |= UPDATE_ENDED;
      if ((flags & ALARM) == 0 && alarmBetween(notedSecond, second)) {
        flags |= ALARM;
      }
      notedSecond = second;
    }
  }

  private boolean alarmBetween(long after, long last) {
    byte[] registers = new byte[CMOS_BYTES];
    long from = Math.max(after, last - DAY_SECONDS);
    for (long second = from + 1; second <= last; second++) {
      CalendarRegisters.encode(second, cmos[STATUS_B], registers);
      if (alarmMatches(registers[CalendarRegisters.SECONDS], SECONDS_ALARM)
          && alarmMatches(registers[CalendarRegisters.MINUTES], MINUTES_ALARM)
          && alarmMatches(registers[CalendarRegisters.HOURS], HOURS_ALARM)) {
        return true;
      }
    }
    return false;
  }

  private boolean alarmMatches(byte value, int alarm) {
    return (cmos[alarm] & ANY) == ANY || cmos[alarm] == value;
  }

  /** Drives the interrupt line, and arms the timer for the next flag that an enabled interrupt waits for. */
  private void update() {
    note();
    irq.set((flags & cmos[STATUS_B] & 0x70) != 0);
    int awaited = cmos[STATUS_B] & ~flags;
    long deadline = TimerQueue.NEVER;
    if ((awaited & PERIODIC) != 0 && periodTicks() != 0) {
      deadline = CRYSTAL.nanosAt((notedPeriod + 1) * periodTicks());
    }
    if ((awaited & (ALARM | UPDATE_ENDED)) != 0 && !halted()) {
      deadline = Math.min(deadline, clock.nanos() + (notedSecond + 1) * SECOND - nanos()); // past, if it has begun
    }
    if (deadline == TimerQueue.NEVER) {
      timer.cancel();
    } else {
      timer.arm(deadline);
    }
  }

  /** Takes a copy of the state. */
  public State save() {
    note();
    return new State(cmos.clone(), index, offsetNanos, flags, notedSecond, notedPeriod);
  }

  /** Sets the state, drives the interrupt line and arms the timer accordingly. */
  public void restore(State state) {
    System.arraycopy(state.cmos, 0, cmos, 0, CMOS_BYTES);
    index = state.index & 0x7f;
    offsetNanos = state.offsetNanos;
    flags = state.flags;
    notedSecond = state.notedSecond;
    notedPeriod = state.notedPeriod;
    update();
  }

  /**
   * The CMOS memory and the clock.
   *
   * @param cmos all 128 bytes
   * @param index the selected one
   * @param offsetNanos how far the guest has set the clock ahead of guest wall-clock time
   * @param flags the flags of register C
   * @param notedSecond the last second that is in them
   * @param notedPeriod the last period that is in them
   */
  public record State(byte[] cmos, int index, long offsetNanos, int flags, long notedSecond, long notedPeriod) {}
}
