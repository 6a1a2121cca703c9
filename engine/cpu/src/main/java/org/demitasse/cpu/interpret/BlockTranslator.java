package org.demitasse.cpu.interpret;

import org.jspecify.annotations.Nullable;

/** Whoever turns hot blocks into regions, in the background. */
public interface BlockTranslator {
  /**
   * Executions that make a block worth translating. Of a boot's interpreted instructions nine tenths are of code that
   * is executed more than a thousand times; a region costs the JVM's compilers some 5 ms.
   */
  int DEFAULT_THRESHOLD = 3_000;

  /** No translation. */
  BlockTranslator NONE =
      new BlockTranslator() {
        @Override
        public void request(Block block, int heat) {}

        @Override
        public @Nullable Region poll() {
          return null;
        }
      };

  /** How many executions make a block worth a {@link #request}. */
  default int threshold() {
    return DEFAULT_THRESHOLD;
  }

  /** Instructions executed in a quick region after which it is worth an {@link #improve}. */
  default long improvementWork() {
    return Long.MAX_VALUE;
  }

  /** A quick region runs so much that it is worth being compiled well. */
  default void improve(Region region) {}

  /** A block has become hot. */
  void request(Block block, int heat);

  /** A finished region, or null. */
  @Nullable Region poll();

  /** Says whether the code that it makes tells of calls and returns. */
  default boolean tellsFlow() {
    return false;
  }

  /** Where its code is shared with other machines, or null if it is not. */
  default @Nullable CodeStore store() {
    return null;
  }
}
