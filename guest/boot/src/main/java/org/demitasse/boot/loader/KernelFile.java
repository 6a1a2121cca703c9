package org.demitasse.boot.loader;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.demitasse.boot.BootException;
import org.demitasse.boot.Placement;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a kernel's file. They are needed until the kernel is in guest memory, and then only for its symbols; so
 * they are given up in between, and read again when somebody asks.
 */
final class KernelFile {
  private static final int MAX_BYTES = 1 << 30;
  private static final int MAX_PIPED_BYTES = 256 << 20;

  /** The JVM keeps a buffer outside its heap as large as the largest piece that was ever read into the heap. */
  private static final int PIECE = 1 << 18;

  private final Source source;
  private @Nullable ByteBuffer bytes;

  /** Where the bytes come from. */
  @FunctionalInterface
  interface Source {
    ByteBuffer read() throws BootException;
  }

  /** One that reads at once, for the first time. */
  KernelFile(Source source) throws BootException {
    this.source = source;
    bytes = source.read();
  }

  /** Bytes that somebody else keeps, and that never change. */
  static KernelFile inMemory(ByteBuffer bytes) throws BootException {
    return new KernelFile(() -> bytes);
  }

  /**
   * A file on disk.
   *
   * @throws BootException if it cannot be read, or is larger than any kernel
   */
  static KernelFile onDisk(Path path) throws BootException {
    try {
      BasicFileAttributes first = Files.readAttributes(path, BasicFileAttributes.class);
      if (first.isDirectory()) {
        throw new BootException("the kernel %s is a directory".formatted(path));
      }
      if (first.size() > MAX_BYTES) {
        throw new BootException("%s is larger than %s".formatted(path, "1 GiB, which no kernel is"));
      }
      if (!first.isRegularFile()) { // a pipe can be read once
        return inMemory(piped(path));
      }
      return new KernelFile(() -> read(path, first));
    } catch (NoSuchFileException e) {
      throw new BootException("there is no kernel file %s".formatted(path), e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** What the file has in it once unpacked; the file itself is given up. */
  KernelFile unpacked(String name, Compression compression) throws BootException {
    KernelFile unpacked = new KernelFile(() -> compression.unpack(name, bytes(), -1));
    giveUp();
    return unpacked;
  }

  /**
   * The whole file from index 0 to the limit; not to be written to.
   *
   * @throws BootException if it was given up and cannot be read any more, or is another one by now
   */
  ByteBuffer bytes() throws BootException {
    ByteBuffer present = bytes;
    return present == null ? source.read() : present;
  }

  /** Nobody needs the bytes for now. */
  void giveUp() {
    bytes = null;
  }

  /** What a pipe or a device gives, which nobody knows the length of before. */
  private static ByteBuffer piped(Path path) throws BootException, IOException {
    try (InputStream stream = Files.newInputStream(path)) {
      byte[] bytes = stream.readNBytes(MAX_PIPED_BYTES);
      if (stream.read() >= 0) {
        throw new BootException(
            "%s is no file, and gives more than %s".formatted(path, Placement.size(MAX_PIPED_BYTES)));
      }
      return ByteBuffer.wrap(bytes);
    }
  }

  private static ByteBuffer read(Path path, BasicFileAttributes first) throws BootException {
    try (FileChannel channel = FileChannel.open(path)) {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      if (now.size() != first.size() || !now.lastModifiedTime().equals(first.lastModifiedTime())) {
        throw new BootException("the kernel %s has been changed since it was started".formatted(path));
      }
      ByteBuffer all = ByteBuffer.allocate((int) first.size());
      while (all.hasRemaining() && channel.read(all.slice(all.position(), Math.min(PIECE, all.remaining()))) > 0) {
        all.position((int) channel.position());
      }
      return all.flip();
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static BootException unreadable(Path path, IOException e) {
    return new BootException("the kernel %s cannot be read: %s".formatted(path, e), e);
  }
}
