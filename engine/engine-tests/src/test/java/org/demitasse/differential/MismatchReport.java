package org.demitasse.differential;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.demitasse.differential.Comparison.Difference;

/** Collects mismatches by opcode and prints each family with its smallest example. */
final class MismatchReport implements Differential.Mismatches {
  private static final class Family {
    final TestCase example = new TestCase();
    long index;
    long count;
    List<Difference> differences = List.of();
  }

  private final Map<String, Family> families = new TreeMap<>();
  private final Shape shape = new Shape();
  private long total;

  @Override
  public void found(long index, TestCase test, Outcome host, Outcome ours, List<Difference> differences) {
    total++;
    Family family = families.computeIfAbsent(familyOf(test), name -> new Family());
    if (family.count++ == 0) {
      family.index = index;
      family.example.copyFrom(test);
      family.differences = List.copyOf(differences);
    }
  }

  long total() {
    return total;
  }

  String familyOf(TestCase test) {
    if (test.sequence) {
      return "sequence";
    }
    shape.parse(test.code, test.mode);
    String map = (shape.vex ? "vex." : "") + new String[] {"", "0f ", "0f38 ", "0f3a "}[Math.min(shape.map, 3)];
    String prefix =
        shape.map == 0
            ? ""
            : (shape.operandSizePrefix ? "66 " : "") + (shape.repeat != 0 ? "%x ".formatted(shape.repeat) : "");
    boolean x87 = shape.map == 0 && shape.opcode >= 0xd8 && shape.opcode <= 0xdf;
    String reg = shape.hasModRm && isGroup() ? "/" + shape.reg() : "";
    String form = x87 && !shape.memory() ? " %02x".formatted(shape.modRm & 0xf8) : reg + (x87 ? " mem" : "");
    return map + prefix + "%02x".formatted(shape.opcode) + form;
  }

  private boolean isGroup() {
    return switch (shape.map) {
      case 0 -> shape.opcode >= 0x80 && !(shape.opcode >= 0x84 && shape.opcode <= 0x8e);
      case 1 ->
          shape.opcode < 2
              || shape.opcode == 0x18
              || shape.opcode >= 0x71 && shape.opcode <= 0x73
              || shape.opcode == 0xae
              || shape.opcode == 0xba
              || shape.opcode == 0xc7;
      default -> shape.vex && shape.opcode == 0xf3;
    };
  }

  /** Prints the biggest families, each with an example that {@code minimiser} has made small. */
  void print(PrintStream to, int most, Differential differential) {
    Minimiser minimiser = new Minimiser(differential);
    List<Map.Entry<String, Family>> sorted = new ArrayList<>(families.entrySet());
    sorted.sort(Comparator.comparingLong(entry -> -entry.getValue().count));
    to.printf("%d mismatches in %d families%n", total, families.size());
    for (Map.Entry<String, Family> entry : sorted.subList(0, Math.min(most, sorted.size()))) {
      Family family = entry.getValue();
      TestCase small = minimiser.minimise(family.example);
      List<Difference> differences = differential.check(small);
      to.printf("%n%s: %d cases, first at index %d%n", entry.getKey(), family.count, family.index);
      to.printf("  %s%n", Disassembly.of(small));
      for (Difference difference : differences.isEmpty() ? family.differences : differences) {
        to.printf("  %s%n", difference);
      }
      to.printf("  %s%s%n", differences.isEmpty() ? "(only within its batch) " : "", CaseLine.format(small));
    }
    if (sorted.size() > most) {
      to.println();
      for (Map.Entry<String, Family> entry : sorted.subList(most, sorted.size())) {
        to.printf("%s: %d  ", entry.getKey(), entry.getValue().count);
      }
      to.println();
    }
  }
}
