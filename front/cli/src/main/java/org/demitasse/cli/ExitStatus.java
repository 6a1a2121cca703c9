package org.demitasse.cli;

import org.demitasse.machine.Outcome;

/**
 * What the process ends with. All of our own are even, as what a guest asks for through the debug-exit port is always
 * odd. The same table is in docs/cli.md.
 */
final class ExitStatus {
  /** The guest ended as guests do, or {@code --until} was satisfied, or the user left. */
  static final int OK = 0;

  /** {@code trace check}: a budget was exceeded. */
  static final int OVER_BUDGET = 2;

  /** The command line makes no sense. */
  static final int USAGE = 64;

  /** A kernel, initrd, disk or command line for the guest is missing or cannot be used. */
  static final int UNUSABLE_INPUT = 66;

  /** This program or the host failed. */
  static final int FAILED = 70;

  /** The guest's kernel panicked or shut down by a triple fault. */
  static final int GUEST_CRASHED = 80;

  /** {@code --timeout} was over; as timeout(1) says it. */
  static final int TIMED_OUT = 124;

  private ExitStatus() {}

  static int of(Outcome outcome) {
    return switch (outcome.kind()) {
      case POWERED_OFF, HALTED, REBOOTED, TEXT_SEEN, LEFT -> OK;
      case DEBUG_EXIT -> outcome.debugExitStatus() & 0xff;
      case TIMED_OUT -> TIMED_OUT;
      case CRASHED -> GUEST_CRASHED;
      case ENGINE_FAILED -> FAILED;
    };
  }
}
