package org.demitasse.machine;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When a machine reached what, in instructions retired and host time. Written by the machine's thread. */
public final class Milestones {
  /** What a machine reaches. */
  public enum Milestone {
    /** This process started. */
    PROCESS_START,
    /** The first instruction of the guest is about to execute. */
    FIRST_GUEST_INSTRUCTION,
    /** The console printed its first byte. */
    FIRST_CONSOLE_BYTE,
    /** The console printed the text that the user waits for. */
    UNTIL_TEXT,
    /** The machine ended. */
    EXIT
  }

  /**
   * One moment.
   *
   * @param instructions retired by all vCPUs since power-on
   * @param hostNanos {@link System#nanoTime()}
   */
  public record Moment(long instructions, long hostNanos) {}

  private final Map<Milestone, Moment> reached = new EnumMap<>(Milestone.class);

  void reach(Milestone milestone, long instructions) {
    reached.putIfAbsent(milestone, new Moment(instructions, System.nanoTime()));
  }

  /** When a milestone was reached, or null. PROCESS_START is not known here: the JVM tells its own start. */
  public @Nullable Moment at(Milestone milestone) {
    return reached.get(milestone);
  }
}
