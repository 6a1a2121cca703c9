package org.demitasse.gdb;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Numbers and bytes as the protocol writes them. */
final class Hex {
  private static final HexFormat FORMAT = HexFormat.of();

  private Hex() {}

  static String of(byte[] bytes) {
    return FORMAT.formatHex(bytes);
  }

  static String ofText(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Bytes from pairs of digits.
   *
   * @throws BadPacketException if it is anything else
   */
  static byte[] bytes(String digits) {
    try {
      return FORMAT.parseHex(digits);
    } catch (IllegalArgumentException wrong) {
      throw new BadPacketException("bytes in hex", wrong);
    }
  }

  /**
   * An unsigned number of 1 to 16 digits.
   *
   * @throws BadPacketException if it is anything else
   */
  static long number(String digits) {
    try {
      return Long.parseUnsignedLong(digits, 16);
    } catch (NumberFormatException wrong) {
      throw new BadPacketException("a number in hex", wrong);
    }
  }

  /** As {@link #number}, at most {@code most}. */
  static int number(String digits, int most) {
    long number = number(digits);
    if (number < 0 || number > most) {
      throw new BadPacketException("a number up to 0x%x".formatted(most), null);
    }
    return (int) number;
  }
}
