package org.demitasse.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.demitasse.gdb.GdbServer;
import org.demitasse.machine.ClockMode;
import org.demitasse.machine.ConsoleOutput;
import org.demitasse.machine.CrashReport;
import org.demitasse.machine.Machine;
import org.demitasse.machine.MachineSpec;
import org.demitasse.machine.Outcome;
import org.demitasse.machine.PastSpec;
import org.demitasse.machine.UnusableEngineException;
import org.demitasse.machine.UnusableInputException;
import org.jspecify.annotations.Nullable;

/**
 * One machine from the command line to the exit status: its console in this terminal, its time limit, its statistics.
 */
final class GuestSession {
  private final MachineSpec spec;
  private final @Nullable String until;
  private final double timeoutSeconds;
  private final double hangSeconds;
  private final @Nullable Path stats;
  private final @Nullable String name;
  private final SymbolSpec symbols;
  private final @Nullable DebugSpec debug;
  private final PastSpec past;
  private final @Nullable TraceRecording trace;

  /**
   * Prepares a session.
   *
   * @param until text that ends it, or null
   * @param timeoutSeconds seconds of host time after which it ends; 0 for never
   * @param hangSeconds seconds without a sign of life after which it ends; 0 for never
   * @param stats where the statistics go, or null
   * @param name what the machine is called while it runs, or null
   * @param symbols what is known of the kernel's insides
   * @param debug a debugger that may come, or null
   * @param past what is wanted of the machine's past
   * @param trace what records it, or null
   */
  GuestSession(
      MachineSpec spec,
      @Nullable String until,
      double timeoutSeconds,
      double hangSeconds,
      @Nullable Path stats,
      @Nullable String name,
      SymbolSpec symbols,
      @Nullable DebugSpec debug,
      PastSpec past,
      @Nullable TraceRecording trace) {
    this.spec = spec;
    this.until = until;
    this.timeoutSeconds = timeoutSeconds;
    this.hangSeconds = hangSeconds;
    this.stats = stats;
    this.name = name;
    this.symbols = symbols;
    this.debug = debug;
    this.past = past;
    this.trace = trace;
  }

  /** Bytes in use that are worth a collection of garbage, of some 20 ms, before the guest starts. */
  private static final long LARGE_HEAP = 20L << 20;

  int run() throws FailedException {
    StatsFile statsFile = stats == null ? null : StatsFile.create(stats);
    Machine[] made = new Machine[1];
    Outcome outcome;
    try (ConsoleWriter writer = new ConsoleWriter(new FileOutputStream(FileDescriptor.out), () -> leave(made[0]));
        Machine machine = assemble(trace == null ? writer : trace.around(writer))) {
      made[0] = machine;
      symbols.begin(machine);
      if (trace != null) {
        trace.begin(machine);
      }
      outcome = debug == null ? runNamed(machine, writer, null) : runDebugged(machine, writer, debug);
      if (trace != null) {
        trace.end();
      }
      symbols.end(machine);
      if (statsFile != null) {
        statsFile.write(machine.statistics());
      }
    } catch (UnusableEngineException unusable) {
      throw new FailedException(ExitStatus.FAILED, String.valueOf(unusable.getMessage()), unusable);
    } catch (UnusableInputException unusable) {
      throw new FailedException(ExitStatus.UNUSABLE_INPUT, String.valueOf(unusable.getMessage()), unusable);
    }
    explain(outcome);
    return ExitStatus.of(outcome);
  }

  private Machine assemble(ConsoleOutput console) throws UnusableInputException {
    Machine machine = Machine.assemble(spec, console, until, GuestSession::warn, past);
    giveBackGarbage();
    return machine;
  }

  /**
   * An unpacked kernel is garbage as soon as it is in guest memory, and as large as all else together; the JVM would
   * keep it as long as there is room. Nothing runs yet that a pause could disturb.
   */
  private static void giveBackGarbage() {
    Runtime jvm = Runtime.getRuntime();
    if (jvm.totalMemory() - jvm.freeMemory() > LARGE_HEAP) {
      System.gc();
    }
  }

  private Outcome runDebugged(Machine machine, ConsoleWriter writer, DebugSpec wanted) throws FailedException {
    try (GdbServer server = GdbServer.listen(wanted.address(), GuestSession::warn)) {
      machine.debugWith(server, wanted.waits());
      String when = wanted.waits() ? "; the guest waits for it" : "";
      warn("gdb can come: gdb -ex 'target remote %s'%s".formatted(server.target(), when));
      return runNamed(machine, writer, server);
    } catch (IOException refused) {
      throw new FailedException(ExitStatus.UNUSABLE_INPUT, String.valueOf(refused.getMessage()), refused);
    }
  }

  private Outcome runNamed(Machine machine, ConsoleWriter writer, @Nullable GdbServer server) throws FailedException {
    if (name == null) {
      return run(machine, writer);
    }
    try (RunningMachine _ = new RunningMachine(name, spec, machine, server)) {
      return run(machine, writer);
    } catch (IOException refused) {
      throw new FailedException(ExitStatus.UNUSABLE_INPUT, String.valueOf(refused.getMessage()), refused);
    }
  }

  private Outcome run(Machine machine, ConsoleWriter writer) throws FailedException {
    limitTime(machine);
    machine.endWhenHanging(hangSeconds);
    if (!Standard.inputIsTerminal()) {
      pipe(machine);
      return machine.run();
    }
    try (RawTerminal terminal = RawTerminal.open()) {
      EscapeKeys keys = new EscapeKeys(() -> leave(machine), () -> help(writer));
      daemon("keyboard", () -> type(terminal.input(), keys, machine));
      Outcome outcome = machine.run();
      writer.drain(); // while the terminal is raw: it would turn line feeds into new lines again
      return outcome;
    } catch (IOException noTerminal) {
      throw new FailedException(
          ExitStatus.FAILED, "cannot use this terminal as a console: " + noTerminal.getMessage(), noTerminal);
    }
  }

  private static void leave(@Nullable Machine machine) {
    if (machine != null) {
      machine.end(Outcome.of(Outcome.Kind.LEFT));
    }
  }

  private static void help(ConsoleWriter writer) {
    EscapeKeys.HELP.replace("\n", "\r\n").chars().forEach(writer::put);
  }

  private void limitTime(Machine machine) {
    if (timeoutSeconds > 0) {
      Outcome timedOut =
          new Outcome(Outcome.Kind.TIMED_OUT, "the time of %s s is over".formatted(shortest(timeoutSeconds)), 0, null);
      daemon(
          "timeout",
          () -> {
            Thread.sleep((long) (timeoutSeconds * 1e3));
            machine.end(timedOut);
          });
    }
  }

  private static String shortest(double seconds) {
    return seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
  }

  private void pipe(Machine machine) throws FailedException {
    if (past.replay() != null) {
      return; // what is typed now does not count, and may never end
    }
    if (spec.clock() == ClockMode.VIRTUAL) { // when input comes must not depend on the host
      try {
        machine.type(System.in.readAllBytes());
      } catch (IOException unreadable) {
        throw new FailedException(
            ExitStatus.FAILED, "cannot read standard input: " + unreadable.getMessage(), unreadable);
      }
    } else {
      daemon("input", () -> pipe(System.in, machine));
    }
  }

  private static void pipe(InputStream in, Machine machine) throws InterruptedException {
    byte[] piece = new byte[4096];
    for (int length = read(in, piece); length > 0; length = read(in, piece)) {
      machine.typeAndWait(java.util.Arrays.copyOf(piece, length));
    }
  }

  private static void type(InputStream in, EscapeKeys keys, Machine machine) {
    byte[] piece = new byte[256];
    for (int length = read(in, piece); length > 0; length = read(in, piece)) {
      machine.type(keys.filter(piece, length));
    }
  }

  /** A closed or broken input is one that has ended: the guest goes on without. */
  private static int read(InputStream in, byte[] piece) {
    try {
      return in.read(piece);
    } catch (IOException ended) {
      return -1;
    }
  }

  private interface Task {
    void run() throws InterruptedException;
  }

  private static void daemon(String name, Task task) {
    Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            task.run();
          } catch (InterruptedException exiting) {
            Thread.currentThread().interrupt();
          }
        });
  }

  static void warn(String sentence) {
    System.err.print("demi: " + sentence + "\r\n"); // the terminal may be raw
  }

  private static void explain(Outcome outcome) {
    if (!outcome.sentence().isEmpty()) {
      System.err.println("demi: " + outcome.sentence());
    }
    CrashReport report = outcome.report();
    if (report != null) {
      report.lines().forEach(line -> System.err.println("  " + line));
    }
  }
}
