package org.demitasse.machine;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that came to a machine from outside, with the moment when it came, and now and then a mark of what the
 * vCPU was like: a text file, whose lines are {@code is NAME: VALUE} for each fact of the machine, {@code begin},
 * {@code typed INSTRUCTIONS NANOS HEX}, {@code mark INSTRUCTIONS RIP DIGEST}, {@code changed INSTRUCTIONS} where a
 * debugger wrote to registers or memory, and at last {@code end INSTRUCTIONS NANOS guest|host WHY}.
 */
final class Recording {
  private static final String ANY_VERSION = "demitasse recording ";
  private static final String FIRST_LINE = ANY_VERSION + "2";
  private static final long MAX_BYTES = 1L << 30;
  private static final int MAX_LINES = 10_000_000;

  /** What was typed, when so many instructions were retired and guest time had come so far. */
  record Typed(long instructions, long nanos, byte[] bytes) {}

  /** What the vCPU was like after so many instructions. */
  record Mark(long instructions, long rip, long digest) {}

  /**
   * The end.
   *
   * @param guests whether the guest ended the machine itself; else the host did
   * @param why what happened
   */
  record End(long instructions, long nanos, boolean guests, String why) {}

  private final List<Typed> typed = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private MachineFacts facts = MachineFacts.none();
  private @Nullable End end;
  private long changed = Long.MAX_VALUE;
  private long last;
  private long lastNanos;

  List<Typed> typed() {
    return typed;
  }

  List<Mark> marks() {
    return marks;
  }

  /** When a debugger first changed the guest by hand, in instructions; the largest number if none did. */
  long changed() {
    return changed;
  }

  /** The end; of a recording that breaks off, the last moment that it knows. */
  End end() {
    return end == null ? new End(last, lastNanos, false, "the recording breaks off") : end;
  }

  /**
   * Reads a recording.
   *
   * @param machine the machine that it is to be replayed on, which must be the same
   * @throws UnusableInputException if it is not a recording, or of another machine
   */
  static Recording read(Path file, MachineFacts machine) throws UnusableInputException {
    try {
      if (Files.isDirectory(file)) {
        throw new UnusableInputException("%s is a folder, not a recording".formatted(file));
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new UnusableInputException("%s is not a recording: it is too long".formatted(file));
      }
      Recording recording = new Recording();
      for (String line : lines(file)) {
        recording.add(line, file);
      }
      if (!recording.begun) {
        throw new UnusableInputException("the recording %s breaks off before it begins".formatted(file));
      }
      Optional<String> difference = recording.facts.difference(machine);
      if (difference.isPresent()) {
        throw new UnusableInputException("%s was recorded with %s".formatted(file, difference.get()));
      }
      return recording;
    } catch (NoSuchFileException missing) {
      throw new UnusableInputException("there is no recording %s".formatted(file), missing);
    } catch (IOException unreadable) {
      throw new UnusableInputException("cannot read the recording %s: %s".formatted(file, unreadable), unreadable);
    }
  }

  private boolean begun;
  private int number = 1; // of the line, for messages

  /** All whole lines but the first; one that has no end was not written to its end. */
  private static List<String> lines(Path file) throws IOException, UnusableInputException {
    List<String> lines = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.ISO_8859_1))) {
      char[] start = new char[FIRST_LINE.length() + 1];
      int length = in.read(start);
      String first = new String(start, 0, Math.max(0, length));
      if (!first.startsWith(ANY_VERSION)) {
        throw new UnusableInputException("%s is not a recording".formatted(file));
      }
      if (!first.equals(FIRST_LINE + "\n")) {
        throw new UnusableInputException("%s is a recording of another version of demi".formatted(file));
      }
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c >= 0 && lines.size() < MAX_LINES; c = in.read()) {
        if (c == '\n') {
          lines.add(line.toString());
          line.setLength(0);
        } else {
          line.append((char) c);
        }
      }
    }
    return lines;
  }

  private void add(String line, Path file) throws UnusableInputException {
    number++;
    String[] words = line.split(" ", 5);
    try {
      if (end == null && isTaken(line, words)) {
        return;
      }
    } catch (IllegalArgumentException nonsense) {
      // told below
    }
    throw new UnusableInputException("%s: line %d makes no sense".formatted(file, number));
  }

  private boolean isTaken(String line, String[] words) {
    if (!begun && words[0].equals("is") && line.contains(": ")) {
      int colon = line.indexOf(": ");
      facts = facts.with(line.substring(3, colon), utf8(line.substring(colon + 2)));
      return true;
    }
    if (!begun) {
      begun = line.equals("begin");
      return begun;
    }
    switch (words[0] + words.length) {
      case "typed4" -> {
        byte[] bytes = HexFormat.of().parseHex(words[3]);
        typed.add(new Typed(moment(words[1]), nanos(words[2]), bytes));
      }
      case "mark4" -> {
        long digest = Long.parseUnsignedLong(words[3], 16);
        marks.add(new Mark(moment(words[1]), Long.parseUnsignedLong(words[2], 16), digest));
      }
      case "changed2" -> changed = Math.min(changed, moment(words[1]));
      case "end5" -> end = new End(moment(words[1]), nanos(words[2]), words[3].equals("guest"), utf8(words[4]));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** A number of instructions, which never goes back: or the replay would wait for a moment that has been. */
  private long moment(String digits) {
    long instructions = Long.parseLong(digits);
    if (instructions < last) {
      throw new IllegalArgumentException(digits);
    }
    last = instructions;
    return instructions;
  }

  private long nanos(String digits) {
    lastNanos = Long.parseLong(digits);
    return lastNanos;
  }

  private static String utf8(String bytes) {
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** Writes a recording as it is made; each line is in the file at once. */
  static final class Writer {
    private final BufferedWriter out;
    private final Path file;
    private final Consumer<String> warnings;
    private boolean failed;

    /** Begins a recording. */
    Writer(Path file, MachineFacts machine, Consumer<String> warnings) throws UnusableInputException {
      this.file = file;
      this.warnings = warnings;
      try {
        out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        out.write(FIRST_LINE + "\n");
        for (var fact : machine.values().entrySet()) {
          out.write("is %s: %s\n".formatted(fact.getKey(), fact.getValue()));
        }
        out.write("begin\n");
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

    void changed(long instructions) {
      line("changed %d".formatted(instructions));
    }

    void end(End end) {
      line(
          "end %d %d %s %s"
              .formatted(
                  end.instructions, end.nanos, end.guests ? "guest" : "host", end.why.replace('\n', ' ').strip()));
      try {
        out.close();
      } catch (IOException full) {
        fail(full);
      }
    }

    private void line(String text) {
      try {
        if (!failed) {
          out.write(text);
          out.write('\n');
          out.flush();
        }
      } catch (IOException full) {
        fail(full);
      }
    }

    /** The guest goes on without: what is written can still be replayed. */
    private void fail(IOException full) {
      if (!failed) {
        failed = true;
        warnings.accept("the recording %s breaks off here: %s".formatted(file, full.getMessage()));
      }
    }
  }
}
