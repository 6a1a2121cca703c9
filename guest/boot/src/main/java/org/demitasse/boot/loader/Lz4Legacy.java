package org.demitasse.boot.loader;

import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The lz4 tool's legacy frame, which Linux kernels use: a magic number, then blocks of up to 8 MiB unpacked, each
 * behind its packed size (LZ4 Frame Format 1.6.4, "Legacy frame"). It has no checksum.
 */
final class Lz4Legacy {
  /** How much each block but the last one unpacks to. */
  static final int BLOCK = 8 << 20;

  private Lz4Legacy() {}

  static ByteBuffer unpack(byte[] input, long expected, int maximum) throws IOException {
    ByteBuffer sizes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    Lz4JavaDecompressor decompressor = new Lz4JavaDecompressor();
    byte[] output = new byte[(int) (expected >= 0 ? expected : Math.min(maximum, BLOCK))];
    int length = 0;
    int at = 4;
    while (at + 4 <= input.length && sizes.getInt(at) != 0) {
      long size = sizes.getInt(at) & 0xffff_ffffL;
      if (size > input.length - at - 4L) {
        if (expected < 0 && length > 0) {
          break; // not a block: a kernel's build puts the unpacked size behind the last one
        }
        throw new IOException("a block of %d bytes at 0x%x goes beyond the end".formatted(size, at));
      }
      if (expected < 0 && output.length - length < BLOCK) {
        if (length >= maximum) {
          throw Compression.tooLarge();
        }
        output = Arrays.copyOf(output, (int) Math.min(maximum, Math.max(output.length * 2L, length + (long) BLOCK)));
      }
      int room = Math.min(BLOCK, output.length - length);
      length += decompressor.decompress(input, at + 4, (int) size, output, length, room);
      at += 4 + (int) size;
    }
    return ByteBuffer.wrap(output, 0, length).slice();
  }
}
