package org.demitasse.boot;

import org.jspecify.annotations.Nullable;

/** A kernel, initrd or command line that cannot be booted. The message is one sentence for the user. */
public final class BootException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong with which input. */
  public BootException(String message) {
    super(message);
  }

  /** Says what is wrong with which input, and what showed it. */
  public BootException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
