package org.demitasse.cpu.fpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.X87State;

/** x87 and SSE state as components of the XSAVE area in standard format (Intel SDM vol. 1, 13.4). */
public final class ExtendedState {
  /** Component 0 of XCR0: x87. */
  public static final int X87_COMPONENT = 1;

  /** Component 1 of XCR0: XMM registers and MXCSR. */
  public static final int SSE_COMPONENT = 2;

  /** Bytes of the area: the FXSAVE image and the header. */
  public static final int BYTES = 576;

  private static final int HEADER = 512;

  /** Offset in the bytes of the FXSAVE image that are left to software (Intel SDM vol. 1, 10.5.1). */
  private static final int POINTERS = 464;

  private static final int INITIAL_MXCSR = 0x1f80;

  private ExtendedState() {}

  /**
   * The registers as {@link VcpuState#xsave()} has them: FXSAVE64 image, then a header with both components present.
   * The last-instruction pointers, which the image proper has only while an exception is pending, follow in the bytes
   * that the format leaves to software, so that a snapshot loses nothing.
   */
  public static byte[] save(Cpu cpu) {
    ByteBuffer image = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int word = 0; word < FxImage.END; word++) {
      image.putLong(word * 8, FxImage.word(cpu, word, true));
    }
    image.putLong(HEADER, X87_COMPONENT | SSE_COMPONENT);
    X87State s = cpu.x87;
    image.putLong(POINTERS, s.instructionPointer).putLong(POINTERS + 8, s.dataPointer);
    image.putShort(POINTERS + 16, (short) s.opcode);
    image.putShort(POINTERS + 18, (short) s.instructionSelector).putShort(POINTERS + 20, (short) s.dataSelector);
    return image.array();
  }

  /**
   * Sets the registers from {@link VcpuState#xsave()}. Components that the header leaves out get their initial values;
   * an image without header (512 bytes) has both.
   *
   * @throws IllegalArgumentException if the image is shorter than 512 bytes
   */
  public static void restore(Cpu cpu, byte[] xsave) {
    if (xsave.length < HEADER) {
      throw new IllegalArgumentException("XSAVE image of %d bytes is shorter than 512".formatted(xsave.length));
    }
    ByteBuffer image = ByteBuffer.wrap(xsave).order(ByteOrder.LITTLE_ENDIAN);
    long present = xsave.length >= HEADER + 8 ? image.getLong(HEADER) : X87_COMPONENT | SSE_COMPONENT;
    initializeX87(cpu.x87);
    initializeXmm(cpu);
    cpu.mxcsr = INITIAL_MXCSR;
    for (int word = 0; word < FxImage.END; word++) {
      if ((componentOf(word) & present) != 0) {
        FxImage.setWord(cpu, word, image.getLong(word * 8), true);
      }
    }
    if ((present & X87_COMPONENT) != 0 && (cpu.x87.status & X87.ES) == 0) {
      restorePointers(cpu.x87, image);
    }
  }

  private static void restorePointers(X87State s, ByteBuffer image) {
    s.instructionPointer = image.getLong(POINTERS);
    s.dataPointer = image.getLong(POINTERS + 8);
    s.opcode = image.getShort(POINTERS + 16) & 0x7ff;
    s.instructionSelector = image.getShort(POINTERS + 18) & 0xffff;
    s.dataSelector = image.getShort(POINTERS + 20) & 0xffff;
  }

  /** The component that a word of the image belongs to. */
  static int componentOf(int word) {
    return word == FxImage.MXCSR_WORD || word >= FxImage.XMM ? SSE_COMPONENT : X87_COMPONENT;
  }

  /** Puts the x87 registers to their initial configuration (Intel SDM vol. 1, 13.6). */
  static void initializeX87(X87State s) {
    X87.initialize(s);
    for (int i = 0; i < 8; i++) {
      s.significand[i] = 0;
      s.signExponent[i] = 0;
    }
  }

  /** Puts the XMM registers to their initial configuration. */
  static void initializeXmm(Cpu cpu) {
    Arrays.fill(cpu.xmm, 0);
  }

  /** Components that are not in their initial configuration: XINUSE. */
  static int inUse(Cpu cpu) {
    int components = 0;
    for (int word = 0; word < FxImage.END; word++) {
      if (word != FxImage.MXCSR_WORD && FxImage.word(cpu, word, true) != (word == 0 ? 0x37fL : 0)) {
        components |= componentOf(word);
      }
    }
    return cpu.mxcsr == INITIAL_MXCSR ? components : components | SSE_COMPONENT;
  }
}
