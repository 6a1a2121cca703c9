package org.demitasse.guests;

import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;

/** What the tests use and did not make: kernels and programs. {@code ./dev test} fetches it all. */
final class TestFiles {
  private TestFiles() {}

  /** The folder that {@code ./dev test} fills. */
  static Path folder() {
    String told = System.getenv("DEMITASSE_TEST_FILES");
    if (told != null) {
      return Path.of(told);
    }
    String cache = System.getenv("XDG_CACHE_HOME");
    Path caches = cache == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
    return caches.resolve("demitasse/test-files");
  }

  /** A fetched file or folder; a test without it fails. */
  static Path require(String name) {
    Path file = folder().resolve(name);
    if (!Files.exists(file)) {
      fail("this test needs %s, which is not there: run ./dev test once, which fetches it through apt", file);
    }
    return file;
  }

  /** The busybox of this computer, which must need no libraries. */
  static Path busybox() {
    for (String name : new String[] {"/bin/busybox", "/usr/bin/busybox"}) {
      Path file = Path.of(name);
      if (Files.isExecutable(file) && Host.run("file", "-L", name).text().contains("statically linked")) {
        return file;
      }
    }
    return fail("this test needs a statically linked busybox (Debian: busybox-static): ./dev test installs it");
  }
}
