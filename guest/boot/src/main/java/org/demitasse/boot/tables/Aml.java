package org.demitasse.boot.tables;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** An encoder of the ACPI Machine Language that a DSDT of a few devices needs (ACPI 6.5, chapter 20). */
final class Aml {
  private static final int NAME_OP = 0x08;
  private static final int BYTE_PREFIX = 0x0a;
  private static final int WORD_PREFIX = 0x0b;
  private static final int DWORD_PREFIX = 0x0c;
  private static final int STRING_PREFIX = 0x0d;
  private static final int SCOPE_OP = 0x10;
  private static final int BUFFER_OP = 0x11;
  private static final int PACKAGE_OP = 0x12;
  private static final int EXT_OP_PREFIX = 0x5b;
  private static final int DEVICE_OP = 0x82;

  private Aml() {}

  /** Joins pieces of AML. */
  static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      out.writeBytes(piece);
    }
    return out.toByteArray();
  }

  /** {@code Scope (path) {...}}; a path of one segment, after a backslash if it starts at the root. */
  static byte[] scope(String path, byte[]... content) {
    return join(new byte[] {SCOPE_OP}, withLength(join(path(path), join(content))));
  }

  /** {@code Device (name) {...}}. */
  static byte[] device(String name, byte[]... content) {
    return join(new byte[] {EXT_OP_PREFIX, (byte) DEVICE_OP}, withLength(join(path(name), join(content))));
  }

  /** {@code Name (path, value)}. */
  static byte[] name(String path, byte[] value) {
    return join(new byte[] {NAME_OP}, path(path), value);
  }

  /** An integer constant, 0 to 2^32 - 1. */
  static byte[] integer(long value) {
    if (value == 0 || value == 1) {
      return new byte[] {(byte) value};
    }
    if (value <= 0xff) {
      return new byte[] {BYTE_PREFIX, (byte) value};
    }
    return value <= 0xffff
        ? new byte[] {WORD_PREFIX, (byte) value, (byte) (value >> 8)}
        : littleEndian(5).put((byte) DWORD_PREFIX).putInt((int) value).array();
  }

  /** A string constant of ASCII characters. */
  static byte[] string(String text) {
    return join(new byte[] {STRING_PREFIX}, text.getBytes(StandardCharsets.US_ASCII), new byte[1]);
  }

  /** {@code EisaId ("PNP0501")}: three letters and four hexadecimal digits in 32 bits (ACPI 6.5, 19.6.37). */
  static byte[] eisaId(String id) {
    int letters = (id.charAt(0) - '@') << 10 | (id.charAt(1) - '@') << 5 | (id.charAt(2) - '@');
    int number = Integer.parseInt(id.substring(3), 16);
    return integer(Integer.reverseBytes(letters << 16 | number) & 0xffff_ffffL);
  }

  /** {@code Package () {...}} of up to 255 elements. */
  static byte[] packageOf(byte[]... elements) {
    return join(new byte[] {PACKAGE_OP}, withLength(join(new byte[] {(byte) elements.length}, join(elements))));
  }

  /** {@code ResourceTemplate () {...}}: a buffer of descriptors and an end tag without a checksum. */
  static byte[] resources(byte[]... descriptors) {
    byte[] content = join(join(descriptors), new byte[] {0x79, 0});
    return join(new byte[] {BUFFER_OP}, withLength(join(integer(content.length), content)));
  }

  /** {@code Memory32Fixed (ReadWrite, start, bytes)} (ACPI 6.5, 6.4.3.4). */
  static byte[] memory32(long start, int bytes) {
    return littleEndian(12)
        .put((byte) 0x86)
        .putShort((short) 9)
        .put((byte) 1)
        .putInt((int) start)
        .putInt(bytes)
        .array();
  }

  /** {@code IO (Decode16, start, start, 0, ports)} (ACPI 6.5, 6.4.2.5). */
  static byte[] io(int start, int ports) {
    ByteBuffer bytes = littleEndian(8).put((byte) 0x47).put((byte) 1).putShort((short) start).putShort((short) start);
    return bytes.put((byte) 0).put((byte) ports).array();
  }

  /** {@code Interrupt (ResourceConsumer, Level or Edge, ActiveHigh, Exclusive) {gsi}} (ACPI 6.5, 6.4.3.6). */
  static byte[] interrupt(int gsi, boolean edge) {
    int flags = edge ? 3 : 1;
    ByteBuffer bytes = littleEndian(9).put((byte) 0x89).putShort((short) 6).put((byte) flags).put((byte) 1);
    return bytes.putInt(gsi).array();
  }

  /** A path of one segment of up to four characters, which is filled up with underscores. */
  private static byte[] path(String path) {
    boolean root = path.startsWith("\\");
    String segment = (root ? path.substring(1) : path) + "____";
    return ((root ? "\\" : "") + segment.substring(0, 4)).getBytes(StandardCharsets.US_ASCII);
  }

  /** Puts PkgLength before content: one to four bytes, themselves counted (ACPI 6.5, 20.2.4). */
  private static byte[] withLength(byte[] content) {
    int more = 0; // bytes behind the lead byte
    while (more < 3 && content.length + 1 + more >= (more == 0 ? 1 << 6 : 1 << (4 + 8 * more))) {
      more++;
    }
    int length = content.length + 1 + more;
    byte[] prefix = new byte[1 + more];
    prefix[0] = (byte) (more == 0 ? length : more << 6 | length & 0xf);
    for (int i = 1; i <= more; i++) {
      prefix[i] = (byte) (length >> (4 + 8 * (i - 1)));
    }
    return join(prefix, content);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
