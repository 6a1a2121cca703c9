package org.demitasse.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A small ELF file made by hand: one loaded segment, one PVH note, and the symbols {@code start} and {@code data}. */
final class SmallElf {
  static final long BASE = 0x10_0000;
  static final byte[] CODE = {(byte) 0xf4, (byte) 0xeb, (byte) 0xfd, 0};

  private SmallElf() {}

  static byte[] elf64() {
    ByteBuffer b = ByteBuffer.allocate(0x400).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    b.putShort(16, (short) 2)
        .putShort(18, (short) 62)
        .putInt(20, 1)
        .putLong(24, BASE)
        .putLong(32, 64)
        .putLong(40, 0x200);
    b.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 2);
    b.putShort(58, (short) 64).putShort(60, (short) 5).putShort(62, (short) 4);
    segment64(b, 64, 1, 0x100, BASE, CODE.length, 0x2000);
    segment64(b, 120, 4, 0x110, BASE + 0x10, 20, 20);
    b.put(0x100, CODE);
    b.putInt(0x110, 4).putInt(0x114, 4).putInt(0x118, 18).put(0x11c, ascii("Xen\0")).putInt(0x120, (int) BASE);
    b.put(0x130, ascii("\0start\0data\0"));
    b.put(0x140, ascii("\0.note\0.symtab\0.strtab\0.names\0"));
    symbol64(b, 0x188, 1, 0x12, BASE, 3);
    symbol64(b, 0x1a0, 7, 0x11, BASE + 0x1000, 0);
    section64(b, 1, 1, 7, 0x110, 20, 0);
    section64(b, 2, 7, 2, 0x170, 72, 3);
    section64(b, 3, 15, 3, 0x130, 12, 0);
    section64(b, 4, 23, 3, 0x140, 30, 0);
    return b.array();
  }

  static byte[] elf32() {
    ByteBuffer b = ByteBuffer.allocate(0x140).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1});
    b.putShort(16, (short) 2).putShort(18, (short) 3).putInt(20, 1).putInt(24, (int) BASE).putInt(28, 52);
    b.putShort(40, (short) 52).putShort(42, (short) 32).putShort(44, (short) 1);
    b.putInt(52, 1).putInt(56, 0x100).putInt(60, 0xc010_0000).putInt(64, (int) BASE).putInt(68, 4).putInt(72, 0x30);
    b.put(0x100, CODE);
    return b.array();
  }

  private static void segment64(ByteBuffer b, int at, int type, long offset, long address, long bytes, long memory) {
    b.putInt(at, type).putInt(at + 4, 5).putLong(at + 8, offset).putLong(at + 16, 0xffff_ffff_8000_0000L + address);
    b.putLong(at + 24, address).putLong(at + 32, bytes).putLong(at + 40, memory).putLong(at + 48, 4);
  }

  private static void section64(ByteBuffer b, int index, int name, int type, long offset, long size, int link) {
    int at = 0x200 + 64 * index;
    b.putInt(at, name).putInt(at + 4, type).putLong(at + 24, offset).putLong(at + 32, size).putInt(at + 40, link);
  }

  private static void symbol64(ByteBuffer b, int at, int name, int type, long value, long size) {
    b.putInt(at, name)
        .put(at + 4, (byte) type)
        .putShort(at + 6, (short) 1)
        .putLong(at + 8, value)
        .putLong(at + 16, size);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
