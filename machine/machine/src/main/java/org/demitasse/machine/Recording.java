package org.demitasse.machine;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Everything that came to a machine from outside, with the moment when it came, and now and then a mark of what the
 * vCPU was like: a text file of lines {@code typed INSTRUCTIONS NANOS HEX} and {@code mark INSTRUCTIONS RIP DIGEST}.
 */
final class Recording {
  private static final String FIRST_LINE = "demitasse recording 1 ";
  private static final int MAX_LINES = 10_000_000;

  /** What was typed, when so many instructions were retired and guest time had come so far. */
  record Typed(long instructions, long nanos, byte[] bytes) {}

  /** What the vCPU was like after so many instructions. */
  record Mark(long instructions, long rip, long digest) {}

  private final List<Typed> typed = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();

  List<Typed> typed() {
    return typed;
  }

  List<Mark> marks() {
    return marks;
  }

  /**
   * Reads a recording.
   *
   * @param machine one line about the machine, which must be the same
   * @throws UnusableInputException if it is not a recording, or of another machine
   */
  static Recording read(Path file, String machine) throws UnusableInputException {
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (lines.isEmpty() || !lines.getFirst().startsWith(FIRST_LINE) || lines.size() > MAX_LINES) {
        throw new UnusableInputException("%s is not a recording".formatted(file));
      }
      String recorded = lines.getFirst().substring(FIRST_LINE.length());
      if (!recorded.equals(machine)) {
        throw new UnusableInputException(
            "%s was recorded on another machine: %s, and this is %s".formatted(file, recorded, machine));
      }
      Recording recording = new Recording();
      for (int n = 1; n < lines.size(); n++) {
        recording.add(lines.get(n), file, n + 1);
      }
      return recording;
    } catch (IOException unreadable) {
      throw new UnusableInputException("cannot read the recording %s: %s".formatted(file, unreadable), unreadable);
    }
  }

  private void add(String line, Path file, int number) throws UnusableInputException {
    String[] words = line.split(" ", -1);
    try {
      if (words.length == 4 && words[0].equals("typed")) {
        byte[] bytes = HexFormat.of().parseHex(words[3]);
        typed.add(new Typed(Long.parseLong(words[1]), Long.parseLong(words[2]), bytes));
        return;
      } else if (words.length == 4 && words[0].equals("mark")) {
        long digest = Long.parseUnsignedLong(words[3], 16);
        marks.add(new Mark(Long.parseLong(words[1]), Long.parseUnsignedLong(words[2], 16), digest));
        return;
      }
    } catch (IllegalArgumentException nonsense) {
      // told below
    }
    throw new UnusableInputException("%s: line %d makes no sense".formatted(file, number));
  }

  /** Writes a recording as it is made; each line is in the file at once. */
  static final class Writer implements AutoCloseable {
    private final BufferedWriter out;
    private final Path file;

    Writer(Path file, String machine) throws UnusableInputException {
      this.file = file;
      try {
        out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        out.write(FIRST_LINE + machine + "\n");
        out.flush();
      } catch (IOException unwritable) {
        throw new UnusableInputException("cannot write the recording %s: %s".formatted(file, unwritable), unwritable);
      }
    }

    void typed(Typed typed) {
      line("typed %d %d %s".formatted(typed.instructions, typed.nanos, HexFormat.of().formatHex(typed.bytes)));
    }

    void mark(Mark mark) {
      line("mark %d %x %x".formatted(mark.instructions, mark.rip, mark.digest));
    }

    private void line(String text) {
      try {
        out.write(text);
        out.write('\n');
        out.flush();
      } catch (IOException full) {
        throw new UncheckedIOException("cannot write the recording %s".formatted(file), full);
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
