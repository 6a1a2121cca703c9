package org.demitasse.cpu.interpret;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.demitasse.cpu.core.Op;

/**
 * Which kinds of ops the interpreter executed one after the other in a block, from how often its blocks were entered:
 * what is worth being one op. A kind is an op's class. Blocks that were written to or whose region went out of use are
 * not counted, or from then on.
 */
final class OpPairs {
  private final Map<String, Long> counts = new HashMap<>();

  /** Adds blocks: each op as {@code Kind}, each pair as {@code Kind Kind}. */
  void add(List<Block> blocks) {
    for (Block block : blocks) {
      String before = null;
      for (Op op : block.ops) {
        String kind = kind(op.getClass());
        counts.merge(kind, (long) block.executions, Long::sum);
        if (before != null) {
          counts.merge(before + " " + kind, (long) block.executions, Long::sum);
        }
        before = kind;
      }
    }
  }

  /** The counts so far. */
  Map<String, Long> counts() {
    return counts;
  }

  /** A class without its package; of a lambda, the class that has it. */
  private static String kind(Class<?> type) {
    String name = type.getName().substring(type.getPackageName().length() + 1);
    int lambda = name.indexOf("$$Lambda");
    return lambda < 0 ? name.replace('$', '.') : name.substring(0, lambda) + ".lambda";
  }
}
