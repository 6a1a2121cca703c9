package org.demitasse.cpu.interpret;

import org.jspecify.annotations.Nullable;

/** Whoever turns hot blocks into regions, in the background. */
public interface BlockTranslator {
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

  /** A block has become hot. */
  void request(Block block, int heat);

  /** A finished region, or null. */
  @Nullable Region poll();
}
