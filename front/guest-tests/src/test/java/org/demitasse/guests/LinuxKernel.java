package org.demitasse.guests;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/** An unpacked kernel package: the kernel, and its modules in an order in which they can be loaded. */
final class LinuxKernel {
  /** Debian's kernel for virtual machines, and the one for computers. */
  enum Flavour {
    CLOUD("linux-cloud"),
    FULL("linux-amd64");

    private final String folder;

    Flavour(String folder) {
      this.folder = folder;
    }
  }

  /** In section .modinfo: what a module needs, separated by commas (module-init-tools). */
  private static final Pattern DEPENDS = Pattern.compile("\0depends=([^\0]*)\0");

  private final Path folder;

  /** A kernel that {@code ./dev test} has fetched; a test without it fails. */
  LinuxKernel(Flavour flavour) {
    folder = TestFiles.require(flavour.folder);
    TestFiles.require(flavour.folder + "/vmlinuz");
    TestFiles.require(flavour.folder + "/lib/modules");
  }

  /** The kernel, a bzImage. */
  Path image() {
    return folder.resolve("vmlinuz");
  }

  /** Modules by name, with what each needs before it; those that are built in are left out. */
  Map<String, byte[]> modules(String... names) {
    Map<String, byte[]> modules = new LinkedHashMap<>();
    for (String name : names) {
      add(name, modules);
    }
    return modules;
  }

  private void add(String name, Map<String, byte[]> modules) {
    if (modules.containsKey(name) || isBuiltIn(name)) {
      return;
    }
    byte[] module = read(name);
    Matcher depends = DEPENDS.matcher(new String(module, StandardCharsets.ISO_8859_1));
    if (depends.find() && !depends.group(1).isEmpty()) {
      Stream.of(depends.group(1).split(",")).forEach(needed -> add(needed, modules));
    }
    modules.put(name, module);
  }

  private boolean isBuiltIn(String name) {
    try (Stream<Path> files = files("modules.builtin")) {
      Pattern line = Pattern.compile("/" + name.replaceAll("[_-]", "[_-]") + "\\.ko$", Pattern.MULTILINE);
      return files.anyMatch(file -> line.matcher(text(file)).find());
    }
  }

  private byte[] read(String name) {
    try (Stream<Path> files = files(name.replaceAll("[_-]", "[_-]") + "\\.ko(\\.xz)?")) {
      Path file = files.findFirst().orElseGet(() -> fail("%s has no module %s", folder, name));
      try (InputStream in = Files.newInputStream(file)) {
        return file.toString().endsWith(".xz") ? new XZInputStream(in).readAllBytes() : in.readAllBytes();
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException("cannot read module " + name, unreadable);
    }
  }

  private Stream<Path> files(String namePattern) {
    try {
      Path modules = folder.resolve("lib/modules").toRealPath();
      return Files.walk(modules).filter(file -> file.getFileName().toString().matches(namePattern));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("cannot read the modules in " + folder, unreadable);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
