package org.demitasse.machine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted of a machine's past. All of it needs execution that repeats exactly: one vCPU on virtual time.
 *
 * @param reversible a debugger may go back; where that cannot be, there is no difference
 * @param record a file for everything that comes from outside, or null
 * @param replay such a file, whose input comes again instead of any other, or null
 */
public record PastSpec(boolean reversible, @Nullable Path record, @Nullable Path replay) {
  /** Nothing. */
  public static final PastSpec NONE = new PastSpec(false, null, null);

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
