package org.demitasse.gdb;

import org.jspecify.annotations.Nullable;

/** A client's packet makes no sense; it is answered with an error. */
final class BadPacketException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what was expected. */
  BadPacketException(String expected, @Nullable Throwable cause) {
    super("expected " + expected, cause, false, false);
  }
}
