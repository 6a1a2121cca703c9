package org.demitasse.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.demitasse.core.memory.GuestMemory;

/** The file that a kernel gets as its initial RAM disk. It is read straight into guest memory. */
public final class Initrd {
  private final Path path;
  private final long bytes;

  private Initrd(Path path, long bytes) {
    this.path = path;
    this.bytes = bytes;
  }

  /**
   * Looks at a file.
   *
   * @throws BootException if it is not a readable, non-empty file
   */
  public static Initrd open(Path path) throws BootException {
    if (!Files.isRegularFile(path)) {
      throw new BootException(
          Files.exists(path) ? "the initrd %s is not a file".formatted(path) : "there is no initrd %s".formatted(path));
    }
    try {
      long bytes = Files.size(path);
      if (bytes == 0) {
        throw new BootException("the initrd %s is empty".formatted(path));
      }
      return new Initrd(path, bytes);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** Its size. */
  public long bytes() {
    return bytes;
  }

  /**
   * Reads it into guest memory; a file that has shrunk leaves zeros behind.
   *
   * @throws BootException if it cannot be read
   */
  public void read(GuestMemory memory, long gpa) throws BootException {
    try (FileChannel channel = FileChannel.open(path)) {
      long done = 0;
      while (done < bytes) {
        int chunk = (int) Math.min(bytes - done, 1 << 24);
        ByteBuffer target = memory.sliceForWrite(gpa + done, chunk).asByteBuffer();
        int read = channel.read(target, done);
        if (read < 0) {
          return;
        }
        done += read;
      }
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static BootException unreadable(Path path, IOException e) {
    return new BootException("the initrd %s cannot be read: %s".formatted(path, e), e);
  }
}
