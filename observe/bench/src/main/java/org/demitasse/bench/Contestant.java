package org.demitasse.bench;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * One who takes part in a benchmark.
 *
 * @param name for the table
 * @param turn what it does when it is its turn
 */
record Contestant(String name, Turn turn) {
  /** One run. */
  interface Turn {
    /**
     * Runs once, cold.
     *
     * @return what was measured, in the order of the table: name of a figure, value (less is better); empty if it
     *     failed or hung
     * @throws IOException if it cannot even be started
     */
    Optional<Map<String, Double>> run() throws IOException, InterruptedException;
  }
}
