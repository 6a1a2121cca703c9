package org.demitasse.cpu.fpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/** The state after an instruction. */
final class FpuOutcome {
  static final int BYTES = 24 + 512 + 32 + FpuCase.MEMORY_BYTES;

  /** Signals as Linux numbers them. */
  static final int SIGILL = 4;

  static final int SIGFPE = 8;
  static final int SIGSEGV = 11;

  long flags;
  long rax;
  long signal;
  final byte[] image = new byte[512];
  final byte[] environment = new byte[32];
  final byte[] memory = new byte[FpuCase.MEMORY_BYTES];

  static FpuOutcome read(ByteBuffer from) {
    FpuOutcome o = new FpuOutcome();
    o.flags = from.getLong();
    o.rax = from.getLong();
    o.signal = from.getLong();
    from.get(o.image).get(o.environment).get(o.memory);
    return o;
  }

  private ByteBuffer view() {
    return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
  }

  int status() {
    return view().getShort(2) & 0xffff;
  }

  long significand(int i) {
    return view().getLong(32 + 16 * i);
  }

  int signExponent(int i) {
    return view().getShort(40 + 16 * i) & 0xffff;
  }

  /**
   * What differs, or an empty string.
   *
   * @param ignoredStatus bits of the status word that may differ
   * @param ulps by how much significands of registers may differ
   */
  String difference(FpuOutcome other, int ignoredStatus, int ulps) {
    StringBuilder text = new StringBuilder();
    if (signal != other.signal) {
      return "signal %d not %d ".formatted(other.signal, signal);
    }
    if (((status() ^ other.status()) & ~ignoredStatus) != 0) {
      text.append("status %04x not %04x; ".formatted(other.status(), status()));
    }
    if (((flags ^ other.flags) & 0x8d5) != 0) {
      text.append("flags %x not %x; ".formatted(other.flags, flags));
    }
    if (rax != other.rax) {
      text.append("rax %x not %x; ".formatted(other.rax, rax));
    }
    bytes(text, "head", image, other.image, 0, 2);
    bytes(text, "tag, opcode, pointers", image, other.image, 4, 24);
    for (int i = 0; i < 8; i++) {
      if (!isNear(other, i, ulps)) {
        text.append(
            "st%d %04x:%016x not %04x:%016x; "
                .formatted(i, other.signExponent(i), other.significand(i), signExponent(i), significand(i)));
      }
    }
    bytes(text, "xmm", image, other.image, 160, 416);
    environment(text, other);
    for (int at = 0; at < memory.length; at += 16) {
      bytes(text, "memory at %d".formatted(at), memory, other.memory, at, at + 16);
    }
    return text.toString();
  }

  private boolean isNear(FpuOutcome other, int i, int ulps) {
    long distance = significand(i) - other.significand(i);
    long exponents = signExponent(i) - (long) other.signExponent(i);
    // Neighbours on either side of a power of two differ in the exponent.
    boolean powers = Math.abs(exponents) == 1 && ulps > 0 && Math.abs(distance - Long.MIN_VALUE) <= ulps;
    return exponents == 0 && Math.abs(distance) <= ulps || powers;
  }

  /**
   * Compares the environment. When the host's kernel has switched tasks in between, selectors are gone, and on AMD's
   * processors all of the last-instruction pointers unless an exception is pending.
   */
  private void environment(StringBuilder text, FpuOutcome other) {
    ByteBuffer words = ByteBuffer.wrap(environment).order(ByteOrder.LITTLE_ENDIAN);
    bytes(text, "environment control", environment, other.environment, 0, 4);
    bytes(text, "environment tags", environment, other.environment, 8, 12);
    boolean selectorsLost = words.getShort(16) == 0 && words.getShort(24) == 0;
    boolean allLost = selectorsLost && words.getInt(12) == 0 && words.getInt(20) == 0 && (status() & 0x80) == 0;
    if (!allLost) {
      bytes(text, "instruction pointer", environment, other.environment, 12, selectorsLost ? 16 : 18);
      bytes(text, "opcode", environment, other.environment, 18, 20);
      bytes(text, "data pointer", environment, other.environment, 20, selectorsLost ? 24 : 28);
    }
  }

  private static void bytes(StringBuilder text, String name, byte[] a, byte[] b, int from, int to) {
    if (!Arrays.equals(a, from, to, b, from, to)) {
      HexFormat hex = HexFormat.of();
      text.append("%s %s not %s; ".formatted(name, hex.formatHex(b, from, to), hex.formatHex(a, from, to)));
    }
  }
}
