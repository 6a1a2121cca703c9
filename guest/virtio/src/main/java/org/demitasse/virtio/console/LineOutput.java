package org.demitasse.virtio.console;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** An output for a {@link ConsolePort} that hands on whole lines: how a guest's control port is read. */
public final class LineOutput implements Consumer<byte[]> {
  private static final int MAX_LINE_BYTES = 4096;

  private final Consumer<String> lines;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /** Makes an output whose lines, without their CR and LF, go to {@code lines}; what is over 4096 bytes is cut off. */
  public LineOutput(Consumer<String> lines) {
    this.lines = lines;
  }

  @Override
  public void accept(byte[] bytes) {
    for (byte next : bytes) {
      if (next == '\n') {
        lines.accept(line.toString(StandardCharsets.UTF_8).stripTrailing());
        line.reset();
      } else if (line.size() < MAX_LINE_BYTES) {
        line.write(next);
      }
    }
  }
}
