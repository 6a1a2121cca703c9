package org.demitasse.boot.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The CRC-32 at the end of a bzImage's protected-mode code (Linux Documentation/arch/x86/boot.rst, "The Image
 * Checksum"). It covers what the build wrote: signing for secure boot changes two fields of the PE header later, which
 * count as zero.
 */
final class ImageChecksum {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");
  private static final int PE_OFFSET = 0x3c;
  private static final int PE_SIGNATURE = 0x4550;
  private static final int PE_CHECKSUM = 0x58;
  private static final int PE_OPTIONAL_HEADER = 24;

  /** More than what {@link #removeSignature} changes. */
  private static final int HEADERS_BYTES = 4096;

  private static final int PE32_PLUS = 0x20b;

  private ImageChecksum() {}

  /** False if the image should have a checksum and has another one. */
  static boolean isGood(ByteBuffer file, SetupHeader header) {
    long end = header.protectedModeOffset() + header.protectedModeBytes();
    if (header.version() < 0x208 || end > file.limit() || !isOfAVersionWithChecksum(header.kernelVersion())) {
      return true;
    }
    byte[] headers = new byte[(int) Math.min(HEADERS_BYTES, end - 4)];
    file.get(0, headers);
    removeSignature(ByteBuffer.wrap(headers).order(ByteOrder.LITTLE_ENDIAN));
    CRC32 crc = new CRC32();
    crc.update(headers);
    crc.update(file.slice(headers.length, (int) end - 4 - headers.length));
    int stored = file.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt((int) end - 4);
    return ~(int) crc.getValue() == stored; // theirs is without the final complement
  }

  /** Linux 2.6.26 to 6.15 have one; other boot images that use the format have a version text of their own, or none. */
  private static boolean isOfAVersionWithChecksum(String version) {
    Matcher numbers = VERSION.matcher(version);
    if (!numbers.matches()) {
      return false;
    }
    int number = Integer.parseInt(numbers.group(1)) * 10_000 + Integer.parseInt(numbers.group(2));
    return number >= 3_0000 && number < 6_0016;
  }

  private static void removeSignature(ByteBuffer image) {
    int pe = image.getInt(PE_OFFSET);
    if (image.getShort(0) != 0x5a4d || pe < 0x40 || pe > 0x400 || image.getInt(pe) != PE_SIGNATURE) {
      return;
    }
    image.putInt(pe + PE_CHECKSUM, 0);
    boolean plus = image.getShort(pe + PE_OPTIONAL_HEADER) == PE32_PLUS;
    int directories = pe + PE_OPTIONAL_HEADER + (plus ? 112 : 96);
    image.putLong(directories + 4 * 8, 0); // the certificate table
  }
}
