package org.demitasse.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A cpio archive in the newc format (Linux, driver-api/early-userspace/buffer-format): what an initramfs is. */
final class Initramfs {
  private static final int DIRECTORY = 0040755;
  private static final int EXECUTABLE = 0100755;

  private final ByteArrayOutputStream archive = new ByteArrayOutputStream();
  private int inode = 1;

  /** One that holds a static busybox and an init script, written to a file. */
  static void write(Path target, Path busybox, String init) throws IOException {
    Initramfs files = new Initramfs();
    files.entry("bin", DIRECTORY, new byte[0]);
    files.entry("dev", DIRECTORY, new byte[0]);
    files.entry("proc", DIRECTORY, new byte[0]);
    files.entry("bin/busybox", EXECUTABLE, Files.readAllBytes(busybox));
    files.entry("init", EXECUTABLE, init.getBytes(StandardCharsets.UTF_8));
    files.entry("TRAILER!!!", 0, new byte[0]);
    Files.write(target, files.archive.toByteArray());
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
