package org.demitasse.core.clock;

/**
 * Guest time: nanoseconds since power-on, never going backwards. The guest's TSC, local APIC timer bus clock and
 * kvmclock all tick once a nanosecond, so this one number is every clock of the machine (see docs/decisions).
 */
public interface GuestClock {
  /** Frequency of the TSC, of the crystal and of the local APIC timer's bus clock, in kHz: one tick a nanosecond. */
  int FREQUENCY_KHZ = 1_000_000;

  /** Nanoseconds since power-on. */
  long nanos();

  /** Wall-clock time now, in nanoseconds since 1970-01-01 00:00 UTC; advances with {@link #nanos()}. */
  long wallNanos();

  /** The timers on this clock. */
  TimerQueue timers();
}
