package org.demitasse.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.VirtioDiscovery;
import org.demitasse.gdb.DebugAddress;
import org.demitasse.machine.ClockMode;
import org.demitasse.machine.ConsoleKind;
import org.demitasse.machine.DiskSpec;
import org.demitasse.machine.KernelSpec;
import org.demitasse.machine.MachineSpec;
import org.demitasse.machine.PastSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code demi run}: boots one machine with the console in this terminal. */
@Command(
    name = "run",
    description = "Boots a machine, its console being this terminal. Ctrl-A x leaves, Ctrl-A h helps.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    footerHeading = "%nExit status: ",
    footer = {
      "0 when the guest powers off, halts or reboots, or has printed the --until text;",
      "64 wrong usage, 66 unusable input, 70 failure of demi, 80 guest crashed, 124 time-out;",
      "odd: what the guest wrote to the debug-exit port, times two, plus one."
    })
class RunCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec; // null without picocli

  @Parameters(arity = "0..1", paramLabel = "hello", description = "The embedded guest, which tells what it was given.")
  private @Nullable String guest;

  @Option(
      names = {"-k", "--kernel"},
      paramLabel = "FILE",
      description = "Kernel: ELF with a PVH note, bzImage or multiboot; compressed or not.")
  private @Nullable Path kernel;

  @Option(names = "--initrd", paramLabel = "FILE", description = "RAM disk for the kernel.")
  private @Nullable Path initrd;

  @Option(
      names = "--disk",
      paramLabel = "FILE[,ro][,overlay]",
      converter = DiskOption.class,
      description = "Disk image; with overlay, writes are dropped at the end. Again for more disks.")
  private List<DiskSpec> disks = new ArrayList<>();

  @Option(names = "--append", paramLabel = "STRING", description = "Words for the kernel's command line.")
  private String append = "";

  @Option(
      names = {"-m", "--memory"},
      paramLabel = "MIB",
      description = "RAM in MiB; ${DEFAULT-VALUE} if not given.")
  private int memoryMib = MachineSpec.DEFAULT_MEMORY_MIB;

  @Option(
      names = {"-c", "--cpus"},
      paramLabel = "N",
      description = "Number of vCPUs; ${DEFAULT-VALUE} if not given.")
  private int vcpus = 1;

  @Option(
      names = "--engine",
      paramLabel = "auto|cpu|kvm",
      description =
          "What runs the vCPUs: the CPU in pure Java, or the hardware by Linux's KVM; auto takes KVM if it is usable.")
  private String engine = "auto";

  @Option(
      names = "--console",
      paramLabel = "com|virtio",
      description = "The guest's console: its serial port (if not given) or a virtio console.")
  private ConsoleKind console = ConsoleKind.COM;

  @Option(
      names = "--clock",
      paramLabel = "host|virtual",
      description = "Guest time: the host's (if not given), or instructions retired, with idle time skipped.")
  private ClockMode clock = ClockMode.HOST;

  @Option(
      names = "--boot-protocol",
      paramLabel = "pvh|linux64|linux32|multiboot",
      description = "How the kernel is entered; if not given, by the best way that it offers.")
  private @Nullable BootProtocol protocol;

  @Option(
      names = "--virtio-discovery",
      paramLabel = "acpi|cmdline|both",
      description = "How the guest finds virtio devices; if not given, ACPI for Linux and the command line for others.")
  private @Nullable VirtioDiscovery discovery;

  @Option(
      names = "--check-translation",
      hidden = true,
      description = "Compare translated code with the interpreter, and stop at the first difference (slow).")
  private boolean checkTranslation;

  @Option(names = "--debug-exit", description = "A guest's write of V to port 0xf4 ends demi with status 2 V + 1.")
  private boolean debugExit;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What demi ps and demi debug call this machine while it runs.")
  private @Nullable String name;

  @Option(
      names = "--gdb",
      arity = "0..1",
      parameterConsumer = DebugOption.class,
      paramLabel = "ADDR:PORT|unix:PATH",
      description = "Let gdb come, at localhost:1234 if not given.")
  private @Nullable DebugAddress gdb;

  @Option(
      names = {"-S", "--wait"},
      description = "Wait for gdb before the first instruction.")
  private boolean wait;

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description = "Write all that comes from outside, and when, so that it can be replayed; with --clock virtual.")
  private @Nullable Path record;

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description = "Repeat what was recorded, at the same instructions, and tell where execution differs.")
  private @Nullable Path replay;

  @Option(names = "--until", paramLabel = "TEXT", description = "End with 0 as soon as the console has printed TEXT.")
  private @Nullable String until;

  @Option(names = "--timeout", paramLabel = "SECONDS", description = "End with 124 after so many seconds.")
  private @Nullable Double timeoutSeconds;

  @Option(
      names = "--hang",
      paramLabel = "SECONDS",
      description = "End with 80 and a report when the guest has interrupts off and shows no sign of life for so long.")
  private @Nullable Double hangSeconds;

  @Option(
      names = "--all-branches",
      description =
          "Keep every one of the last branches for a crash report: the soft CPU then translates nothing (slow).")
  private boolean allBranches;

  @Option(
      names = "--symbols",
      paramLabel = "FILE[@ADDRESS]",
      description =
          "The kernel's symbols if its own file has none: ELF, or a text as System.map and nm have it;"
              + " with @ADDRESS the symbols of a module, a .ko file, as well, where the guest has put it.")
  private List<String> symbols = new ArrayList<>();

  @Option(
      names = "--tslog",
      paramLabel = "FILE",
      description = "Write the boot log that a FreeBSD or NetBSD kernel with options TSLOG kept in its memory.")
  private @Nullable Path tslog;

  @Option(names = "--stats", paramLabel = "FILE", description = "Write counts and times as JSON; see docs/stats.md.")
  private @Nullable Path stats;

  @Override
  public Integer call() throws FailedException {
    return session(null).run();
  }

  /** Takes the embedded guest's name, as picocli would. */
  final boolean takeGuest(String word) {
    guest = word;
    return true;
  }

  /**
   * Takes an option that has no value, as picocli would; false if it is not one of them. A new one goes in here, too.
   */
  final boolean takeFlag(String name) {
    switch (name) {
      case "--check-translation" -> checkTranslation = true;
      case "--debug-exit" -> debugExit = true;
      case "--all-branches" -> allBranches = true;
      case "--wait", "-S" -> wait = true;
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The long name of an option that has a short one, too. */
  static String longName(String name) {
    return switch (name) {
      case "-k" -> "--kernel";
      case "-m" -> "--memory";
      case "-c" -> "--cpus";
      default -> name;
    };
  }

  /**
   * Takes an option and its value, as picocli would; false if only picocli can. A new one goes in here, too.
   *
   * @throws IllegalArgumentException if the value is not right
   */
  final boolean take(String option, String value) {
    switch (longName(option)) {
      case "--kernel" -> kernel = Path.of(value);
      case "--initrd" -> initrd = Path.of(value);
      case "--disk" -> disks.add(DiskOption.parse(value));
      case "--append" -> append = value;
      case "--memory" -> memoryMib = decimal(value);
      case "--cpus" -> vcpus = decimal(value);
      case "--engine" -> engine = value;
      case "--console" -> console = ConsoleKind.valueOf(value.toUpperCase(Locale.ROOT));
      case "--clock" -> clock = ClockMode.valueOf(value.toUpperCase(Locale.ROOT));
      case "--virtio-discovery" -> discovery = VirtioDiscovery.valueOf(value.toUpperCase(Locale.ROOT));
      case "--boot-protocol" -> protocol = BootProtocol.valueOf(value.toUpperCase(Locale.ROOT));
      case "--record" -> record = Path.of(value);
      case "--replay" -> replay = Path.of(value);
      case "--name" -> name = value;
      case "--until" -> until = value;
      case "--timeout" -> timeoutSeconds = Double.valueOf(value);
      case "--hang" -> hangSeconds = Double.valueOf(value);
      case "--symbols" -> symbols.add(value);
      case "--tslog" -> tslog = Path.of(value);
      case "--stats" -> stats = Path.of(value);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Not octal nor hexadecimal, which picocli reads too. */
  private static int decimal(String value) {
    if (value.startsWith("0")) {
      throw new IllegalArgumentException(value);
    }
    return Integer.parseInt(value);
  }

  /** What the machine is, in a few words for people. */
  final String title() {
    String what = kernel == null ? String.valueOf(guest) : String.valueOf(kernel.getFileName());
    return append.isEmpty() ? what : what + " " + append;
  }

  /** The session that the options ask for, recorded or not. */
  final GuestSession session(@Nullable TraceRecording trace) {
    return new GuestSession(
        machineSpec(),
        until,
        timeoutSeconds == null ? 0 : timeoutSeconds,
        hangSeconds == null ? 0 : hangSeconds,
        stats,
        name,
        new SymbolSpec(symbols, tslog),
        debugSpec(),
        pastSpec(),
        trace);
  }

  private PastSpec pastSpec() {
    try {
      return new PastSpec(debugSpec() != null, record, replay);
    } catch (IllegalArgumentException both) {
      throw wrong(String.valueOf(both.getMessage()));
    }
  }

  private @Nullable DebugSpec debugSpec() {
    if (gdb == null && !wait) {
      return null;
    }
    return new DebugSpec(gdb == null ? DebugAddress.parse(":" + DebugAddress.DEFAULT_PORT) : gdb, wait);
  }

  private MachineSpec machineSpec() {
    requireSeconds("--timeout", timeoutSeconds);
    if (name != null && !name.matches(MachineRegistry.NAME_PATTERN)) {
      throw wrong("'%s' is no name for a machine: letters, digits, and _ . - in between, 63 at most".formatted(name));
    }
    requireSeconds("--hang", hangSeconds);
    if (checkTranslation || allBranches) { // what the soft CPU reads when it is made
      System.setProperty("demitasse.translation", checkTranslation ? "checked" : "none");
    }
    try {
      return new MachineSpec(
          kernelSpec(),
          initrd,
          disks,
          append,
          memoryMib,
          vcpus,
          chosenEngine(askedEngine()),
          console,
          clock,
          discovery,
          debugExit);
    } catch (IllegalArgumentException outOfRange) {
      throw wrong(String.valueOf(outOfRange.getMessage()));
    }
  }

  final @Nullable String untilText() {
    return until;
  }

  final String askedEngine() {
    return engine.toLowerCase(Locale.ROOT);
  }

  /** The engine for what the user asked for. */
  String chosenEngine(String asked) {
    return asked;
  }

  private void requireSeconds(String option, @Nullable Double seconds) {
    if (seconds != null && !(seconds > 0 && seconds < 1e9)) {
      throw wrong("%s must be a positive number of seconds, not %s".formatted(option, seconds));
    }
  }

  private KernelSpec kernelSpec() {
    if (kernel != null) {
      if (guest != null) {
        throw wrong("give the embedded guest '%s' or a kernel file, not both".formatted(guest));
      }
      return new KernelSpec.KernelFile(kernel, protocol);
    }
    if (guest == null) {
      throw wrong("say what to boot: hello, or --kernel FILE");
    }
    if (!guest.equals("hello")) {
      throw wrong("there is no embedded guest '%s', only hello; for a kernel file use --kernel".formatted(guest));
    }
    return new KernelSpec.Hello();
  }

  private RuntimeException wrong(String sentence) {
    return spec == null ? new IllegalArgumentException(sentence) : new ParameterException(spec.commandLine(), sentence);
  }
}
