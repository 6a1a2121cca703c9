package org.demitasse.boot.loader;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which operating system a kernel is, as far as booting it differs. */
public enum GuestSystem {
  /** Linux; it takes 2,047 bytes of command line (COMMAND_LINE_SIZE). */
  LINUX(2047, "ttyS0", "hvc0"),

  /** NetBSD; it keeps 1,024 bytes of command line, the NUL among them, and drops the rest without a word. */
  NETBSD(1023, "com", "viocon"),

  /** Some other one, of which we know nothing. */
  OTHER(2047, null, null);

  private final int cmdlineLimit;
  private final @Nullable String serialConsole;
  private final @Nullable String virtioConsole;

  GuestSystem(int cmdlineLimit, @Nullable String serialConsole, @Nullable String virtioConsole) {
    this.cmdlineLimit = cmdlineLimit;
    this.serialConsole = serialConsole;
    this.virtioConsole = virtioConsole;
  }

  /** How many bytes of command line its kernels take, without the NUL. */
  int cmdlineLimit() {
    return cmdlineLimit;
  }

  /** What follows {@code console=} for the first serial port, if it must be told. */
  public Optional<String> serialConsole() {
    return Optional.ofNullable(serialConsole);
  }

  /** What follows {@code console=} for the first port of a virtio console, if it must be told. */
  public Optional<String> virtioConsole() {
    return Optional.ofNullable(virtioConsole);
  }
}
