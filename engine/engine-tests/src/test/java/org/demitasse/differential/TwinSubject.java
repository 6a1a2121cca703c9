package org.demitasse.differential;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.cpu.Translation;

/**
 * The soft CPU's translated code, with the interpreter beside it: each case runs once in the interpreter, once to build
 * its blocks, and once as a region. Whatever the two runs have not in common is noted, undefined flags and the
 * registers at the end of every turn included; the outcome handed out is the translated one.
 */
final class TwinSubject implements Subject {
  private static final int MOST_NOTED = 20;

  private final EngineSubject interpreted = new EngineSubject(new SoftEngine(Translation.NONE));
  private final EngineSubject translated;
  private final Outcome reference = new Outcome();
  private final Outcome first = new Outcome();
  private final List<String> differences = new ArrayList<>();
  private long total;
  private long turn = EngineSubject.MOST_INSTRUCTIONS;

  TwinSubject(Translation translation) {
    translated = new EngineSubject(new SoftEngine(translation));
  }

  /** Both of the twins end their turns after so many instructions. */
  void turns(long instructions) {
    turn = instructions;
    interpreted.turns(instructions);
  }

  /** Instructions that were executed as translated code. */
  long translatedInstructions() {
    return translated.translatedInstructions();
  }

  /** Descriptions of the first cases in which the twins differed. */
  List<String> differences() {
    return differences;
  }

  /** How many cases differed. */
  long total() {
    return total;
  }

  @Override
  public void run(TestCase[] cases, Outcome[] outcomes, int count) {
    for (int i = 0; i < count; i++) {
      TestCase test = cases[i];
      interpreted.run(new TestCase[] {test}, new Outcome[] {reference}, 1);
      translated.enter(test);
      translated.turns(EngineSubject.MOST_INSTRUCTIONS);
      translated.execute(test, first);
      translated.turns(turn);
      translated.arena().restoreData();
      translated.execute(test, outcomes[i]);
      translated.arena().leave(test, outcomes[i]);
      Throwable failure = translated.translatorFailure();
      if (failure != null) {
        throw new IllegalStateException("the translator broke on " + CaseLine.format(test), failure);
      }
      String found = difference(reference, outcomes[i]) + interpreted.trail().difference(translated.trail());
      if (!found.isEmpty() && total++ < MOST_NOTED) {
        differences.add("%s%n   %s%n   %s".formatted(found, CaseLine.format(test), Disassembly.of(test)));
      }
    }
  }

  private static String difference(Outcome a, Outcome b) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      compare(text, Comparison.gprName(i), a.gpr[i], b.gpr[i]);
    }
    compare(text, "vector", a.vector, b.vector);
    compare(text, "error code", a.error, b.error);
    compare(text, "rip", a.rip, b.rip);
    compare(text, "flags", a.rflags, b.rflags);
    compare(text, "cr2", a.cr2, b.cr2);
    compare(text, "cs", a.cs, b.cs);
    compare(text, "ss", a.ss, b.ss);
    compare(text, "ds", a.ds, b.ds);
    compare(text, "es", a.es, b.es);
    compare(text, "fs", a.fs, b.fs);
    compare(text, "gs", a.gs, b.gs);
    compare(text, "fs base", a.fsBase, b.fsBase);
    compare(text, "gs base", a.gsBase, b.gsBase);
    compare(text, "timed out", a.timedOut ? 1 : 0, b.timedOut ? 1 : 0);
    int at = a.fx.mismatch(b.fx);
    if (at >= 0) {
      compare(text, "xsave+0x%x".formatted(at & ~7), a.fx.getLong(at & ~7), b.fx.getLong(at & ~7));
    }
    compare(text, "changed words", a.changedWords, b.changedWords);
    for (int i = 0; i < Math.min(a.changedWords, b.changedWords); i++) {
      compare(text, "changed address", a.changedIndex[i], b.changedIndex[i]);
      compare(text, "mem+0x%x".formatted(8 * a.changedIndex[i]), a.changedValue[i], b.changedValue[i]);
    }
    return text.toString();
  }

  private static void compare(StringBuilder text, String what, long interpreted, long translated) {
    if (interpreted != translated) {
      text.append("%s: interpreted %x, translated %x%n   ".formatted(what, interpreted, translated));
    }
  }

  @Override
  public void close() {
    interpreted.close();
    translated.close();
  }
}
