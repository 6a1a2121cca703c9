package org.demitasse.machine;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.machine.disassembly.Disassembler;

/** The instructions around the one that a vCPU stands at, as text. */
final class CodeListing {
  private static final int MOST_BEFORE = 5;
  private static final int MOST_AFTER = 5;
  private static final int FARTHEST_START = 4096;
  private static final int LONGEST = 15;

  /** One byte of guest memory by linear address, or -1. */
  interface Memory {
    int read(long linear);
  }

  private CodeListing() {}

  /**
   * Lists.
   *
   * @param function where instructions are known to start, at or before rip: the function's start
   * @param rip linear address of the instruction
   * @param bits 16, 32 or 64
   */
  static List<String> around(Memory memory, long function, long rip, int bits) {
    List<String> before = rip - function <= FARTHEST_START ? before(memory, function, rip, bits) : List.of();
    List<String> lines = new ArrayList<>(before.subList(Math.max(0, before.size() - MOST_BEFORE), before.size()));
    long at = rip;
    for (int n = 0; n <= MOST_AFTER; n++) {
      byte[] code = bytes(memory, at);
      if (code.length == 0) {
        lines.add(line(at == rip, at, "is not mapped, or no RAM"));
        break;
      }
      Disassembler.Line line = Disassembler.read(code, 0, bits, at);
      lines.add(line(at == rip, at, line.text()));
      if (!line.isKnown()) {
        break;
      }
      at += line.length();
    }
    return lines;
  }

  /** What stands before, from a place where instructions are known to start; nothing if they do not lead to rip. */
  private static List<String> before(Memory memory, long start, long rip, int bits) {
    List<String> lines = new ArrayList<>();
    long at = start;
    while (at < rip) {
      Disassembler.Line line = Disassembler.read(bytes(memory, at), 0, bits, at);
      if (!line.isKnown()) {
        lines.clear(); // it may find its way again
      } else {
        lines.add(line(false, at, line.text()));
      }
      at += line.length();
    }
    return at == rip ? lines : List.of();
  }

  private static byte[] bytes(Memory memory, long at) {
    byte[] code = new byte[LONGEST];
    int length = 0;
    for (int value = memory.read(at); value >= 0 && length < LONGEST; value = memory.read(at + length)) {
      code[length++] = (byte) value;
    }
    return java.util.Arrays.copyOf(code, length);
  }

  private static String line(boolean here, long at, String text) {
    return "  %s %016x  %s".formatted(here ? "=>" : "  ", at, text);
  }
}
