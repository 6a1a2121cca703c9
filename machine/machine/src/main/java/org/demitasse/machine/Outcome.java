package org.demitasse.machine;

import org.jspecify.annotations.Nullable;

/**
 * How a machine ended.
 *
 * @param kind the kind of end
 * @param sentence what happened, for the user; empty where there is nothing to say
 * @param debugExitStatus the exit status that the guest asked for, with DEBUG_EXIT; else 0
 * @param report the state of the vCPU that crashed, or null
 */
public record Outcome(Kind kind, String sentence, int debugExitStatus, @Nullable CrashReport report) {
  /** Kinds of ends. */
  public enum Kind {
    /** The guest powered itself off. */
    POWERED_OFF,
    /** The guest halted: nothing can wake it, or it said that it waits for a key to reboot. */
    HALTED,
    /** The guest asked for a reset. */
    REBOOTED,
    /** The guest ended the machine through the debug-exit port. */
    DEBUG_EXIT,
    /** The console printed the text that the machine was to end at. */
    TEXT_SEEN,
    /** The user left. */
    LEFT,
    /** The guest's time was up. */
    TIMED_OUT,
    /** The guest's kernel panicked, or shut down by a triple fault. */
    CRASHED,
    /** The engine cannot run this guest. */
    ENGINE_FAILED
  }

  /** An end without more to say. */
  public static Outcome of(Kind kind) {
    return new Outcome(kind, "", 0, null);
  }
}
