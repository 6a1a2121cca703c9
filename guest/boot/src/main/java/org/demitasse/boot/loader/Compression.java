package org.demitasse.boot.loader;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.demitasse.boot.BootException;
import org.demitasse.boot.Placement;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

/** The ways in which kernels are compressed, by their magic bytes. */
enum Compression {
  GZIP("gzip", 0x1f, 0x8b, 0x08),
  XZ("xz", 0xfd, '7', 'z', 'X', 'Z', 0x00),
  LZMA("lzma", 0x5d, 0x00, 0x00),
  LZ4("lz4", 0x02, 0x21, 0x4c, 0x18),
  LZ4_FRAME("lz4", 0x04, 0x22, 0x4d, 0x18),
  ZSTD("zstd", 0x28, 0xb5, 0x2f, 0xfd),
  BZIP2("bzip2", 'B', 'Z', 'h'),
  LZO("lzo", 0x89, 'L', 'Z', 'O');

  /** The most that any input is unpacked to: beyond any kernel, and small enough for a host. */
  static final int MAX_UNPACKED = 512 << 20;

  /** What the xz and lzma decoders may allocate, in KiB. */
  private static final int MAX_DICTIONARY_KIB = 128 << 10;

  private final String word;

  @SuppressWarnings("ImmutableEnumChecker") // never written after the constructor
  private final int[] magic;

  Compression(String word, int... magic) {
    this.word = word;
    this.magic = magic;
  }

  /** Says whether the format itself carries a checksum of the content. */
  boolean hasChecksum() {
    return this != LZ4 && this != LZMA && this != LZO;
  }

  /** The method's name for messages. */
  String word() {
    return word;
  }

  /** The method that a file starts like. */
  static Optional<Compression> of(ByteBuffer file) {
    for (Compression compression : values()) {
      if (compression.starts(file)) {
        return Optional.of(compression);
      }
    }
    return Optional.empty();
  }

  private boolean starts(ByteBuffer file) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= file.limit() || (file.get(i) & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Unpacks a file.
   *
   * @param name for messages
   * @param packed the file; bytes behind the compressed stream are ignored
   * @param expected how many bytes come out, or -1 if that is not known
   * @throws BootException if it is damaged, or larger than 512 MiB unpacked
   */
  ByteBuffer unpack(String name, ByteBuffer packed, long expected) throws BootException {
    byte[] input = new byte[packed.limit()];
    packed.get(0, input);
    try {
      ByteBuffer unpacked = unpack(input, expected);
      if (unpacked.limit() == 0) {
        throw new IOException("nothing comes out");
      }
      if (expected >= 0 && unpacked.limit() != expected) {
        throw new IOException("it gives %d bytes instead of %d".formatted(unpacked.limit(), expected));
      }
      return unpacked;
    } catch (IOException | RuntimeException e) { // on damaged input the libraries throw what they like
      throw damaged(name, e);
    }
  }

  /** What to throw at a file that cannot be unpacked. */
  BootException damaged(String name, Exception e) {
    return new BootException("the %s-compressed kernel %s is damaged: %s".formatted(word, name, reason(e)), e);
  }

  private ByteBuffer unpack(byte[] input, long expected) throws IOException {
    if (expected > MAX_UNPACKED) {
      throw tooLarge();
    }
    return switch (this) {
      case LZ4 -> Lz4Legacy.unpack(input, expected, MAX_UNPACKED);
      case ZSTD -> ZstdFrame.unpack(input, expected, MAX_UNPACKED);
      case LZO -> throw new IOException("LZO cannot be unpacked here; rebuild it with another compression");
      case LZ4_FRAME, GZIP, XZ, LZMA, BZIP2 -> {
        try (InputStream stream = open(new ByteArrayInputStream(input))) {
          yield drain(stream, expected);
        }
      }
    };
  }

  private InputStream open(InputStream input) throws IOException {
    return switch (this) {
      case LZ4_FRAME -> new FramedLZ4CompressorInputStream(input);
      case GZIP -> GzipCompressorInputStream.builder().setInputStream(input).get(); // checks the CRC
      case XZ -> new SingleXZInputStream(input, MAX_DICTIONARY_KIB);
      case LZMA -> new LZMAInputStream(input, MAX_DICTIONARY_KIB);
      case BZIP2 -> new BZip2CompressorInputStream(input);
      case LZ4, ZSTD, LZO -> throw new IllegalStateException(word + " is not read as a stream");
    };
  }

  private static ByteBuffer drain(InputStream stream, long expected) throws IOException {
    byte[] bytes = new byte[expected >= 0 ? (int) expected : 1 << 20];
    int length = 0;
    int read = 0;
    while (read >= 0) {
      length += read;
      if (length == bytes.length) {
        int next = stream.read(); // is there more?
        if (next < 0) {
          break;
        }
        if (length == MAX_UNPACKED) {
          throw tooLarge();
        }
        bytes = Arrays.copyOf(bytes, Math.min(MAX_UNPACKED, Math.max(16, length * 2)));
        bytes[length++] = (byte) next;
      }
      read = stream.read(bytes, length, bytes.length - length);
    }
    return ByteBuffer.wrap(bytes, 0, length).slice();
  }

  /** What to throw at a file that would be larger than 512 MiB. */
  static IOException tooLarge() {
    return new IOException("it would be larger than %s unpacked".formatted(Placement.size(MAX_UNPACKED)));
  }

  private static String reason(Exception e) {
    String message = e.getMessage();
    if (e instanceof EOFException) {
      return "it ends too early";
    }
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
