package org.demitasse.machine;

import java.nio.file.Path;
import org.demitasse.boot.BootProtocol;
import org.jspecify.annotations.Nullable;

/** The kernel that is wanted. */
public sealed interface KernelSpec {
  /** The guest that Demitasse brings along. */
  record Hello() implements KernelSpec {}

  /**
   * A kernel in a file, in any format that the loaders know.
   *
   * @param path the file
   * @param protocol how it is entered, or null for the best way that it offers
   */
  record KernelFile(Path path, @Nullable BootProtocol protocol) implements KernelSpec {
    /** A kernel that is entered by the best way that it offers. */
    public KernelFile(Path path) {
      this(path, null);
    }
  }
}
