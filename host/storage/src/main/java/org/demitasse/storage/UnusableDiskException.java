package org.demitasse.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A disk that cannot be opened. The message is one sentence with the path, the reason and the value at fault. */
public final class UnusableDiskException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says why, with what the host said as the cause if it said anything. */
  public UnusableDiskException(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
