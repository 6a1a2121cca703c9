package org.demitasse.guests;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes a cpio archive in the "newc" format, as Linux unpacks it into its first file system (buffer-format.rst). */
final class CpioWriter {
  private static final int S_IFDIR = 0040000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFLNK = 0120000;
  private static final int S_IFCHR = 0020000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int inode;

  /** Adds a folder. */
  CpioWriter folder(String path) {
    return entry(path, S_IFDIR | 0755, 0, 0, new byte[0]);
  }

  /** Adds a file that everybody may read and execute. */
  CpioWriter file(String path, byte[] content) {
    return entry(path, S_IFREG | 0755, 0, 0, content);
  }

  /** Adds a symbolic link. */
  CpioWriter link(String path, String target) {
    return entry(path, S_IFLNK | 0777, 0, 0, target.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a character device. */
  CpioWriter device(String path, int major, int minor) {
    return entry(path, S_IFCHR | 0600, major, minor, new byte[0]);
  }

  private CpioWriter entry(String path, int mode, int major, int minor, byte[] content) {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    out.writeBytes("070701".getBytes(StandardCharsets.US_ASCII));
    int[] fields = {++inode, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0};
    for (int field : fields) {
      out.writeBytes("%08x".formatted(field).getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes(name);
    pad();
    out.writeBytes(content);
    pad();
    return this;
  }

  private void pad() {
    while (out.size() % 4 != 0) {
      out.write(0);
    }
  }

  /** Ends the archive. */
  byte[] end() {
    entry("TRAILER!!!", 0, 0, 0, new byte[0]);
    return out.toByteArray();
  }
}
