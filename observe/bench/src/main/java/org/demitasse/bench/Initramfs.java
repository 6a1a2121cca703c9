package org.demitasse.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** A cpio archive in the newc format (Linux, driver-api/early-userspace/buffer-format): what an initramfs is. */
final class Initramfs {
  private static final int DIRECTORY = 0040755;
  private static final int EXECUTABLE = 0100755;

  private final ByteArrayOutputStream archive = new ByteArrayOutputStream();
  private final Set<String> directories = new HashSet<>();
  private int inode = 1;

  /** One with a static busybox and an init script. */
  static Initramfs withBusybox(Path busybox, String init) throws IOException {
    return new Initramfs()
        .directory("dev")
        .directory("proc")
        .file("bin/busybox", Files.readAllBytes(busybox))
        .file("init", init.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a directory, and those that it is in. */
  Initramfs directory(String name) {
    int slash = name.lastIndexOf('/');
    if (slash > 0) {
      directory(name.substring(0, slash));
    }
    if (directories.add(name)) {
      entry(name, DIRECTORY, new byte[0]);
    }
    return this;
  }

  /** Adds a file that can be executed, and the directories that it is in. */
  Initramfs file(String name, byte[] content) {
    int slash = name.lastIndexOf('/');
    if (slash > 0) {
      directory(name.substring(0, slash));
    }
    entry(name, EXECUTABLE, content);
    return this;
  }

  /** Ends the archive and writes it. */
  Path write(Path target) throws IOException {
    entry("TRAILER!!!", 0, new byte[0]);
    return Files.write(target, archive.toByteArray());
  }

  private void entry(String name, int mode, byte[] content) {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    int links = mode == DIRECTORY ? 2 : 1;
    int[] fields = {inode++, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, path.length + 1, 0};
    StringBuilder header = new StringBuilder("070701");
    for (int field : fields) {
      header.append("%08X".formatted(field));
    }
    archive.writeBytes(header.toString().getBytes(StandardCharsets.US_ASCII));
    archive.writeBytes(path);
    archive.write(0);
    pad();
    archive.writeBytes(content);
    pad();
  }

  private void pad() {
    while (archive.size() % 4 != 0) {
      archive.write(0);
    }
  }
}
