package org.demitasse.machine;

import java.nio.file.Path;

/** The kernel that is wanted. */
public sealed interface KernelSpec {
  /** The guest that Demitasse brings along. */
  record Hello() implements KernelSpec {}

  /** A kernel in a file, in any format that the loaders know. */
  record KernelFile(Path path) implements KernelSpec {}
}
