package org.demitasse.differential;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says in what two outcomes of one case differ. */
final class Comparison {
  private static final String[] NAMES_64 = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
  };
  private static final long RESUME_FLAG = 0x10000;
  private static final long STATUS_FLAGS = 0x8d5;

  /** Linux shows every fault above user space as a protection fault, mapped or not: bit 0 tells nothing there. */
  private static final int PROTECTION = 1;

  private static final long END_OF_USER_SPACE = 0x7fff_ffff_f000L;

  private final Undefined undefined = new Undefined();
  private final Approximate approximate = new Approximate();
  private @Nullable ByteBuffer pristine;
  private long pristineSeed;

  /**
   * One difference.
   *
   * @param what a register, "flags", "vector" or a memory address
   * @param host the host's value
   * @param ours the engine's
   */
  record Difference(String what, String host, String ours) {
    @Override
    public String toString() {
      return what + ": host " + host + ", ours " + ours;
    }
  }

  static String gprName(int index) {
    return NAMES_64[index];
  }

  /** The quick answer for the usual case; false does not yet mean a mismatch. */
  static boolean identical(TestCase test, Outcome host, Outcome ours) {
    if (host.vector != ours.vector || host.rip != ours.rip || ((host.rflags ^ ours.rflags) & ~RESUME_FLAG) != 0) {
      return false;
    }
    if (host.hasErrorCode() && host.error != ours.error || host.vector == Outcome.PAGE_FAULT && host.cr2 != ours.cr2) {
      return false;
    }
    return sameGpr(test, host, ours) && sameSegments(host, ours) && sameFx(host, ours) && sameMemory(host, ours);
  }

  private static long gprMask(TestCase test, Outcome host) {
    return test.mode == Mode.LONG && host.cs == 0x33 ? -1 : 0xffff_ffffL;
  }

  private static boolean sameGpr(TestCase test, Outcome host, Outcome ours) {
    long mask = gprMask(test, host);
    int count = mask == -1 ? 16 : 8;
    for (int i = 0; i < count; i++) {
      if (((host.gpr[i] ^ ours.gpr[i]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameSegments(Outcome host, Outcome ours) {
    return host.cs == ours.cs
        && host.ss == ours.ss
        && host.ds == ours.ds
        && host.es == ours.es
        && host.fs == ours.fs
        && host.gs == ours.gs
        && host.fsBase == ours.fsBase
        && host.gsBase == ours.gsBase;
  }

  private static boolean sameFx(Outcome host, Outcome ours) {
    if (host.fx.getInt(XsaveImage.FCW) != ours.fx.getInt(XsaveImage.FCW)
        || host.fx.get(XsaveImage.FTW) != ours.fx.get(XsaveImage.FTW)
        || host.fx.getInt(XsaveImage.MXCSR) != ours.fx.getInt(XsaveImage.MXCSR)) {
      return false;
    }
    for (int at = XsaveImage.ST; at < XsaveImage.XMM; at += 16) {
      if (host.fx.getLong(at) != ours.fx.getLong(at) || host.fx.getShort(at + 8) != ours.fx.getShort(at + 8)) {
        return false;
      }
    }
    for (int at = XsaveImage.XMM; at < XsaveImage.XMM + 256; at += 8) {
      if (host.fx.getLong(at) != ours.fx.getLong(at)) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameMemory(Outcome host, Outcome ours) {
    if (host.changedWords != ours.changedWords) {
      return false;
    }
    for (int i = 0; i < host.changedWords; i++) {
      if (host.changedIndex[i] != ours.changedIndex[i] || host.changedValue[i] != ours.changedValue[i]) {
        return false;
      }
    }
    return true;
  }

  /** Everything that differs and must not; empty if the engine is right. */
  List<Difference> differences(TestCase test, Outcome host, Outcome ours) {
    if (identical(test, host, ours) || undefined.whole(test, host, ours) || host.timedOut && ours.timedOut) {
      return List.of();
    }
    List<Difference> found = new ArrayList<>();
    if (host.timedOut != ours.timedOut) {
      found.add(new Difference("timed out", "" + host.timedOut, "" + ours.timedOut));
    }
    compareEvent(test, host, ours, found);
    compareRegisters(test, host, ours, found);
    compareFx(test, host, ours, found);
    if (!undefined.partialStores(test, host)) {
      compareMemory(test, host, ours, found);
    }
    return found;
  }

  private static void check(List<Difference> found, String what, long host, long ours) {
    if (host != ours) {
      found.add(new Difference(what, "%x".formatted(host), "%x".formatted(ours)));
    }
  }

  private void compareEvent(TestCase test, Outcome host, Outcome ours, List<Difference> found) {
    boolean anyAddress = (!host.completed() || !ours.completed()) && undefined.faultAddress(test);
    if (anyAddress && isAddressFault(host) && isAddressFault(ours)) {
      return;
    }
    check(found, "vector", host.vector, ours.vector);
    if (host.vector == ours.vector) {
      if (host.vector == Outcome.PAGE_FAULT) {
        check(found, "cr2", host.cr2, ours.cr2);
        int mask = Long.compareUnsigned(host.cr2, END_OF_USER_SPACE) >= 0 ? ~PROTECTION : ~0;
        check(found, "error code", host.error & mask, ours.error & mask);
      } else if (host.hasErrorCode()) {
        check(found, "error code", host.error, ours.error);
      }
    }
  }

  private static boolean isAddressFault(Outcome outcome) {
    return outcome.vector >= 12 && outcome.vector <= Outcome.PAGE_FAULT || outcome.vector == Outcome.ALIGNMENT;
  }

  private void compareRegisters(TestCase test, Outcome host, Outcome ours, List<Difference> found) {
    check(found, "rip", host.rip, ours.rip);
    long open = host.completed() ? undefined.flags(test) : test.sequence ? STATUS_FLAGS : 0;
    check(found, "flags", host.rflags & ~open & ~RESUME_FLAG, ours.rflags & ~open & ~RESUME_FLAG);
    long mask = gprMask(test, host);
    int count = mask == -1 ? 16 : 8;
    for (int i = 0; i < count; i++) {
      check(found, NAMES_64[i], host.gpr[i] & mask, ours.gpr[i] & mask);
    }
    check(found, "cs", host.cs, ours.cs);
    check(found, "ss", selector(host.ss), selector(ours.ss));
    check(found, "ds", selector(host.ds), selector(ours.ds));
    check(found, "es", selector(host.es), selector(ours.es));
    check(found, "fs", selector(host.fs), selector(ours.fs));
    check(found, "gs", selector(host.gs), selector(ours.gs));
    // A null selector: Intel clears the base, AMD before Zen 4 keeps it.
    if (host.fs > 3 || test.fs == host.fs) {
      check(found, "fs base", host.fsBase, ours.fsBase);
    }
    if (host.gs > 3 || test.gs == host.gs) {
      check(found, "gs base", host.gsBase, ours.gsBase);
    }
  }

  /** Null selectors are all one: the return to the host's signal handler clears what bits they have. */
  private static int selector(int value) {
    return value <= 3 ? 0 : value;
  }

  private void compareFx(TestCase test, Outcome host, Outcome ours, List<Difference> found) {
    check(found, "fcw", host.fx.getShort(XsaveImage.FCW) & 0xffff, ours.fx.getShort(XsaveImage.FCW) & 0xffff);
    int hostStatus = host.fx.getShort(XsaveImage.FSW) & 0xffff;
    int ourStatus = ours.fx.getShort(XsaveImage.FSW) & 0xffff;
    int open = hostStatus != ourStatus ? approximate.openStatus(test) : 0;
    check(found, "fsw", hostStatus & ~open, ourStatus & ~open);
    check(found, "ftw", host.fx.get(XsaveImage.FTW) & 0xff, ours.fx.get(XsaveImage.FTW) & 0xff);
    check(found, "mxcsr", host.fx.getInt(XsaveImage.MXCSR), ours.fx.getInt(XsaveImage.MXCSR));
    for (int i = 0; i < 8; i++) {
      int at = XsaveImage.ST + 16 * i;
      String theirs = "%04x:%016x".formatted(host.fx.getShort(at + 8), host.fx.getLong(at));
      String mine = "%04x:%016x".formatted(ours.fx.getShort(at + 8), ours.fx.getLong(at));
      if (!theirs.equals(mine) && !approximate.acceptsX87(test, host, ours, at)) {
        found.add(new Difference("st" + i, theirs, mine));
      }
    }
    for (int i = 0; i < 16; i++) {
      int at = XsaveImage.XMM + 16 * i;
      String theirs = "%016x%016x".formatted(host.fx.getLong(at + 8), host.fx.getLong(at));
      String mine = "%016x%016x".formatted(ours.fx.getLong(at + 8), ours.fx.getLong(at));
      if (!theirs.equals(mine) && !approximate.acceptsXmm(test, host, ours, at)) {
        found.add(new Difference("xmm" + i, theirs, mine));
      }
    }
  }

  private void compareMemory(TestCase test, Outcome host, Outcome ours, List<Difference> found) {
    int i = 0;
    int j = 0;
    while (i < host.changedWords || j < ours.changedWords) {
      int theirs = i < host.changedWords ? host.changedIndex[i] : Integer.MAX_VALUE;
      int mine = j < ours.changedWords ? ours.changedIndex[j] : Integer.MAX_VALUE;
      int word = Math.min(theirs, mine);
      long before = pristine(test, word);
      long left = word == theirs ? host.changedValue[i++] : before;
      long right = word == mine ? ours.changedValue[j++] : before;
      if (left != right && !approximate.acceptsMemory(test, left, right)) {
        check(found, "mem[%x] (was %x)".formatted(Arena.addressOf(word * 8), before), left, right);
      }
    }
  }

  private long pristine(TestCase test, int word) {
    if (pristine == null || pristineSeed != test.dataSeed) {
      pristine = GuestArena.littleEndian(Arena.contents(test.dataSeed));
      pristineSeed = test.dataSeed;
    }
    return pristine.getLong(word * 8);
  }
}
