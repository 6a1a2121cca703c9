package org.demitasse.cpu.interpret;

import org.jspecify.annotations.Nullable;

/** Whoever turns hot blocks into regions, in the background. */
public interface BlockTranslator {
  /** Executions that make a block worth translating (DESIGN 5). */
  int DEFAULT_THRESHOLD = 5_000;

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

  /** A block has become hot. */
  void request(Block block, int heat);

  /** A finished region, or null. */
  @Nullable Region poll();
}
