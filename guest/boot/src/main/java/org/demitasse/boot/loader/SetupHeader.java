package org.demitasse.boot.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The setup header of a bzImage (Linux Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"); offsets are
 * those of the document. Fields that the file's protocol version does not have yet read as their documented default.
 */
public final class SetupHeader {
  /** First byte of the header in the file and in the zero page. */
  public static final int START = 0x1f1;

  private static final int BOOT_FLAG = 0xaa55;
  private static final int HDRS = 0x53726448; // "HdrS"

  /** The real-mode part of the file only: the header outlives the rest. */
  private final ByteBuffer file;

  private SetupHeader(ByteBuffer file) {
    this.file = file;
  }

  /** Says whether a file has such a header. */
  static boolean isIn(ByteBuffer file) {
    ByteBuffer bytes = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return bytes.limit() >= 0x280 && (bytes.getShort(0x1fe) & 0xffff) == BOOT_FLAG && bytes.getInt(0x202) == HDRS;
  }

  static SetupHeader of(ByteBuffer file) {
    SetupHeader whole = new SetupHeader(file.duplicate().order(ByteOrder.LITTLE_ENDIAN));
    byte[] setup = new byte[Math.min(file.limit(), whole.protectedModeOffset())];
    file.get(0, setup);
    return new SetupHeader(ByteBuffer.wrap(setup).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** A copy of the header as it goes into the zero page: from 0x1f1 to its end, which the jump at 0x200 tells. */
  public byte[] copy() {
    int end = Math.min(0x202 + (file.get(0x201) & 0xff), 0x290);
    byte[] header = new byte[Math.min(end, file.limit()) - START];
    file.get(START, header);
    return header;
  }

  /** Boot protocol version, such as 0x20c for 2.12. */
  int version() {
    return file.getShort(0x206) & 0xffff;
  }

  /** Where the protected-mode code starts in the file. */
  int protectedModeOffset() {
    int sectors = file.get(0x1f1) & 0xff;
    return ((sectors == 0 ? 4 : sectors) + 1) * 512;
  }

  /** Size of the protected-mode code in bytes. */
  long protectedModeBytes() {
    return (file.getInt(0x1f4) & 0xffff_ffffL) * 16;
  }

  /** True if the protected-mode code is to be loaded at 1 MiB or above, not at 64 KiB. */
  boolean loadedHigh() {
    return (file.get(0x211) & 1) != 0;
  }

  /** The 32-bit entry point, where the protected-mode code is loaded unless it is relocatable. */
  long code32Start() {
    return file.getInt(0x214) & 0xffff_ffffL;
  }

  /** The highest address that the initrd may occupy. */
  public long initrdAddressMaximum() {
    return version() < 0x203 ? 0x37ff_ffffL : file.getInt(0x22c) & 0xffff_ffffL;
  }

  boolean relocatable() {
    return version() >= 0x205 && file.get(0x234) != 0;
  }

  /** True if there is a 64-bit entry point 0x200 behind the start of the protected-mode code. */
  boolean has64BitEntry() {
    return version() >= 0x20c && (file.getShort(0x236) & 1) != 0;
  }

  /** Longest command line in bytes, without the NUL. */
  int cmdlineSize() {
    return version() < 0x206 ? 255 : (int) Math.min(file.getInt(0x238) & 0xffff_ffffL, 1 << 16);
  }

  /** Where the compressed kernel starts, from the start of the protected-mode code. */
  long payloadOffset() {
    return version() < 0x208 ? 0 : file.getInt(0x248) & 0xffff_ffffL;
  }

  long payloadBytes() {
    return version() < 0x208 ? 0 : file.getInt(0x24c) & 0xffff_ffffL;
  }

  /** Where the kernel would like to be loaded. */
  long preferredAddress() {
    return version() < 0x20a ? code32Start() : file.getLong(0x258);
  }

  /** How much memory the kernel needs from its load address on before it can read a memory map. */
  long initBytes() {
    return version() < 0x20a ? 0 : file.getInt(0x260) & 0xffff_ffffL;
  }

  /** The version text, such as "6.1.0-56-cloud-amd64 (...) #1 SMP", or an empty string. */
  String kernelVersion() {
    int pointer = file.getShort(0x20e) & 0xffff;
    int start = pointer == 0 ? 0 : pointer + 0x200;
    int end = start;
    while (start != 0 && end < file.limit() && end < start + 200 && file.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - start];
    if (text.length > 0) {
      file.get(start, text);
    }
    return new String(text, StandardCharsets.US_ASCII);
  }
}
