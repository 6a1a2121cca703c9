package org.demitasse.trace.record;

/** Kinds of what happens at one moment. The order is that of the trace file: add at the end only. */
public enum EventKind {
  /** The boot has come to a point that has a name. */
  MILESTONE,
  /** A line on the console. */
  CONSOLE,
  /** A device's register was read or written. */
  DEVICE,
  /** An interrupt was delivered. */
  INTERRUPT,
  /** A page fault or another exception was delivered. */
  FAULT,
  /** The trace's own words: a note, a wait, a topic. */
  NOTE,
  /** A vCPU was out of the guest: it has a cost. */
  EXIT
}
