package org.demitasse.cpu.system;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.X87State;

/** The XSAVE area of a saved vCPU: the 64-bit FXSAVE image and the header (Intel SDM vol. 1, 10.5.1, 13.4). */
final class XsaveImage {
  /** Size for x87 and SSE. */
  static final int BYTES = 576;

  private static final int XSTATE_BV = 512;
  private static final int REGISTERS = 32;
  private static final int XMM = 160;
  private static final int MXCSR_MASK = 0xffff;

  private XsaveImage() {}

  static byte[] save(Cpu cpu) {
    ByteBuffer image = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    X87State x87 = cpu.x87;
    image.putShort(0, (short) x87.control);
    image.putShort(2, (short) (x87.status & ~0x3800 | x87.top << 11));
    image.put(4, (byte) ~x87.empty);
    image.putShort(6, (short) x87.opcode);
    image.putLong(8, x87.instructionPointer);
    image.putLong(16, x87.dataPointer);
    image.putInt(24, cpu.mxcsr);
    image.putInt(28, MXCSR_MASK);
    for (int i = 0; i < 8; i++) {
      int physical = x87.top + i & 7;
      image.putLong(REGISTERS + 16 * i, x87.significand[physical]);
      image.putShort(REGISTERS + 16 * i + 8, (short) x87.signExponent[physical]);
    }
    for (int i = 0; i < 32; i++) {
      image.putLong(XMM + 8 * i, cpu.xmm[i]);
    }
    image.putLong(XSTATE_BV, 3);
    return image.array();
  }

  /** Components that XSTATE_BV leaves out get their initial values. */
  static void restore(Cpu cpu, byte[] bytes) {
    ByteBuffer image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long present = image.getLong(XSTATE_BV);
    ByteBuffer initial = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    initial.putShort(0, (short) 0x37f);
    restoreX87(cpu.x87, (present & 1) != 0 ? image : initial);
    ByteBuffer sse = (present & 2) != 0 ? image : initial;
    cpu.mxcsr = (present & 2) != 0 ? image.getInt(24) & MXCSR_MASK : 0x1f80;
    for (int i = 0; i < 32; i++) {
      cpu.xmm[i] = sse.getLong(XMM + 8 * i);
    }
  }

  private static void restoreX87(X87State x87, ByteBuffer image) {
    x87.control = image.getShort(0) & 0xffff;
    int status = image.getShort(2) & 0xffff;
    x87.status = status & ~0x3800;
    x87.top = status >> 11 & 7;
    x87.empty = ~image.get(4) & 0xff;
    x87.opcode = image.getShort(6) & 0x7ff;
    x87.instructionPointer = image.getLong(8);
    x87.dataPointer = image.getLong(16);
    x87.instructionSelector = 0;
    x87.dataSelector = 0;
    for (int i = 0; i < 8; i++) {
      int physical = x87.top + i & 7;
      x87.significand[physical] = image.getLong(REGISTERS + 16 * i);
      x87.signExponent[physical] = image.getShort(REGISTERS + 16 * i + 8) & 0xffff;
    }
  }
}
