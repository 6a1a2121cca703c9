package org.demitasse.storage;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An open and locked image file: whole transfers at a position, without a copy for native memory.
 *
 * <p>Locks lie far past any data, so that they never block plain reads where locks are mandatory. A writer locks the
 * whole lock range; a reader locks one byte of it at random, because Java forbids a second lock of the same byte in one
 * process even when both are shared. On POSIX the kernel drops a process's locks of a file when any channel on it
 * closes: between machines of one process the lock always holds, against other processes until then.
 */
final class DiskFile implements AutoCloseable {
  private static final long LOCK_START = 1L << 62;
  private static final long LOCK_BYTES = 1L << 40;
  private static final int READER_LOCK_TRIES = 8;
  private static final int TRANSFER_BYTES = 1 << 30; // a ByteBuffer counts in int
  private static final int UNIX_TYPE_MASK = 0170000;
  private static final int UNIX_TYPE_BLOCK_DEVICE = 0060000;

  private final Path path;
  private final boolean writable;
  private final boolean temporary;
  private FileChannel channel;

  private DiskFile(Path path, boolean writable, boolean temporary, FileChannel channel) {
    this.path = path;
    this.writable = writable;
    this.temporary = temporary;
    this.channel = channel;
  }

  /** Opens and locks an existing regular file or block device. */
  static DiskFile open(Path path, boolean writable) throws UnusableDiskException {
    requireImage(path);
    return new DiskFile(path, writable, false, openLocked(path, writable));
  }

  /** Makes a sparse file that vanishes when closed, and on POSIX also if this process is killed. */
  static DiskFile temporary(Path directory, long bytes) throws UnusableDiskException {
    try {
      Path path = unusedName(directory);
      Set<OpenOption> options =
          Set.of(
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.SPARSE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      FileChannel channel = FileChannel.open(path, options);
      channel.write(ByteBuffer.allocate(1), bytes - 1);
      return new DiskFile(path, true, true, channel);
    } catch (IOException e) {
      throw new UnusableDiskException(
          "no overlay of %d bytes can be made in %s: %s".formatted(bytes, directory, reason(e)), e);
    }
  }

  /** Not Files.createTempFile, whose secure random numbers take 40 ms to start; the file must be new anyway. */
  private static Path unusedName(Path directory) {
    return directory.resolve("demi-overlay-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".img");
  }

  private static void requireImage(Path path) throws UnusableDiskException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      throw new UnusableDiskException("disk %s does not exist".formatted(path), e);
    } catch (IOException e) {
      throw new UnusableDiskException("disk %s cannot be looked at: %s".formatted(path, reason(e)), e);
    }
    if (attributes.isDirectory()) {
      throw new UnusableDiskException("disk %s is a directory, not an image file".formatted(path), null);
    }
    if (!attributes.isRegularFile() && !isBlockDevice(path)) {
      throw new UnusableDiskException("disk %s is neither a file nor a block device".formatted(path), null);
    }
  }

  private static boolean isBlockDevice(Path path) {
    try {
      return Files.getAttribute(path, "unix:mode") instanceof Integer mode
          && (mode & UNIX_TYPE_MASK) == UNIX_TYPE_BLOCK_DEVICE;
    } catch (IOException | UnsupportedOperationException e) {
      return false; // a file system without Unix modes has no block devices
    }
  }

  private static FileChannel openLocked(Path path, boolean writable) throws UnusableDiskException {
    FileChannel channel;
    try {
      channel =
          writable
              ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
              : FileChannel.open(path, StandardOpenOption.READ);
    } catch (IOException e) {
      String how = writable ? "reading and writing" : "reading";
      throw new UnusableDiskException("disk %s cannot be opened for %s: %s".formatted(path, how, reason(e)), e);
    }
    try {
      lock(channel, path, writable);
      return channel;
    } catch (UnusableDiskException e) {
      closeQuietly(channel, e);
      throw e;
    }
  }

  private static void lock(FileChannel channel, Path path, boolean writable) throws UnusableDiskException {
    boolean locked;
    try {
      locked = writable ? tryLockWhole(channel) : tryLockOneByte(channel);
    } catch (OverlappingFileLockException e) {
      throw new UnusableDiskException("disk %s is in use by another machine of this demi".formatted(path), e);
    } catch (IOException e) {
      throw new UnusableDiskException("disk %s cannot be locked: %s".formatted(path, reason(e)), e);
    }
    if (!locked) {
      String otherwise = writable ? "" : " that may write to it";
      throw new UnusableDiskException("disk %s is in use by another demi%s".formatted(path, otherwise), null);
    }
  }

  private static boolean tryLockWhole(FileChannel channel) throws IOException {
    return channel.tryLock(LOCK_START, LOCK_BYTES, false) != null;
  }

  private static boolean tryLockOneByte(FileChannel channel) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return channel.tryLock(LOCK_START + ThreadLocalRandom.current().nextLong(LOCK_BYTES), 1, true) != null;
      } catch (OverlappingFileLockException e) {
        if (tries == READER_LOCK_TRIES) { // not the bad luck of two equal bytes: there is a writer
          throw e;
        }
      }
    }
  }

  /** What an exception says, without the path that the sentence around it has already. */
  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException files && files.getReason() != null) {
      return files.getReason();
    }
    return String.valueOf(e.getMessage());
  }

  private static void closeQuietly(FileChannel channel, Exception during) {
    try {
      channel.close();
    } catch (IOException e) {
      during.addSuppressed(e);
    }
  }

  Path path() {
    return path;
  }

  boolean writable() {
    return writable;
  }

  long bytes() throws IOException {
    return channel.size();
  }

  void read(long position, MemorySegment into) throws IOException {
    transfer("read", position, into, FileChannel::read);
  }

  void write(long position, MemorySegment from) throws IOException {
    transfer("write", position, from, FileChannel::write);
  }

  void read(long position, List<MemorySegment> into) throws IOException {
    transferAll("read", position, into, FileChannel::read, FileChannel::read);
  }

  void write(long position, List<MemorySegment> from) throws IOException {
    transferAll("write", position, from, FileChannel::write, FileChannel::write);
  }

  void flush() throws IOException {
    try {
      uninterrupted(() -> {
        channel.force(false);
        return 0;
      });
    } catch (IOException e) {
      throw new IOException("disk %s: cannot flush: %s".formatted(path, reason(e)), e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private interface Operation {
    int run() throws IOException;
  }

  private interface Transfer {
    int move(FileChannel channel, ByteBuffer bytes, long position) throws IOException;
  }

  private interface VectoredTransfer {
    long move(FileChannel channel, ByteBuffer[] bytes) throws IOException;
  }

  /** Consecutive bytes scattered over segments: two calls of the system instead of one for each segment. */
  private void transferAll(
      String verb, long position, List<MemorySegment> segments, Transfer each, VectoredTransfer all)
      throws IOException {
    long bytes = segments.stream().mapToLong(MemorySegment::byteSize).sum();
    if (segments.size() > 1 && bytes <= TRANSFER_BYTES) {
      try {
        ByteBuffer[] buffers = segments.stream().map(MemorySegment::asByteBuffer).toArray(ByteBuffer[]::new);
        transferBuffers(position + bytes, buffers, all);
      } catch (IOException e) {
        throw failure(verb, position, bytes, e);
      }
      return;
    }
    long next = position;
    for (MemorySegment segment : segments) {
      transfer(verb, next, segment, each);
      next += segment.byteSize();
    }
  }

  /** What is left says where to go on, as an interrupted transfer, too, has moved bytes. */
  private void transferBuffers(long end, ByteBuffer[] buffers, VectoredTransfer transfer) throws IOException {
    Operation operation =
        () -> {
          channel.position(end - remaining(buffers));
          return (int) transfer.move(channel, buffers);
        };
    while (remaining(buffers) > 0) {
      if (uninterrupted(operation) < 0) {
        throw shorter();
      }
    }
  }

  private static long remaining(ByteBuffer[] buffers) {
    long remaining = 0;
    for (ByteBuffer buffer : buffers) {
      remaining += buffer.remaining();
    }
    return remaining;
  }

  private static EOFException shorter() {
    return new EOFException("the file has become shorter");
  }

  private IOException failure(String verb, long position, long bytes, IOException cause) {
    return new IOException(
        "disk %s: cannot %s %d bytes at byte %d: %s".formatted(path, verb, bytes, position, reason(cause)), cause);
  }

  private void transfer(String verb, long position, MemorySegment segment, Transfer transfer) throws IOException {
    try {
      for (long start = 0; start < segment.byteSize(); start += TRANSFER_BYTES) {
        long length = Math.min(TRANSFER_BYTES, segment.byteSize() - start);
        transferPiece(position + start, segment.asSlice(start, length).asByteBuffer(), transfer);
      }
    } catch (IOException e) {
      throw failure(verb, position, segment.byteSize(), e);
    }
  }

  private void transferPiece(long position, ByteBuffer bytes, Transfer transfer) throws IOException {
    long start = position - bytes.position();
    while (bytes.hasRemaining()) {
      if (uninterrupted(() -> transfer.move(channel, bytes, start + bytes.position())) < 0) {
        throw shorter();
      }
    }
  }

  /**
   * Runs an operation so that a thread's interrupt does not cost the machine its disk: Java closes a channel under an
   * interrupted thread. The interrupt is kept for later; if one strikes in between, the file is opened and locked
   * again.
   */
  private int uninterrupted(Operation operation) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return operation.run();
        } catch (ClosedByInterruptException e) {
          if (temporary) {
            throw e; // its file has no name any more
          }
          interrupted = Thread.interrupted() || interrupted;
          channel = openLocked(path, writable);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
