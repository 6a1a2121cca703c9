package org.demitasse.cpu.fpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/** One x87 instruction and the state before it. */
final class FpuCase {
  static final int MEMORY_BYTES = 640;
  static final int BYTES = 544 + MEMORY_BYTES;

  final byte[] code = new byte[16];
  int length;
  long flags = 2;
  long rax;
  final byte[] image = new byte[512];
  final byte[] memory = new byte[MEMORY_BYTES];

  FpuCase(byte[] instruction) {
    Arrays.fill(code, (byte) 0x90);
    System.arraycopy(instruction, 0, code, 0, instruction.length);
    length = instruction.length;
  }

  ByteBuffer view() {
    return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
  }

  void put(ByteBuffer to) {
    to.put(code).putLong(flags).putLong(rax).put(image).put(memory);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    ByteBuffer v = view();
    int status = v.getShort(2) & 0xffff;
    text.append("code ").append(HexFormat.of().formatHex(code, 0, length));
    text.append(" cw %04x sw %04x tags %02x".formatted(v.getShort(0) & 0xffff, status, v.get(4) & 0xff));
    for (int i = 0; i < 2; i++) {
      text.append(" st%d %04x:%016x".formatted(i, v.getShort(40 + 16 * i) & 0xffff, v.getLong(32 + 16 * i)));
    }
    return text.append(" mem ").append(HexFormat.of().formatHex(memory, 0, 16)).toString();
  }
}
