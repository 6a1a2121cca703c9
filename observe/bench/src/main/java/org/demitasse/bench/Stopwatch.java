package org.demitasse.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Times what our programs in a guest do, by the lines that they print: {@code BEGIN name}, and {@code END rounds}. The
 * host holds the clock: under emulation a guest's own may go wrong.
 */
final class Stopwatch implements TimedProcess.OutputWatch {
  private static final String BEGIN = "BEGIN ";
  private static final String END = "END ";

  private final Map<String, Double> secondsPerRound = new LinkedHashMap<>();
  private String name = "";
  private long started;
  private int read;

  @Override
  public void grown(Process process, StringBuilder output) {
    long now = System.nanoTime();
    for (int end = output.indexOf("\n", read); end >= 0; end = output.indexOf("\n", read)) {
      line(output.substring(read, end).strip(), now);
      read = end + 1;
    }
  }

  private void line(String line, long now) {
    if (line.startsWith(BEGIN)) {
      name = line.substring(BEGIN.length());
      started = now;
    } else if (line.startsWith(END) && !name.isEmpty()) {
      secondsPerRound.put(name, (now - started) / 1e9 / Double.parseDouble(line.substring(END.length())));
      name = "";
    }
  }

  /** Seconds for a round of each program, in the order in which they ran. */
  Map<String, Double> secondsPerRound() {
    return secondsPerRound;
  }
}
