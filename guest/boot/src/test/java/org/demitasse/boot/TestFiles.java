package org.demitasse.boot;

import java.nio.file.Path;

/** The real kernels that {@code ./dev test} fetches. */
public final class TestFiles {
  private TestFiles() {}

  /** Such as {@code linux-cloud/vmlinuz}. */
  public static Path of(String name) {
    String folder = System.getenv("DEMITASSE_TEST_FILES");
    if (folder == null) {
      throw new IllegalStateException("DEMITASSE_TEST_FILES is not set: run the tests with ./dev test");
    }
    return Path.of(folder, name);
  }
}
