package org.demitasse.machine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted of a machine's past. All of it needs execution that repeats exactly: one vCPU on virtual time.
 *
 * @param reversible a debugger may go back; where that cannot be, there is no difference
 * @param record a file for everything that comes from outside, or null
 * @param replay such a file, whose input comes again instead of any other, or null
 * @param undoBytes how much of what is written to disks a way back can undo; before that it ends
 */
public record PastSpec(boolean reversible, @Nullable Path record, @Nullable Path replay, long undoBytes) {
  private static final long MOST_UNDO_BYTES = 512L << 20;

  /** Nothing. */
  public static final PastSpec NONE = new PastSpec(false, null, null);

  /** Undoes 512 MiB, or a quarter of this program's memory if that is less. */
  public PastSpec(boolean reversible, @Nullable Path record, @Nullable Path replay) {
    this(reversible, record, replay, Math.min(MOST_UNDO_BYTES, Runtime.getRuntime().maxMemory() / 4));
  }

  /** Refuses to record a replay, which is there already. */
  public PastSpec {
    if (record != null && replay != null) {
      throw new IllegalArgumentException("a replay cannot be recorded: give --record or --replay, not both");
    }
  }

  /** Whether it is recorded or replayed. */
  boolean hasFile() {
    return record != null || replay != null;
  }
}
