package org.demitasse.devices.rtc;

import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** How a moment looks in the clock's registers: BCD or binary, 24 or 12 hours (MC146818A data sheet, table 3). */
final class CalendarRegisters {
  static final int SECONDS = 0x00;
  static final int MINUTES = 0x02;
  static final int HOURS = 0x04;
  static final int DAY_OF_WEEK = 0x06;
  static final int DAY_OF_MONTH = 0x07;
  static final int MONTH = 0x08;
  static final int YEAR = 0x09;
  static final int CENTURY = 0x32;

  private static final int AFTERNOON = 0x80;

  private CalendarRegisters() {}

  /** Says whether a register is part of the running time. */
  static boolean isTime(int register) {
    return switch (register) {
      case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY_OF_MONTH, MONTH, YEAR, CENTURY -> true;
      default -> false;
    };
  }

  /** Writes a moment into its registers. */
  static void encode(long epochSecond, int statusB, byte[] cmos) {
    LocalDateTime time = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC);
    cmos[SECONDS] = number(time.getSecond(), statusB);
    cmos[MINUTES] = number(time.getMinute(), statusB);
    cmos[HOURS] = hour(time.getHour(), statusB);
    cmos[DAY_OF_WEEK] = number(time.getDayOfWeek().getValue() % 7 + 1, statusB);
    cmos[DAY_OF_MONTH] = number(time.getDayOfMonth(), statusB);
    cmos[MONTH] = number(time.getMonthValue(), statusB);
    cmos[YEAR] = number(Math.floorMod(time.getYear(), 100), statusB);
    cmos[CENTURY] = number(Math.floorDiv(time.getYear(), 100), statusB);
  }

  /** The moment that the registers hold; numbers out of range carry into the next field. */
  static long decode(byte[] cmos, int statusB) {
    int year = value(cmos[CENTURY], statusB) * 100 + value(cmos[YEAR], statusB);
    return LocalDateTime.of(year, 1, 1, 0, 0)
        .plusMonths(value(cmos[MONTH], statusB) - 1L)
        .plusDays(value(cmos[DAY_OF_MONTH], statusB) - 1L)
        .plusHours(hourValue(cmos[HOURS], statusB))
        .plusMinutes(value(cmos[MINUTES], statusB))
        .plusSeconds(value(cmos[SECONDS], statusB))
        .toEpochSecond(ZoneOffset.UTC);
  }

  private static byte number(int value, int statusB) {
    boolean binary = (statusB & RealTimeClock.B_BINARY) != 0;
    return (byte) (binary ? value : (value / 10) << 4 | value % 10);
  }

  private static int value(byte register, int statusB) {
    int raw = register & 0xff;
    return (statusB & RealTimeClock.B_BINARY) != 0 ? raw : (raw >>> 4) * 10 + (raw & 15);
  }

  private static byte hour(int hour, int statusB) {
    if ((statusB & RealTimeClock.B_24_HOURS) != 0) {
      return number(hour, statusB);
    }
    int onTheDial = hour % 12 == 0 ? 12 : hour % 12;
    return (byte) (number(onTheDial, statusB) | (hour >= 12 ? AFTERNOON : 0));
  }

  private static int hourValue(byte register, int statusB) {
    if ((statusB & RealTimeClock.B_24_HOURS) != 0) {
      return value(register, statusB);
    }
    int onTheDial = value((byte) (register & ~AFTERNOON), statusB);
    return onTheDial % 12 + ((register & AFTERNOON) != 0 ? 12 : 0);
  }
}
