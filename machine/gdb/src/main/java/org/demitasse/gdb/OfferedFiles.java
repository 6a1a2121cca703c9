package org.demitasse.gdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Files that the machine makes for gdb, which reads them as {@code target:NAME} (Debugging with GDB, appendix E,
 * "File-I/O Packets" and "Host I/O Packets"). None of them is a file of this computer, and nothing can be written.
 */
final class OfferedFiles {
  private static final int MOST_OPEN = 4;
  private static final int MOST_READ = 0x1f00; // escaped, it still fits in a packet
  private static final int ENOENT = 2;
  private static final int EBADF = 9;
  private static final int EMFILE = 24;
  private static final int STAT_BYTES = 64;
  private static final int REGULAR_READ_ONLY = 0100444;

  private final Function<String, Optional<byte[]>> files;
  private final Map<Integer, byte[]> open = new HashMap<>();
  private int made;

  /** Offers what a function finds by name. */
  OfferedFiles(Function<String, Optional<byte[]>> files) {
    this.files = files;
  }

  /** Answers what follows {@code vFile:}; an empty text is "not supported". */
  String reply(String packet) {
    int colon = packet.indexOf(':');
    String[] words = packet.substring(colon + 1).split(",", -1);
    return switch (colon < 0 ? "" : packet.substring(0, colon)) {
      case "setfs" -> "F0";
      case "open" -> open(new String(Hex.bytes(words[0]), StandardCharsets.UTF_8));
      case "close" -> open.remove(number(words, 0)) == null ? failed(EBADF) : "F0";
      case "fstat" -> stat(number(words, 0));
      case "pread" -> read(open.get(number(words, 0)), number(words, 1), number(words, 2));
      default -> "";
    };
  }

  private static int number(String[] words, int n) {
    if (n >= words.length) {
      throw new BadPacketException("another number", null);
    }
    return Hex.number(words[n], Integer.MAX_VALUE);
  }

  private static String failed(int errno) {
    return "F-1,%x".formatted(errno);
  }

  private String open(String name) {
    if (open.size() >= MOST_OPEN) {
      return failed(EMFILE);
    }
    Optional<byte[]> bytes = files.apply(name.startsWith("/") ? name.substring(1) : name);
    if (bytes.isEmpty()) {
      return failed(ENOENT);
    }
    open.put(++made, bytes.get());
    return "F%x".formatted(made);
  }

  private String read(byte @Nullable [] file, int count, int offset) {
    if (file == null) {
      return failed(EBADF);
    }
    int start = Math.min(offset, file.length);
    int bytes = Math.min(Math.min(count, MOST_READ), file.length - start);
    return "F%x;%s".formatted(bytes, new String(file, start, bytes, StandardCharsets.ISO_8859_1));
  }

  /** {@code struct stat} of the protocol: big-endian. Each opening is another file, so that gdb keeps no old one. */
  private String stat(int number) {
    byte[] file = open.get(number);
    if (file == null) {
      return failed(EBADF);
    }
    ByteBuffer stat = ByteBuffer.allocate(STAT_BYTES);
    stat.putInt(0).putInt(number).putInt(REGULAR_READ_ONLY).putInt(1).putInt(0).putInt(0).putInt(0);
    stat.putLong(file.length).putLong(512).putLong((file.length + 511L) / 512);
    stat.putInt(number).putInt(number).putInt(number);
    return "F%x;%s".formatted(STAT_BYTES, new String(stat.array(), StandardCharsets.ISO_8859_1));
  }
}
