package org.demitasse.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A 32-bit Linux under v86, the emulator for browsers, in node; its package and the kernel are fetched by ./dev bench.
 */
final class V86Boot {
  static final String NAME = "v86";

  private final Guest guest;
  private final Path script;

  /** Prepares to boot Debian's kernel for 32-bit PCs without PAE. */
  V86Boot(Material material, Path initrd, String cmdline, int memoryMib) throws IOException {
    guest = new Guest(Material.fetched("linux-686/vmlinuz"), Optional.of(initrd), cmdline, memoryMib, List.of());
    script = material.resource("v86.mjs");
  }

  /** What is booted. */
  Guest guest() {
    return guest;
  }

  /** The command that boots it; it is ended from outside. */
  List<String> command() throws IOException {
    return List.of(
        "node",
        script.toString(),
        Material.fetched("v86/node_modules/v86").toString(),
        Material.fetched("seabios").toString(),
        guest.kernel().toString(),
        guest.initrd().orElseThrow().toString(),
        String.valueOf(guest.memoryMib()),
        guest.cmdline());
  }
}
