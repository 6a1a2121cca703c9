package org.demitasse.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** A kernel of a few bytes of 32-bit code, entered by multiboot at 0x100020. */
final class Multiboot {
  private static final int BASE = 0x100000;
  private static final int MAGIC = 0x1bad_b002;
  private static final int ADDRESSES_GIVEN = 1 << 16;
  private static final int HEADER = 32;

  private Multiboot() {}

  /** Writes it. */
  static Path kernel(Path folder, String hexCode) throws IOException {
    byte[] code = HexFormat.of().parseHex(hexCode.replace(" ", ""));
    ByteBuffer file = ByteBuffer.allocate(HEADER + code.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(MAGIC).putInt(ADDRESSES_GIVEN).putInt(-(MAGIC + ADDRESSES_GIVEN));
    file.putInt(BASE).putInt(BASE).putInt(0).putInt(0).putInt(BASE + HEADER).put(code);
    return Files.write(folder.resolve("kernel.mb"), file.array());
  }
}
