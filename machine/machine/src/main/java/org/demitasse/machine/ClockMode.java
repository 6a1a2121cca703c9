package org.demitasse.machine;

/** What guest time is. */
public enum ClockMode {
  /** The host's time. */
  HOST,
  /** A function of instructions retired: two runs of one input are identical, and idle time is skipped. */
  VIRTUAL
}
