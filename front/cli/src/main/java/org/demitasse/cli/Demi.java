package org.demitasse.cli;

import org.jspecify.annotations.Nullable;

/** The program. What people do most starts here without picocli, which takes a fifth of a second to start. */
public final class Demi {
  private Demi() {}

  /** Runs the command and ends the process with its exit status. */
  public static void main(String[] args) {
    System.exit(execute(args));
  }

  static int execute(String... args) {
    if (args.length == 1 && args[0].equals("--version")) {
      System.out.println(version());
      return ExitStatus.OK;
    }
    GuestSession session = quickSession(args);
    if (session == null) {
      return Commands.execute(args);
    }
    try {
      return session.run();
    } catch (FailedException told) {
      return explain(told);
    } catch (RuntimeException mistake) {
      return explainMistake(mistake);
    }
  }

  private static @Nullable GuestSession quickSession(String... args) {
    RunCommand run = QuickRun.read(args);
    try {
      return run == null ? null : run.session(null);
    } catch (IllegalArgumentException wrong) { // picocli finds it again, and tells
      return null;
    }
  }

  /** The version of the jar, and what it runs on. */
  static String version() {
    String version = Demi.class.getPackage().getImplementationVersion();
    String java = System.getProperty("java.vm.version");
    return "demi " + (version == null ? "(not packaged)" : version) + " on Java " + java;
  }

  static int explain(FailedException told) {
    System.err.println("demi: " + told.getMessage());
    return told.status();
  }

  static int explainMistake(Exception failure) {
    System.err.println("demi: this is a mistake in Demitasse, not yours; please report it:");
    failure.printStackTrace();
    return ExitStatus.FAILED;
  }
}
