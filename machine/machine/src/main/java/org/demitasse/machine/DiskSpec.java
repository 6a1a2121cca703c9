package org.demitasse.machine;

import java.nio.file.Path;

/**
 * A disk that is wanted.
 *
 * @param file the image
 * @param readOnly the guest may not write
 * @param overlay the guest may write, but what it writes is gone when the machine ends
 */
public record DiskSpec(Path file, boolean readOnly, boolean overlay) {
  /** Refuses a disk that is both. */
  public DiskSpec {
    if (readOnly && overlay) {
      throw new IllegalArgumentException("disk %s cannot be both read-only and an overlay".formatted(file));
    }
  }
}
