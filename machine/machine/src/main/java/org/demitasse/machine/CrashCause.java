package org.demitasse.machine;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.demitasse.boot.Layout;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;

/** Guesses why a guest crashed or hangs, where the pattern is known. */
final class CrashCause {
  private static final int START_INFO_MAGIC = 0x336ec578;
  private static final Pattern ROOT =
      Pattern.compile(
          "VFS: (Unable to mount|Cannot open) root|no root device|cannot mount root|boot device:"
              + " <unknown>|mountroot|root device:",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern INIT =
      Pattern.compile(
          "No working init found|Requested init (\\S+) failed|no init\\b|exec \\S*init\\S*: error \\d+|init path"
              + " \\(default");
  private static final Pattern INIT_DIED = Pattern.compile("Attempted to kill init! exitcode=0x([0-9a-f]{8})");

  /** As NetBSD's exit1() says it: both numbers in decimal. */
  private static final Pattern INIT_DIED_NETBSD = Pattern.compile("init died \\(signal (\\d{1,3}), exit (\\d{1,3})\\)");

  /** What a kernel that waits for an answer has printed last: FreeBSD's, NetBSD's and OpenBSD's prompts. */
  private static final Pattern PROMPT = Pattern.compile("(mountroot>|root device.*:|init path \\(default.*:)\\s*$");

  private static final Pattern MEMORY =
      Pattern.compile("Out of memory|deadlocked on memory|out of memory|junk in compressed archive|write error");
  private static final Pattern CALIBRATION =
      Pattern.compile("(calibrat|delay|i8254|pit_|_pit|lapic_.*init|tsc_.*(freq|init)|hpet)", Pattern.CASE_INSENSITIVE);
  private static final Pattern MODULE_ROOT = Pattern.compile("\\broot=(\\S+)");

  private static final String NO_INIT =
      "no init program could be started: the root file system or initrd has none at that path, or it needs an"
          + " interpreter or libraries that are not there";

  private CrashCause() {}

  /**
   * Tells why a guest may not have come to its end in time: it waits for an answer, or prints nothing that anybody
   * sees.
   *
   * @param console the last lines that the guest printed
   */
  static Optional<String> late(BootFacts boot, List<String> console) {
    return console.isEmpty() ? silent(boot) : asks(boot, console);
  }

  /** Tells why a kernel asks its user instead of going on, if that is what it does. */
  private static Optional<String> asks(BootFacts boot, List<String> console) {
    String last = console.getLast();
    if (!PROMPT.matcher(last).find()) {
      return Optional.empty();
    }
    String asked = last.strip().replaceFirst("^\\[[ 0-9.]*\\] ", "");
    String cause = INIT.matcher(last).find() ? NO_INIT : root(boot);
    return Optional.of("the kernel asks \"%s\" and waits for an answer: %s".formatted(asked, cause));
  }

  /**
   * Guesses.
   *
   * @param called the functions that the vCPU is in, the innermost first, as far as known
   * @param console the last lines that the guest printed
   */
  static Optional<String> guess(
      VcpuState state,
      List<String> called,
      BootFacts boot,
      GuestMemory memory,
      List<String> console,
      boolean tripleFault) {
    String text = String.join("\n", console);
    if (ROOT.matcher(text).find()) {
      return Optional.of(root(boot));
    }
    Matcher died = INIT_DIED.matcher(text);
    if (died.find()) {
      return Optional.of(initDied(Integer.parseUnsignedInt(died.group(1), 16)));
    }
    Matcher diedToo = INIT_DIED_NETBSD.matcher(text);
    if (diedToo.find()) {
      return Optional.of(initDied(Integer.parseInt(diedToo.group(2)) << 8 | Integer.parseInt(diedToo.group(1)) & 0x7f));
    }
    if (INIT.matcher(text).find()) {
      return Optional.of(NO_INIT);
    }
    if (MEMORY.matcher(text).find()) {
      return Optional.of("%d MiB of memory are too little: give more with -m".formatted(boot.memoryMib()));
    }
    Optional<String> known = tripleFault ? noTable(state) : calibration(called);
    return console.isEmpty() ? overwritten(boot, memory).or(() -> known).or(() -> silent(boot)) : known;
  }

  private static String root(BootFacts boot) {
    Matcher given = MODULE_ROOT.matcher(boot.cmdline());
    String told = given.find() ? "root=" + given.group(1) + " cannot be mounted" : "no root= was given";
    String disks =
        boot.disks() == 0 ? "the machine has no disk (--disk)" : "the machine has %d disk(s)".formatted(boot.disks());
    String initrd = boot.initrd() ? "an initrd" : "no initrd (--initrd)";
    return "the root file system is missing: %s, and %s and %s; the kernel needs drivers for virtio-mmio disks and the file system, built in or from the initrd"
        .formatted(told, disks, initrd);
  }

  private static String initDied(int code) {
    int signal = code & 0x7f;
    return signal != 0
        ? "the init program was killed by signal %d".formatted(signal)
        : "the init program ended with status %d: it must run for ever".formatted(code >> 8 & 0xff);
  }

  private static Optional<String> overwritten(BootFacts boot, GuestMemory memory) {
    boolean gone = boot.pvh() && memory.readInt(Layout.START_INFO) != START_INFO_MAGIC;
    return gone
        ? Optional.of(
            "start_info at 0x%x, which a PVH kernel is given, was overwritten before the kernel printed anything: the kernel's own memory (BSS, early page tables) is in its way"
                .formatted(Layout.START_INFO))
        : Optional.empty();
  }

  private static Optional<String> silent(BootFacts boot) {
    return Optional.of(
        boot.cmdline().contains("console=")
            ? "the guest printed nothing: perhaps it has no driver for the console of its command line (%s), or has not come to where that starts (Linux: earlyprintk=ttyS0)"
                .formatted(boot.cmdline().strip())
            : "the guest printed nothing: its command line names no console= (Linux: console=ttyS0, NetBSD:"
                + " console=com)");
  }

  private static Optional<String> calibration(List<String> called) {
    return called.stream()
        .filter(name -> CALIBRATION.matcher(name).find())
        .findFirst()
        .map(name ->
            "it waits in %s for a timer that does not tick, or calibrates with one that is not there".formatted(name));
  }

  private static Optional<String> noTable(VcpuState state) {
    boolean protectedMode = (state.cr0() & 1) != 0;
    return protectedMode && state.idtr().limit() == 0
        ? Optional.of("an exception or interrupt came before the guest had an interrupt descriptor table")
        : Optional.empty();
  }
}
