package org.demitasse.differential;

import java.util.List;
import java.util.function.Consumer;
import org.demitasse.differential.Comparison.Difference;

/** Takes away from a mismatching case everything without which it still mismatches in the same way. */
final class Minimiser {
  private final Differential differential;

  Minimiser(Differential differential) {
    this.differential = differential;
  }

  private static List<String> kinds(List<Difference> differences) {
    return differences.stream().map(d -> d.what().startsWith("mem") ? "mem" : d.what()).distinct().toList();
  }

  /** A smaller case with the same kinds of differences. */
  TestCase minimise(TestCase original) {
    TestCase best = new TestCase();
    best.copyFrom(original);
    List<String> wanted = kinds(differential.check(best));
    if (wanted.isEmpty()) {
      return best; // it does not happen when it runs alone
    }
    for (int i = 0; i < 16; i++) {
      int register = i;
      best = attempt(best, wanted, test -> test.gpr[register] = 0);
    }
    best = attempt(best, wanted, test -> test.rflags &= 0x302);
    best = attempt(best, wanted, test -> test.fsBase = test.fs == 0 ? 0 : test.fsBase);
    best = attempt(best, wanted, test -> test.gsBase = test.gs == 0 ? 0 : test.gsBase);
    best = attempt(best, wanted, test -> test.fx.putInt(XsaveImage.MXCSR, 0x1f80));
    best = attempt(best, wanted, test -> test.fx.putShort(XsaveImage.FCW, (short) 0x37f));
    best = attempt(best, wanted, test -> test.fx.putShort(XsaveImage.FSW, (short) 0));
    best = attempt(best, wanted, test -> test.fx.put(XsaveImage.FTW, (byte) 0));
    for (int at = XsaveImage.ST; at < 416; at += 16) {
      int slot = at;
      best = attempt(best, wanted, test -> test.fx.putLong(slot, 0).putLong(slot + 8, 0));
    }
    return best;
  }

  private TestCase attempt(TestCase from, List<String> wanted, Consumer<TestCase> change) {
    TestCase changed = new TestCase();
    changed.copyFrom(from);
    change.accept(changed);
    return kinds(differential.check(changed)).equals(wanted) ? changed : from;
  }
}
