package org.demitasse.boot.loader;

import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The first Zstandard frame of a file (RFC 8878, 3.1.1), whatever follows it. */
final class ZstdFrame {
  private static final int BLOCK = 128 << 10;
  private static final int SINGLE_SEGMENT = 0x20;
  private static final int HAS_CHECKSUM = 4;
  private static final int WINDOW_8_MIB = 13 << 3;

  private final byte[] input;
  private final int end;
  private final long bound;

  private ZstdFrame(byte[] input, int end, long bound) {
    this.input = input;
    this.end = end;
    this.bound = bound;
  }

  /**
   * Unpacks the frame.
   *
   * @param input the file; its window descriptor is changed
   * @param expected how many bytes come out, or -1 if that is not known
   * @param maximum how many may
   */
  static ByteBuffer unpack(byte[] input, long expected, int maximum) throws IOException {
    ZstdFrame frame = walk(input);
    long size = expected >= 0 ? expected : frame.size();
    if (size > maximum) {
      throw Compression.tooLarge();
    }
    frame.narrowWindow();
    byte[] output = new byte[(int) size];
    int length = new ZstdJavaDecompressor().decompress(input, 0, frame.end, output, 0, output.length);
    return ByteBuffer.wrap(output, 0, length).slice();
  }

  /** Finds the end of the frame from block to block, and the most that can be in it: 128 KiB a block. */
  private static ZstdFrame walk(byte[] input) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    int descriptor = bytes.get(4);
    boolean single = (descriptor & SINGLE_SEGMENT) != 0;
    int[] dictionaryBytes = {0, 1, 2, 4};
    int[] sizeBytes = {single ? 1 : 0, 2, 4, 8};
    int at = 5 + (single ? 0 : 1) + dictionaryBytes[descriptor & 3] + sizeBytes[descriptor >> 6 & 3];
    long bound = 0;
    boolean last = false;
    while (!last) {
      int header = bytes.getShort(at) & 0xffff | (bytes.get(at + 2) & 0xff) << 16;
      last = (header & 1) != 0;
      boolean runLength = (header >> 1 & 3) == 1;
      at += 3 + (runLength ? 1 : header >> 3);
      bound += BLOCK;
    }
    at += (descriptor & HAS_CHECKSUM) != 0 ? 4 : 0;
    if (at > input.length) {
      throw new IOException("the stream is truncated");
    }
    return new ZstdFrame(input, at, bound);
  }

  /** The size that the frame promises, or the most that it can have. */
  private long size() {
    long told = new ZstdJavaDecompressor().getDecompressedSize(input, 0, end);
    return told >= 0 ? Math.min(told, bound) : bound;
  }

  /**
   * Makes a window of more than 8 MiB pass the library's limit. The limit is there for its streams: here all output
   * stays in one array, so a match may reach back as far as it likes. Kernels are packed with 128 MiB.
   */
  private void narrowWindow() {
    if ((input[4] & SINGLE_SEGMENT) == 0 && (input[5] & 0xff) > WINDOW_8_MIB) {
      input[5] = WINDOW_8_MIB;
    }
  }
}
