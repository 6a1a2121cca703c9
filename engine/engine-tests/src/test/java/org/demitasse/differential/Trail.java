package org.demitasse.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.demitasse.cpu.core.Cpu;

/** What a vCPU was at some moments of a run, each a count of instructions: two runs of one program leave the same. */
final class Trail {
  private static final int LONGEST = 300;
  private static final int REGISTERS = 3;

  /** Instructions, RIP, flags, registers. */
  private final List<long[]> moments = new ArrayList<>();

  /** Notes registers after so many instructions. */
  void add(long instructions, Cpu cpu) {
    if (moments.size() >= LONGEST) {
      return;
    }
    long[] moment = new long[REGISTERS + 16];
    moment[0] = instructions;
    moment[1] = cpu.rip;
    moment[2] = cpu.eflags();
    System.arraycopy(cpu.gpr, 0, moment, REGISTERS, 16);
    moments.add(moment);
  }

  /** The first moment that differs, as a sentence; empty if none does. */
  String difference(Trail other) {
    for (int i = 0; i < Math.max(moments.size(), other.moments.size()); i++) {
      long[] ours = i < moments.size() ? moments.get(i) : new long[0];
      long[] theirs = i < other.moments.size() ? other.moments.get(i) : new long[0];
      if (!Arrays.equals(ours, theirs)) {
        return "at the end of turn %d:%n   interpreted %s%n   translated  %s"
            .formatted(i + 1, text(ours), text(theirs));
      }
    }
    return "";
  }

  private static String text(long[] moment) {
    if (moment.length == 0) {
      return "nothing";
    }
    return "%d instructions, rip %x, flags %x, ".formatted(moment[0], moment[1], moment[2])
        + IntStream.range(0, 16)
            .mapToObj(i -> Comparison.gprName(i) + "=" + Long.toHexString(moment[REGISTERS + i]))
            .collect(Collectors.joining(" "));
  }
}
